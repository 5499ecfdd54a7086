//! The SMTP server: connections kept for the next letter, and the dialogue over them.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use tidings_fetch::guard::AddressGuard;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::channel::ChannelError;
use crate::channel::chain;
use crate::channel::http::guarded;
use crate::{MailConfig, SmtpSecurity};

/// Connections at one time. Servers look askance at more from one client.
const MOST_CONNECTIONS: usize = 4;

/// How long a connection without work is kept. Servers end them after minutes.
const KEEP_IDLE: Duration = Duration::from_secs(15);

const QUIT_WITHIN: Duration = Duration::from_secs(2);

/// The server of `[alerts.mail]`.
pub(super) struct Server {
    host: String,
    port: u16,
    /// What the server is told of who we are.
    hello: ClientId,
    security: SmtpSecurity,
    /// Absent where nothing is encrypted.
    tls: Option<TlsParameters>,
    guard: AddressGuard,
    timeout: Duration,
    pub(super) keep_idle: Duration,
    turns: Semaphore,
    idle: Arc<Mutex<Idle>>,
}

/// Connections without work, and the task that closes those that stay so.
#[derive(Default)]
struct Idle {
    connections: Vec<(AsyncSmtpConnection, Instant)>,
    /// At most one task; gone with the server.
    closing: JoinSet<()>,
    is_closing: bool,
}

/// How far a letter came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Address, connection, greeting, TLS, login.
    Connection,
    Sender,
    Recipient,
    Letter,
    /// The server's dialect has no words for the recipient's address.
    Unspeakable,
}

/// Why a letter was not taken.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) stage: Stage,
    /// Of the server's answer, if it gave one.
    pub(super) code: Option<u16>,
    pub(super) said: String,
}

impl Server {
    pub(super) fn new(config: &MailConfig, guard: AddressGuard, timeout: Duration) -> Result<Self, ChannelError> {
        let tls = match config.security {
            SmtpSecurity::None => None,
            SmtpSecurity::StartTls | SmtpSecurity::Tls => Some(tls(config)?),
        };
        Ok(Self {
            host: config.host.clone(),
            port: config.port,
            hello: ClientId::default(),
            security: config.security,
            tls,
            guard,
            timeout,
            keep_idle: KEEP_IDLE,
            turns: Semaphore::new(MOST_CONNECTIONS),
            idle: Arc::default(),
        })
    }

    /// Hands one letter over, and gives the server's receipt.
    pub(super) async fn send(
        &self,
        from: &Address,
        to: &Address,
        letter: &[u8],
        login: Option<&Credentials>,
    ) -> Result<String, Failure> {
        let _turn = self.turns.acquire().await.expect("the semaphore is never closed");
        // A kept connection may have died, or be at its server's limit of letters, which shows
        // at the first command; nothing has been said by then, so another connection is tried.
        while let Some(connection) = self.take_idle() {
            match self.hand_over(connection, from, to, letter).await {
                Err(failure) if failure.stage == Stage::Sender => {}
                handed => return handed,
            }
        }
        let connection = self.connect(login).await?;
        self.hand_over(connection, from, to, letter).await
    }

    async fn hand_over(
        &self,
        mut connection: AsyncSmtpConnection,
        from: &Address,
        to: &Address,
        letter: &[u8],
    ) -> Result<String, Failure> {
        let handed = self.dialogue(&mut connection, from, to, letter).await;
        match &handed {
            Ok(_) => self.keep(connection),
            // The server has answered, so the connection lives; RSET takes it back to the start.
            Err(Failure { stage: Stage::Recipient | Stage::Letter, code: Some(code), .. }) if *code != 421 => {
                if self.within(Stage::Connection, connection.command(Rset)).await.is_ok() {
                    self.keep(connection);
                }
            }
            Err(_) => {}
        }
        handed
    }

