//! What a page says to programs: offers and types in JSON-LD, microdata and Open Graph.

use std::collections::BTreeSet;

use scraper::{ElementRef, Html};
use serde_json::Value;

use super::price::{MAX_PRICES, Price};
use super::stock::availability;

/// Most types that one page tells.
const MAX_TYPES: usize = 30;
/// Most values of JSON that are looked at; the rest of a page beyond it is not read.
const MAX_VALUES: usize = 100_000;

/// Most elements of a page that are looked at.
const MAX_ELEMENTS: usize = 1_000_000;
/// The type of a script that is JSON-LD.
pub(super) const JSON_LD: &str = "application/ld+json";

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Structured {
    pub prices: BTreeSet<Price>,
    /// One of the states of [`super::stock()`]; `mixed` where offers differ.
    pub stock: Option<&'static str>,
    /// Of schema.org, by name.
    pub types: BTreeSet<String>,
}

impl Structured {
    pub(super) fn of(page: &Html, lang: &str) -> Self {
        let mut read = Self::default();
        let mut left = MAX_VALUES;
        let (mut marked, mut graph) = (Vec::new(), OpenGraph::default());
        for element in elements(page).take(MAX_ELEMENTS) {
            let value = element.value();
            if value.name() == "script" && is(value.attr("type"), JSON_LD) {
                let text: String = element.text().collect();
                // What is no JSON says nothing; browsers and search engines skip it as well.
                if let Ok(value) = serde_json::from_str::<Value>(text.trim()) {
                    read.json(&value, lang, &mut left);
                }
            }
            value.attr("itemtype").unwrap_or_default().split_whitespace().for_each(|name| read.kind(name));
            if matches!(value.attr("itemprop"), Some("price" | "lowPrice" | "priceCurrency" | "availability")) {
                marked.push(element);
            }
            if value.name() == "meta" {
                graph.take(element);
            }
        }
        read.microdata(&marked, lang);
        read.open_graph(&graph, lang);
        read
    }

    /// The depth of JSON that is read is bounded by its reader.
    fn json(&mut self, value: &Value, lang: &str, left: &mut usize) {
        if *left == 0 {
            return;
        }
        *left -= 1;
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.json(item, lang, left)),
            Value::Object(fields) => {
                let code = fields.get("priceCurrency").and_then(Value::as_str).unwrap_or_default();
                for name in ["price", "lowPrice", "highPrice"] {
                    let price = match fields.get(name) {
                        Some(Value::String(text)) => Price::of_field(text, code, lang),
                        Some(Value::Number(number)) => Price::of_field(&number.to_string(), code, lang),
                        _ => None,
                    };
                    self.price(price);
                }
                self.state(fields.get("availability").and_then(Value::as_str));
                match fields.get("@type") {
                    Some(Value::String(name)) => self.kind(name),
                    Some(Value::Array(names)) => {
                        names.iter().filter_map(Value::as_str).for_each(|name| self.kind(name))
                    }
                    _ => {}
                }
                fields.values().for_each(|field| self.json(field, lang, left));
            }
            _ => {}
        }
    }

    fn microdata(&mut self, marked: &[ElementRef<'_>], lang: &str) {
        // A currency holds for the prices behind it until another is named; one that comes late holds for the first.
        let is_currency = |element: &&ElementRef<'_>| element.attr("itemprop") == Some("priceCurrency");
        let mut code = marked.iter().find(is_currency).map(|element| value_of(*element)).unwrap_or_default();
        for element in marked {
            match element.attr("itemprop") {
                Some("priceCurrency") => code = value_of(*element),
                Some("availability") => self.state(Some(&value_of(*element))),
                _ => self.price(Price::of_field(&value_of(*element), &code, lang)),
            }
        }
    }

    fn open_graph(&mut self, graph: &OpenGraph<'_>, lang: &str) {
        let code = graph.currency.unwrap_or_default();
        self.price(graph.amount.and_then(|amount| Price::of_field(amount, code, lang)));
        if self.stock.is_none() {
            self.state(graph.availability);
        }
    }

    fn price(&mut self, price: Option<Price>) {
        if self.prices.len() < MAX_PRICES {
            self.prices.extend(price);
        }
    }

    fn state(&mut self, value: Option<&str>) {
        let Some(state) = value.and_then(availability) else { return };
        self.stock = match self.stock {
            Some(known) if known != state => Some("mixed"),
            _ => Some(state),
        };
    }

    fn kind(&mut self, name: &str) {
        let name = name.trim().rsplit(['/', '#', ':']).next().unwrap_or_default();
        let is_name = (1..=60).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_name && self.types.len() < MAX_TYPES {
            self.types.insert(name.to_owned());
        }
    }
}

