//! The letter itself: headers, text and HTML.

use std::time::SystemTime;

use lettre::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use url::Url;

use crate::inert::line;
use crate::{Envelope, Message, Rendered};

const LONGEST_SUBJECT: usize = 200;

/// A longer link would not fit the line of a header.
const LONGEST_LINK: usize = 700;

/// The letter, ready for the wire: ASCII, no line longer than 998 bytes.
///
/// Every try of a delivery gives the same bytes but for the boundary between the parts.
pub(super) fn letter(
    from: &Mailbox,
    to: &Address,
    message: &Message,
    rendered: &Rendered,
    envelope: &Envelope,
) -> Result<Vec<u8>, lettre::error::Error> {
    let domain = domain(from);
    let delivery: String = envelope.delivery.chars().filter(|c| is_atom(*c)).collect();
    let mut letter = lettre::Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(line(&rendered.subject, LONGEST_SUBJECT))
        .date(SystemTime::from(envelope.created))
        .message_id(Some(format!("<{delivery}@{domain}>")))
        .raw_header(header("Auto-Submitted", "auto-generated".to_owned()))
        .raw_header(header("X-Tidings-Delivery", delivery));
    if let Message::Digest(digest) = message {
        let alert = digest.alert.as_str();
        letter = letter
            .raw_header(header("X-Tidings-Alert", alert.to_owned()))
            .raw_header(header("List-Id", format!("<{alert}.alerts.{domain}>")))
            .raw_header(header("List-Unsubscribe", unsubscribe(from, alert)));
        if let Some(archive) = digest.link.as_ref().and_then(archive) {
            letter = letter.raw_header(header("List-Archive", archive));
        }
    }
    let part = |kind: ContentType, text: &str| {
        // A NUL is allowed in no body, whatever its encoding.
        SinglePart::builder().header(kind).body(text.replace('\0', "\u{fffd}"))
    };
    let text = part(ContentType::TEXT_PLAIN, &rendered.text);
    let html = part(ContentType::TEXT_HTML, &rendered.html);
    Ok(letter.multipart(MultiPart::alternative().singlepart(text).singlepart(html))?.formatted())
}

fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// The sender's domain as it travels: in ASCII.
fn domain(from: &Mailbox) -> String {
    let domain = from.email.domain();
    url::Host::parse(domain).map_or_else(|_| domain.to_owned(), |host| host.to_string())
}

fn is_atom(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// A mail to the sender, whom a person answers.
fn unsubscribe(from: &Mailbox, alert: &str) -> String {
    let user: String = from.email.user().bytes().map(percent).collect();
    format!("<mailto:{user}@{}?subject=unsubscribe%20{alert}>", domain(from))
}

/// Where all that the alert has found is read (RFC 2369, section 3.6).
fn archive(link: &Url) -> Option<String> {
    let is_offered = link.scheme() == "https" && link.as_str().len() <= LONGEST_LINK;
    is_offered.then(|| format!("<{}>", link.as_str().replace('>', "%3E")))
}

fn percent(byte: u8) -> String {
    if is_atom(char::from(byte)) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}
