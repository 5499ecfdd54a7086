//! One mail as a file: its headers, and its text whatever it is wrapped in.

use jiff::Timestamp;
use mail_parser::{MessageParser, PartType};

use crate::html::plain_text;

/// What a mail says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mail {
    /// Without its angle brackets.
    pub id: Option<String>,
    pub subject: Option<String>,
    /// Name of the sender, else the address.
    pub from: Option<String>,
    pub date: Option<Timestamp>,
    /// The parts that are no attachments, in their order; HTML as plain text.
    pub text: String,
}

/// Why bytes are no mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no mail: it has neither a subject nor a sender")]
pub struct NoMail;

/// Reads a mail (RFC 5322, MIME): encoded words, quoted-printable, base64, any charset.
///
/// # Errors
///
/// When there is neither a subject nor a sender.
pub fn read(bytes: &[u8]) -> Result<Mail, NoMail> {
    let message = MessageParser::default().parse(bytes).ok_or(NoMail)?;
    let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let sender = message.from().and_then(|from| from.first());
    let from = sender.and_then(|sender| sender.name().or(sender.address())).and_then(filled);
    let subject = message.subject().and_then(filled);
    if from.is_none() && subject.is_none() {
        return Err(NoMail);
    }
    let parts = message.text_body.iter().filter_map(|id| message.parts.get(*id as usize));
    let texts = parts.filter_map(|part| match &part.body {
        PartType::Text(text) => Some(text.trim().replace("\r\n", "\n")),
        PartType::Html(html) => Some(plain_text(html)),
        _ => None,
    });
    let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    Ok(Mail {
        id: message.message_id().and_then(filled),
        subject,
        from,
        date: message.date().and_then(|date| Timestamp::from_second(date.to_timestamp()).ok()),
        text: texts.join("\n\n"),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HTML: &str = "Message-ID: <a1@shop.example>\r\nFrom: =?utf-8?B?TMOhIFhhbmg=?= <la@shop.example>\r\n\
        Subject: =?utf-8?Q?Gi=C3=A1_m=E1=BB=9Bi?=\r\nDate: Fri, 20 Nov 2026 15:00:00 +0700\r\nMIME-Version: 1.0\r\n\
        Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
        <p>T=C4=83ng <b>10%</b></p><script>x</script><p>t=E1=BB=AB mai</p>\r\n";

    const BOTH: &str = "From: shop@shop.example\r\nSubject: Two\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/alternative; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nY2Fm6Q==\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>other</p>\r\n--b--\r\n";

    #[test]
    fn a_mail_of_html_is_read_as_text() {
        let mail = read(HTML.as_bytes()).unwrap();
        assert_eq!((mail.subject.as_deref(), mail.from.as_deref()), (Some("Giá mới"), Some("Lá Xanh")));
        assert_eq!((mail.id.as_deref(), mail.text.as_str()), (Some("a1@shop.example"), "Tăng 10%\n\ntừ mai"));
        assert_eq!(mail.date.unwrap().to_string(), "2026-11-20T08:00:00Z");
    }

    #[test]
    fn of_alternatives_the_plain_text_is_taken() {
        assert_eq!(read(BOTH.as_bytes()).unwrap().text, "café");
    }

    #[test]
    fn what_has_no_headers_is_no_mail() {
        assert_eq!(read(b""), Err(NoMail));
        assert_eq!(read(b"just some words"), Err(NoMail));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400), cut in 0_usize..600) {
            let _unread = read(&bytes);
            let _cut = read(&BOTH.as_bytes()[..cut.min(BOTH.len())]);
        }
    }
}
