//! The `[[source]]` block that watches a spot.

use crate::visit::Spot;

/// Longest id of a source.
const MAX_ID: usize = 64;

/// The block, ready for `tidings.toml`; none where no plugin reads the place.
pub(crate) fn of(spot: &Spot, site: &str) -> Option<String> {
    let plugin = spot.plugin?;
    let id = id(spot, site);
    let params = format!("{{ url = {} }}", quoted(spot.url.as_str()));
    Some(format!("# {}\n[[source]]\nid = \"{id}\"\nplugin = \"{plugin}\"\nparams = {params}\n", one_line(&spot.what)))
}

/// `acme-example-pricing`; a second spot of the role is told apart by the end of its address.
fn id(spot: &Spot, site: &str) -> String {
    let end = spot.url.path().trim_matches('/').rsplit('/').next().unwrap_or_default();
    let end = if end.is_empty() || end.eq_ignore_ascii_case(spot.role) { String::new() } else { format!("-{end}") };
    let text = format!("{site}-{}{end}", spot.role).to_ascii_lowercase();
    let mut id = String::new();
    for letter in text.chars() {
        let letter = if letter.is_ascii_lowercase() || letter.is_ascii_digit() { letter } else { '-' };
        if (letter != '-' || !id.ends_with('-')) && id.len() < MAX_ID {
            id.push(letter);
        }
    }
    id.trim_matches('-').to_owned()
}

/// As a TOML basic string: addresses hold no control characters, but may hold these two.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_names_plugin_and_address() {
        let spot = Spot {
            role: "pricing",
            url: "https://acme.example/bang-gia?a=%22".parse().unwrap(),
            what: "Bảng giá\n2026".to_owned(),
            plugin: Some("site-watch"),
        };
        let expected = "# Bảng giá 2026\n[[source]]\nid = \"acme-example-pricing-bang-gia\"\nplugin = \"site-watch\"\n\
                        params = { url = \"https://acme.example/bang-gia?a=%22\" }\n";
        assert_eq!(of(&spot, "acme.example").unwrap(), expected);
        assert_eq!(of(&Spot { plugin: None, ..spot }, "acme.example"), None);
    }
}