/// What a page says of its product in Open Graph; the first of each counts.
#[derive(Default)]
struct OpenGraph<'a> {
    amount: Option<&'a str>,
    currency: Option<&'a str>,
    availability: Option<&'a str>,
}

impl<'a> OpenGraph<'a> {
    fn take(&mut self, meta: ElementRef<'a>) {
        let name = meta.attr("property").unwrap_or_default();
        let Some(name) = name.strip_prefix("product:").or_else(|| name.strip_prefix("og:")) else { return };
        let place = match name {
            "price:amount" => &mut self.amount,
            "price:currency" => &mut self.currency,
            "availability" => &mut self.availability,
            _ => return,
        };
        *place = place.or(Some(meta.attr("content").unwrap_or_default()));
    }
}

/// Every element of a page, in the order of the document.
pub(super) fn elements(page: &Html) -> impl Iterator<Item = ElementRef<'_>> {
    page.tree.root().descendants().filter_map(ElementRef::wrap)
}

/// Whether an attribute is there and says `expected`, in any case.
pub(super) fn is(attribute: Option<&str>, expected: &str) -> bool {
    attribute.is_some_and(|value| value.eq_ignore_ascii_case(expected))
}

fn value_of(element: ElementRef<'_>) -> String {
    let named = ["content", "href", "value"].iter().find_map(|name| element.attr(name));
    let text = || element.text().flat_map(str::chars).take(200).collect::<String>();
    named.map_or_else(text, str::to_owned).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, prices: &[&str], stock: Option<&str>, types: &[&str]) {
        let read = Structured::of(&Html::parse_document(html), "en");
        assert_eq!(read.prices.iter().map(ToString::to_string).collect::<Vec<_>>(), prices);
        assert_eq!((read.stock, read.types.iter().map(String::as_str).collect::<Vec<_>>()), (stock, types.to_vec()));
    }

    #[test]
    fn offers_are_read_from_json_ld() {
        check(
            r#"<script type="application/ld+json">{"@graph":[{"@type":"Product","offers":{"@type":"Offer","price":"12.99",
            "priceCurrency":"USD","availability":"https://schema.org/InStock"}}]}</script>"#,
            &["12.99 USD"],
            Some("in_stock"),
            &["Offer", "Product"],
        );
        check(
            r#"<script type="application/ld+json">{"@type":["AggregateOffer"],"lowPrice":990000,"highPrice":1290000,"priceCurrency":"VND"}</script>"#,
            &["990000 VND", "1290000 VND"],
            None,
            &["AggregateOffer"],
        );
        check("<script type='application/ld+json'>{broken</script>", &[], None, &[]);
    }

    #[test]
    fn offers_are_read_from_microdata_and_open_graph() {
        check(
            "<div itemscope itemtype='https://schema.org/Offer'><span itemprop=price content=1299>1.299 €</span>
             <meta itemprop=priceCurrency content=EUR><link itemprop=availability href='https://schema.org/OutOfStock'></div>",
            &["1299 EUR"],
            Some("out_of_stock"),
            &["Offer"],
        );
        check(
            "<meta property='product:price:amount' content='5.00'><meta property='product:price:currency' content=GBP>
             <meta property='og:availability' content=instock>",
            &["5 GBP"],
            Some("in_stock"),
            &[],
        );
    }
}