    async fn dialogue(
        &self,
        connection: &mut AsyncSmtpConnection,
        from: &Address,
        to: &Address,
        letter: &[u8],
    ) -> Result<String, Failure> {
        let is_international = !AsRef::<str>::as_ref(from).is_ascii() || !AsRef::<str>::as_ref(to).is_ascii();
        if is_international && !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            let said = format!("{} does not take addresses beyond ASCII (SMTPUTF8)", self.host);
            return Err(Failure { stage: Stage::Unspeakable, code: None, said });
        }
        let options = if is_international { vec![MailParameter::SmtpUtfEight] } else { Vec::new() };
        self.within(Stage::Sender, connection.command(Mail::new(Some(from.clone()), options))).await?;
        self.within(Stage::Recipient, connection.command(Rcpt::new(to.clone(), Vec::new()))).await?;
        self.within(Stage::Letter, connection.command(Data)).await?;
        let receipt = self.within(Stage::Letter, connection.message(letter)).await?;
        Ok(format!("{} {}", receipt.code(), receipt.message().collect::<Vec<_>>().join(" ")))
    }

    async fn connect(&self, login: Option<&Credentials>) -> Result<AsyncSmtpConnection, Failure> {
        let failure = |said: String| Failure { stage: Stage::Connection, code: None, said };
        let addresses = tokio::time::timeout(self.timeout, self.guard.resolve(&self.host, self.port)).await;
        let addresses = addresses
            .map_err(|_| failure(format!("cannot resolve {} within {:?}", self.host, self.timeout)))?
            .map_err(|error| failure(guarded(&error)))?;
        let wrapped = self.tls.clone().filter(|_| self.security == SmtpSecurity::Tls);
        // Only addresses that were judged are handed on, so nothing is resolved again.
        let connected =
            AsyncSmtpConnection::connect_tokio1(&addresses[..], Some(self.timeout), &self.hello, wrapped, None);
        let mut connection = self.within(Stage::Connection, connected).await?;
        if let (SmtpSecurity::StartTls, Some(tls)) = (self.security, self.tls.clone()) {
            self.within(Stage::Connection, connection.starttls(tls, &self.hello)).await?;
        }
        if let Some(login) = login {
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            self.within(Stage::Connection, connection.auth(&mechanisms, login)).await?;
        }
        Ok(connection)
    }

    async fn within<T>(&self, stage: Stage, step: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
        match tokio::time::timeout(self.timeout, step).await {
            Ok(done) => done.map_err(|error| self.failure(stage, &error)),
            Err(_) => {
                let said = format!("{}:{} did not answer within {:?}", self.host, self.port, self.timeout);
                Err(Failure { stage, code: None, said })
            }
        }
    }

    fn failure(&self, stage: Stage, error: &Error) -> Failure {
        let code = error.status().map(u16::from);
        let said = match (code, std::error::Error::source(error)) {
            (Some(code), Some(text)) => format!("{code} {text}"),
            (Some(code), None) => code.to_string(),
            (None, _) => format!("{}:{}: {}", self.host, self.port, chain(error)),
        };
        Failure { stage, code, said }
    }

    fn take_idle(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((connection, since)) = idle.connections.pop() {
            if since.elapsed() < self.keep_idle && !connection.has_broken() {
                return Some(connection);
            }
        }
        None
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.connections.push((connection, Instant::now()));
        if !idle.is_closing {
            idle.is_closing = true;
            while idle.closing.try_join_next().is_some() {}
            let shared = Arc::downgrade(&self.idle);
            idle.closing.spawn(close_idle(shared, self.keep_idle));
        }
    }
}

/// Closes connections that had no work for a while, until none is left.
async fn close_idle(idle: Weak<Mutex<Idle>>, keep_idle: Duration) {
    loop {
        tokio::time::sleep(keep_idle).await;
        let Some(shared) = idle.upgrade() else { return };
        let (stale, is_done) = stale(&shared, keep_idle);
        for (mut connection, _) in stale {
            // Told or not, the connection is dropped.
            drop(tokio::time::timeout(QUIT_WITHIN, connection.quit()).await);
        }
        if is_done {
            return;
        }
    }
}

fn stale(idle: &Mutex<Idle>, keep_idle: Duration) -> (Vec<(AsyncSmtpConnection, Instant)>, bool) {
    let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
    let all = std::mem::take(&mut idle.connections);
    let (stale, fresh) = all.into_iter().partition(|(_, since)| keep_idle <= since.elapsed());
    idle.connections = fresh;
    idle.is_closing = !idle.connections.is_empty();
    (stale, !idle.is_closing)
}

fn tls(config: &MailConfig) -> Result<TlsParameters, ChannelError> {
    let mut tls = TlsParameters::builder(config.host.clone());
    if let Some(path) = &config.ca_file {
        let pem = std::fs::read(path).map_err(|error| ChannelError::CaFile(path.clone(), error))?;
        let holds_any = String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----");
        let certificate = Certificate::from_pem(&pem).ok().filter(|_| holds_any);
        tls = tls.add_root_certificate(certificate.ok_or_else(|| ChannelError::NoCertificate(path.clone()))?);
    }
    tls.build().map_err(ChannelError::MailTls)
}
