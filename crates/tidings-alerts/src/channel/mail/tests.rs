//! The dialogue with a mail server, against a stand-in and, on request, a real one.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tidings_fetch::guard::PrivateNetworks;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::*;
use crate::SmtpSecurity;
use crate::channel::fixture::{HOSTILE_TITLES, digest, envelope, message, notice, rendered};

/// A mail server on loopback that answers by a table.
struct Smtp {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
    _serving: JoinSet<()>,
}

/// How the stand-in behaves: answers to commands that begin so, and how many letters a connection may bring.
#[derive(Clone)]
struct Manner {
    answers: &'static [(&'static str, &'static str)],
    letters: usize,
}

const POLITE: Manner = Manner { answers: &[], letters: usize::MAX };

impl Smtp {
    async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut serving = JoinSet::new();
        let shared = seen.clone();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, manner.clone(), shared.clone()));
            }
        });
        Self { port, seen, _serving: serving }
    }

    fn config(&self) -> MailConfig {
        MailConfig {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            security: SmtpSecurity::None,
            login: None,
            from: "Tidings <alerts+eu@lab.example>".parse().unwrap(),
            ca_file: None,
        }
    }

    fn mail(&self) -> Mail {
        mail(&self.config(), Duration::from_secs(10))
    }

    fn count(&self, beginning: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|line| line.starts_with(beginning)).count()
    }
}

