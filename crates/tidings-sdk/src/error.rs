//! Why a run, or one call of it, failed; and how an author says so.

use std::error::Error as StdError;
use std::fmt::{self, Display};

use tidings_protocol as wire;
use tidings_protocol::{ErrorData, code};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a run, or one call of it, failed.
///
/// Made from any [`std::error::Error`] by `?`, from words by [`bail!`](crate::bail),
/// and by the calls of [`Ctx`](crate::Ctx). Its code decides what becomes of the source:
/// see `docs/plugin-protocol.md`.
pub struct Error(Box<wire::Error>);

impl Error {
    /// An error with one of the codes of [`crate::code`].
    pub fn new(code: &str, message: impl Display) -> Self {
        Self(Box::new(wire::Error::new(code, message.to_string())))
    }

    /// An error of the plugin's own, `plugin.error`: the run is repeated after a backoff.
    pub fn msg(message: impl Display) -> Self {
        Self::new(code::PLUGIN_ERROR, message)
    }

    /// `plugin.parse`: what was fetched from `url` is not as expected.
    pub fn parse(url: &str, message: impl Display) -> Self {
        Self::new(code::PLUGIN_PARSE, message).with_data(|data| data.url = Some(url.to_owned()))
    }

    pub fn code(&self) -> &str {
        &self.0.code
    }

    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether the same call may succeed later without anyone's help.
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// Whether the daemon asked the run to end: pass it on.
    pub fn is_cancelled(&self) -> bool {
        self.0.code == code::CANCELLED
    }

    /// URL, selector, status …: what a reader needs to act on it.
    pub fn data(&self) -> &ErrorData {
        &self.0.data
    }

    /// The error with the selector that matched nothing, which health then names.
    pub fn with_selector(self, selector: impl Into<String>) -> Self {
        self.with_data(|data| data.selector = Some(selector.into()))
    }

    pub(crate) fn with_data(mut self, set: impl FnOnce(&mut ErrorData)) -> Self {
        set(&mut self.0.data);
        self
    }

    pub(crate) fn from_wire(error: wire::Error) -> Self {
        Self(Box::new(error))
    }

    pub(crate) fn wire(&self) -> &wire::Error {
        &self.0
    }

    /// The same error under another code.
    pub(crate) fn with_code(mut self, code: &str) -> Self {
        self.0.retryable = code::is_retryable(code);
        code.clone_into(&mut self.0.code);
        self
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    /// `plugin.error`, with the causes in its message; an error off the wire stays what it is.
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            message = format!("{message}: {error}");
            cause = error.source();
        }
        match (&error as &dyn std::any::Any).downcast_ref::<wire::Error>() {
            Some(wire) => Self::from_wire(wire.clone()),
            None => Self::msg(message),
        }
    }
}

/// Says what was being done when an error came; its code stays.
pub trait Context<T> {
    /// # Errors
    ///
    /// The error it had, with `context: ` before its message.
    fn context(self, context: impl Display) -> Result<T>;

    /// As [`Context::context`], made only when needed.
    ///
    /// # Errors
    ///
    /// As [`Context::context`].
    fn with_context<C: Display>(self, context: impl FnOnce() -> C) -> Result<T>;
}

impl<T, E: Into<Error>> Context<T> for std::result::Result<T, E> {
    fn context(self, context: impl Display) -> Result<T> {
        self.with_context(|| context)
    }

    fn with_context<C: Display>(self, context: impl FnOnce() -> C) -> Result<T> {
        self.map_err(|error| {
            let mut error: Error = error.into();
            error.0.message = format!("{}: {}", context(), error.0.message);
            error
        })
    }
}

impl<T> Context<T> for Option<T> {
    fn context(self, context: impl Display) -> Result<T> {
        self.ok_or_else(|| Error::msg(context))
    }

    fn with_context<C: Display>(self, context: impl FnOnce() -> C) -> Result<T> {
        self.ok_or_else(|| Error::msg(context()))
    }
}

/// Returns from the function with a `plugin.error` of these words.
#[macro_export]
macro_rules! bail {
    ($($message:tt)+) => {
        return ::std::result::Result::Err($crate::Error::msg(::std::format!($($message)+)))
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_number(text: &str) -> Result<u32> {
        let number: u32 = text.parse()?;
        if number == 0 {
            bail!("{number} is too small");
        }
        Ok(number)
    }

    #[test]
    fn errors_of_std_and_words_are_the_plugins_own() {
        let error = read_number("x").unwrap_err();
        assert_eq!((error.code(), error.message()), ("plugin.error", "invalid digit found in string"));
        assert_eq!(read_number("0").unwrap_err().to_string(), "0 is too small (plugin.error)");
        assert!(error.is_retryable());
    }

    #[test]
    fn context_keeps_the_code() {
        let denied: Result<()> = Err(Error::new(code::FETCH_ROBOTS_DENIED, "robots.txt forbids /x"));
        let error = denied.context("front page").unwrap_err();
        assert_eq!(error.code(), "fetch.robots_denied");
        assert_eq!(error.message(), "front page: robots.txt forbids /x");
        assert!(!error.is_retryable());
        assert_eq!(None::<u8>.context("no price").unwrap_err().message(), "no price");
    }

    #[test]
    fn an_error_off_the_wire_stays_what_it_is() {
        let from_daemon = wire::Error::new(code::FETCH_TLS, "bad certificate").with_url("https://a.example/");
        let error = Err::<(), _>(from_daemon.clone()).context("page 2").unwrap_err();
        assert_eq!(error.code(), "fetch.tls");
        assert_eq!(error.data(), &*from_daemon.data);
    }
}
