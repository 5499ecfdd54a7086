//! From a hit of an alert to a finding.

use tidings_sdk::extract::redirect;
use tidings_sdk::feed::Item;
use tidings_sdk::{Finding, Url};

/// The name in `Google Alert - NAME`, in whatever language the feed says so.
pub(crate) fn alert_name(title: &str) -> Option<&str> {
    let rest = title.strip_prefix("Google ")?;
    let dash = [" - ", " – ", " — "].into_iter().filter_map(|dash| Some((rest.find(dash)?, dash.len()))).min()?;
    Some(rest[dash.0 + dash.1..].trim()).filter(|name| !name.is_empty())
}

/// # Errors
///
/// Why it is none.
pub(crate) fn finding(item: &Item, alert: &str) -> Result<Finding, &'static str> {
    let link = item.url().ok_or("it links to no address")?;
    let page = redirect::target(&link).unwrap_or(link);
    let title = item.title.as_deref().unwrap_or_default();
    let text = item.text();
    if title.is_empty() && text.is_empty() {
        return Err("it has neither a title nor a text");
    }
    let publisher = item.author.as_deref().or_else(|| publisher_in(title, &page));
    // Google's own id of a hit differs between alerts, so the page's address says what it is.
    let mut finding =
        Finding::new(title, page.as_str()).text(text).published(item.published.or(item.updated)).updated(item.updated);
    if !alert.is_empty() {
        finding = finding.hint(alert).attr("alert", alert);
    }
    if let Some(publisher) = publisher {
        finding = finding.attr("publisher", publisher);
    }
    Ok(finding)
}

/// What stands behind the last dash or bar of the title, where the host's name bears it out:
/// `… - Harbour Ledger` on `harbourledger.example`.
fn publisher_in<'a>(title: &'a str, page: &Url) -> Option<&'a str> {
    let behind =
        [" - ", " – ", " — ", " | "].into_iter().filter_map(|mark| Some((title.rfind(mark)?, mark.len()))).max()?;
    let name = title[behind.0 + behind.1..].trim();
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let host: String = page.host_str()?.chars().filter(char::is_ascii_alphanumeric).collect();
    (3 <= letters.len() && host.contains(&letters)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_name(title: &str, expected: Option<&str>) {
        assert_eq!(alert_name(title), expected, "{title}");
    }

    #[test]
    fn an_alert_is_named_behind_the_first_dash() {
        check_name("Google Alert - help desk", Some("help desk"));
        check_name("Google Alert - \"Acme - CRM\"", Some("\"Acme - CRM\""));
        check_name("Google Thông báo – phần mềm bán hàng", Some("phần mềm bán hàng"));
        check_name("Google Alert - ", None);
        check_name("News of the day", None);
    }

    #[track_caller]
    fn check_publisher(title: &str, page: &str, expected: Option<&str>) {
        assert_eq!(publisher_in(title, &Url::parse(page).unwrap()), expected, "{title}");
    }

    #[test]
    fn a_publisher_is_believed_when_the_host_bears_it_out() {
        let page = "https://www.harbourledger.example/a";
        check_publisher("Quillbase grows - Harbour Ledger", page, Some("Harbour Ledger"));
        check_publisher("Quillbase | Sales - Harbour Ledger", page, Some("Harbour Ledger"));
        check_publisher("Quillbase - a story", page, None);
        check_publisher("No mark at all", page, None);
        check_publisher("ends in a mark - ", page, None);
    }
}