async fn serve(stream: TcpStream, manner: Manner, seen: Arc<Mutex<Vec<String>>>) {
    let note = |line: &str| seen.lock().unwrap().push(line.to_owned());
    let mut stream = BufReader::new(stream);
    note("CONNECTED");
    let mut letters = 0;
    let mut line = "GREETING".to_owned();
    loop {
        let told = manner.answers.iter().find(|(command, _)| line.starts_with(command)).map(|(_, answer)| *answer);
        let answer = match (told, line.split_whitespace().next().unwrap_or_default()) {
            (Some("hang"), _) => std::future::pending().await,
            (Some("drop"), _) => return,
            (Some(answer), _) => answer,
            (None, "GREETING") => "220 stand-in",
            (None, "EHLO") => "250-stand-in\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
            (None, "MAIL") if manner.letters <= letters => "421 4.7.0 too many letters",
            (None, "DATA") => "354 go on",
            (None, "QUIT") => "221 bye",
            (None, "AUTH") => "235 welcome",
            _ => "250 ok",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
        if answer.starts_with("354") {
            let mut letter = String::new();
            while !letter.ends_with("\r\n.\r\n") {
                assert_ne!(stream.read_line(&mut letter).await.unwrap(), 0, "the letter breaks off");
            }
            letters += 1;
            let told = manner.answers.iter().find(|(command, _)| *command == "LETTER").map(|(_, answer)| *answer);
            note(&format!("LETTER {letter}"));
            let receipt = told.unwrap_or("250 2.0.0 queued as 4711");
            stream.write_all(format!("{receipt}\r\n").as_bytes()).await.unwrap();
        }
        line.clear();
        if answer.starts_with("421") || stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        note(line.trim_end());
    }
}

fn mail(config: &MailConfig, timeout: Duration) -> Mail {
    Mail::new(config, AddressGuard::new(PrivateNetworks::Allowed), timeout).unwrap()
}

async fn send(mail: &Mail, to: &str) -> Answer {
    let sent = mail.deliver(to, &message(&["t"]), &rendered("1 new: price"), &envelope()).await;
    sent.unwrap_or_else(|answer| answer)
}

const LATER: Outcome = Outcome::Later { retry_after: None };

#[tokio::test]
async fn an_answer_means_what_it_says_at_that_point() {
    for (command, answer, outcome, said) in [
        ("NONE", "", Outcome::Accepted, "250 2.0.0 queued as 4711"),
        ("GREETING", "554 no service", LATER, "554 no service"),
        ("GREETING", "drop", LATER, "127.0.0.1:"),
        ("MAIL", "451 greylisted", LATER, "451 greylisted"),
        ("MAIL", "550 sender unknown", LATER, "550 sender unknown"),
        ("MAIL", "530 5.7.0 authentication required", LATER, "530 5.7.0 authentication required"),
        ("RCPT", "451 4.7.1 come back later", LATER, "451 4.7.1 come back later"),
        ("RCPT", "450-busy\r\n450 very", LATER, "450 busy very"),
        ("RCPT", "550 5.1.1 no such user", Outcome::Refused, "550 5.1.1 no such user"),
        ("RCPT", "530 5.7.0 authentication required", LATER, "530 5.7.0 authentication required"),
        ("RCPT", "421 closing", LATER, "421 closing"),
        ("DATA", "drop", LATER, "127.0.0.1:"),
        ("LETTER", "452 disk full", LATER, "452 disk full"),
        ("LETTER", "552 too large", Outcome::Refused, "552 too large"),
    ] {
        let answers = Vec::leak(vec![(command, answer)]);
        let smtp = Smtp::start(Manner { answers, letters: usize::MAX }).await;
        let got = send(&smtp.mail(), "team@example.org").await;
        assert_eq!(got.outcome, outcome, "{command} {answer}: {got:?}");
        assert!(got.said.starts_with(said), "{command} {answer}: {got:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_waits_for_a_right_one_and_is_not_shown() {
    let answers = &[("AUTH", "535 5.7.8 no AHRpZGluZ3MAczNjcjN0LXcwcmQ= s3cr3t-w0rd")];
    let smtp = Smtp::start(Manner { answers, letters: usize::MAX }).await;
    let password = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(password.path(), "s3cr3t-w0rd\n").unwrap();
    let login = Some(("tidings".to_owned(), Secret::File(password.path().to_owned())));
    let answer = send(&mail(&MailConfig { login, ..smtp.config() }, Duration::from_secs(10)), "a@b.example").await;
    assert_eq!(answer, Answer { outcome: LATER, said: "535 5.7.8 no [secret] [secret]".to_owned() });
    assert_eq!((smtp.count("AUTH PLAIN"), smtp.count("MAIL")), (1, 0));
}

#[tokio::test]
async fn a_server_without_starttls_gets_neither_password_nor_letter() {
    let smtp = Smtp::start(POLITE).await;
    let config = MailConfig { security: SmtpSecurity::StartTls, ..smtp.config() };
    let login = Some(("tidings".to_owned(), Secret::Env("PATH".to_owned())));
    let answer = send(&mail(&MailConfig { login, ..config }, Duration::from_secs(10)), "a@b.example").await;
    assert_eq!(answer.outcome, LATER);
    assert!(answer.said.contains("STARTTLS is not supported"), "{answer:?}");
    assert_eq!((smtp.count("AUTH"), smtp.count("MAIL")), (0, 0));
}

#[tokio::test]
async fn silence_ends_with_the_timeout() {
    for command in ["GREETING", "MAIL", "DATA"] {
        let answers = Vec::leak(vec![(command, "hang")]);
        let smtp = Smtp::start(Manner { answers, letters: usize::MAX }).await;
        let answer = send(&mail(&smtp.config(), Duration::from_millis(50)), "a@b.example").await;
        assert_eq!(answer.outcome, LATER, "{command}");
        assert!(answer.said.contains("did not answer within 50ms"), "{answer:?}");
    }
}

#[tokio::test]
async fn one_connection_carries_many_letters() {
    let smtp = Smtp::start(POLITE).await;
    let mail = smtp.mail();
    for _ in 0..20 {
        assert_eq!(send(&mail, "a@b.example").await.outcome, Outcome::Accepted);
    }
    assert_eq!((smtp.count("CONNECTED"), smtp.count("LETTER")), (1, 20));
}

#[tokio::test]
async fn a_recipient_refused_does_not_cost_the_connection() {
    let answers = &[("RCPT TO:<nobody@", "550 no such user")];
    let smtp = Smtp::start(Manner { answers, letters: usize::MAX }).await;
    let mail = smtp.mail();
    assert_eq!(send(&mail, "nobody@b.example").await.outcome, Outcome::Refused);
    assert_eq!(send(&mail, "somebody@b.example").await.outcome, Outcome::Accepted);
    assert_eq!((smtp.count("CONNECTED"), smtp.count("RSET")), (1, 1));
}

#[tokio::test]
async fn a_kept_connection_that_ended_is_replaced() {
    let smtp = Smtp::start(Manner { answers: &[], letters: 2 }).await;
    let mail = smtp.mail();
    for _ in 0..7 {
        assert_eq!(send(&mail, "a@b.example").await.outcome, Outcome::Accepted);
    }
    assert_eq!((smtp.count("CONNECTED"), smtp.count("LETTER")), (4, 7));
}

#[tokio::test]
async fn a_connection_without_work_is_closed() {
    let smtp = Smtp::start(POLITE).await;
    let mut mail = smtp.mail();
    mail.server.keep_idle = Duration::from_millis(1);
    for round in 1..=2 {
        assert_eq!(send(&mail, "a@b.example").await.outcome, Outcome::Accepted);
        let closed = async {
            while smtp.count("QUIT") < round {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), closed).await.unwrap();
    }
    assert_eq!(smtp.count("CONNECTED"), 2);
}

#[tokio::test]
async fn no_more_than_a_few_connections_are_open_at_once() {
    let smtp = Smtp::start(POLITE).await;
    let mail = Arc::new(smtp.mail());
    let mut sends = JoinSet::new();
    for _ in 0..100 {
        let mail = mail.clone();
        sends.spawn(async move { send(&mail, "a@b.example").await.outcome });
    }
    assert!(sends.join_all().await.iter().all(|outcome| *outcome == Outcome::Accepted));
    assert_eq!(smtp.count("LETTER"), 100);
    assert!(smtp.count("CONNECTED") <= 4);
}

#[tokio::test]
async fn a_server_inside_waits_until_the_configuration_lists_it() {
    let smtp = Smtp::start(POLITE).await;
    let guarded = Mail::new(&smtp.config(), AddressGuard::default(), Duration::from_secs(10)).unwrap();
    let answer = send(&guarded, "a@b.example").await;
    assert_eq!(answer.outcome, LATER);
    assert!(answer.said.contains("`allow_private_networks` in [alerts]"), "{answer:?}");
    assert_eq!(smtp.count("CONNECTED"), 0);
}

#[tokio::test]
async fn an_address_beyond_ascii_needs_a_server_for_it() {
    let smtp = Smtp::start(POLITE).await;
    let answer = send(&smtp.mail(), "đội@b.example").await;
    assert_eq!(answer.outcome, Outcome::Refused, "{answer:?}");
    assert!(answer.said.contains("SMTPUTF8"), "{answer:?}");
}

/// Names and values of the headers, unfolded; and the body.
fn read(letter: &[u8]) -> (Vec<(String, String)>, String) {
    let letter = std::str::from_utf8(letter).unwrap();
    assert!(letter.is_ascii());
    assert!(letter.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n', '\0'])), "{letter}");
    let (head, body) = letter.split_once("\r\n\r\n").unwrap();
    let unfolded = head.replace("\r\n ", " ");
    let fields = unfolded.split("\r\n").map(|line| line.split_once(": ").unwrap());
    (fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(), body.to_owned())
}

fn letter_of(message: &Message, subject: &str) -> (Vec<(String, String)>, String) {
    let from = "Tidings <alerts+eu@lab.example>".parse().unwrap();
    let to = "team@example.org".parse().unwrap();
    read(&letter(&from, &to, message, &rendered(subject), &envelope()).unwrap())
}

#[test]
fn a_letter_has_all_that_mail_programs_ask_for() {
    let (fields, body) = letter_of(&message(&["t"]), "3 mới: khách chê đắt");
    let field = |name: &str| fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    assert_eq!(field("From"), Some("Tidings <alerts+eu@lab.example>"));
    assert_eq!(field("To"), Some("team@example.org"));
    assert_eq!(field("Message-ID"), Some("<d_01ABC@lab.example>"));
    assert_eq!(field("Date"), Some("Fri, 20 Nov 2026 08:05:00 +0000"));
    assert_eq!(field("Auto-Submitted"), Some("auto-generated"));
    assert_eq!(field("X-Tidings-Alert"), Some("price-pain"));
    assert_eq!(field("List-Id"), Some("<price-pain.alerts.lab.example>"));
    assert_eq!(field("List-Unsubscribe"), Some("<mailto:alerts%2Beu@lab.example?subject=unsubscribe%20price-pain>"));
    assert_eq!(field("List-Archive"), Some("<https://tidings.example/alerts/price-pain>"));
    assert!(field("Content-Type").unwrap().starts_with("multipart/alternative;"));
    let kinds: Vec<_> = body.lines().filter(|line| line.starts_with("Content-Type")).collect();
    assert_eq!(kinds, ["Content-Type: text/plain; charset=utf-8", "Content-Type: text/html; charset=utf-8"]);
}

#[test]
fn a_link_that_is_not_https_is_not_offered() {
    let mut digest = digest(&["t"]);
    digest.link = Some("http://10.0.0.1/alerts/price-pain".parse().unwrap());
    let (fields, _) = letter_of(&Message::Digest(Box::new(digest)), "s");
    let (_, value) = fields.iter().find(|(name, _)| name == "List-Unsubscribe").unwrap();
    assert_eq!(value, "<mailto:alerts%2Beu@lab.example?subject=unsubscribe%20price-pain>");
    assert!(!fields.iter().any(|(name, _)| name == "List-Archive"));
}

#[test]
fn no_subject_makes_a_header_or_a_line_too_long() {
    let names = |subject: &str| letter_of(&message(&["t"]), subject).0.into_iter().map(|(name, _)| name);
    let expected: Vec<_> = names("plain").collect();
    let long = ["x".repeat(100_000), "😡".repeat(10_000), "ab ".repeat(50_000), "e\u{301}".repeat(9000)];
    let injections = [
        "a\r\nBcc: x@y.example",
        "a\nBcc: x@y.example",
        "a\rBcc: x@y.example",
        "a\r\n\r\nbody",
        "\0\u{b}\u{c}\u{85}\u{2028}X: y",
    ];
    let all = long.iter().map(String::as_str).chain(injections).chain(HOSTILE_TITLES.iter().copied());
    for subject in all.chain([""]) {
        assert_eq!(names(subject).collect::<Vec<_>>(), expected, "{subject:.40}");
    }
}

#[test]
fn a_notice_belongs_to_no_list() {
    let (fields, _) = letter_of(&notice(), "source voz is blocked");
    assert!(!fields.iter().any(|(name, _)| name.starts_with("List-") || name == "X-Tidings-Alert"));
    assert!(fields.iter().any(|(name, value)| name == "Message-ID" && value == "<d_01ABC@lab.example>"));
}

/// With `TIDINGS_SMTP_LAB` naming the CA's file: a server on 127.0.0.1:18050 that demands STARTTLS
/// and AUTH, and one on 18051 that speaks TLS from the first byte, take letters by the hundred,
/// refuse `@bounce.test`, and put `@later.test` off.
#[tokio::test]
async fn a_real_server_takes_letters_over_tls_with_a_login() {
    let Some(ca_file) = std::env::var_os("TIDINGS_SMTP_LAB").map(PathBuf::from) else { return };
    let password = tempfile::NamedTempFile::new().unwrap();
    let write = |word: &str| std::fs::write(password.path(), word).unwrap();
    write("lab-mail-pass");
    for (port, security) in [(18050, "starttls"), (18051, "tls")] {
        let config: MailConfig = serde_json::from_value(json!({
            "host": "127.0.0.1", "port": port, "security": security, "from": "Tidings <tidings@lab.test>",
            "user": "tidings", "password_file": password.path(), "ca_file": ca_file,
        }))
        .unwrap();
        let lab = mail(&config, Duration::from_secs(30));
        let subjects = HOSTILE_TITLES.iter().copied().cycle().take(200);
        for (number, subject) in subjects.enumerate() {
            let envelope = Envelope { delivery: format!("d_{port}_{number}"), ..envelope() };
            let sent = lab.deliver("box@inbox.test", &message(HOSTILE_TITLES), &rendered(subject), &envelope).await;
            assert_eq!(sent.unwrap_or_else(|answer| answer).outcome, Outcome::Accepted);
        }
        let bounced = send(&lab, "x@bounce.test").await;
        assert_eq!(bounced.outcome, Outcome::Refused);
        assert!(bounced.said.starts_with("550"), "{bounced:?}");
        let put_off = send(&lab, "x@later.test").await;
        assert_eq!(put_off.outcome, LATER);
        assert!(put_off.said.starts_with("451"), "{put_off:?}");

        let strange = mail(&MailConfig { ca_file: None, ..config.clone() }, Duration::from_secs(30));
        let answer = send(&strange, "x@inbox.test").await;
        assert_eq!(answer.outcome, LATER, "{answer:?}");
        write("wrong-password");
        let answer = send(&mail(&config, Duration::from_secs(30)), "x@inbox.test").await;
        assert_eq!(answer.outcome, LATER, "{answer:?}");
        assert!(answer.said.starts_with("535"), "{answer:?}");
        write("lab-mail-pass");
    }
}
