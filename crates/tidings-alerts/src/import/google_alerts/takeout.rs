//! The `Alerts.json` of Google Takeout.
//!
//! Google documents the fields (its Data Portability API, schema of Alerts), not how the whole is
//! nested; so every object with a `query` counts as an alert, wherever it lies, and names are
//! taken in any case, with or without `_`.

use serde_json::{Map, Value};
use tidings_model::{Kind, Lang};

use super::{Found, feed_address};
use crate::import::{Import, ImportError, Skipped};
use crate::{Cadence, Target, TimeOfDay, Volume, Weekday, inert};

/// Deeper objects are not looked into.
const DEEPEST: usize = 32;

pub(super) fn read(text: &str) -> Result<Import<Found>, ImportError> {
    let json: Value = serde_json::from_str(text).map_err(ImportError::Json)?;
    let mut import = Import { items: Vec::new(), skipped: Vec::new() };
    collect(&json, 0, &mut import);
    Ok(import)
}

fn collect(value: &Value, depth: usize, import: &mut Import<Found>) {
    if DEEPEST < depth {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, depth + 1, import)),
        Value::Object(object) => {
            let fields = Fields(object);
            let Some(query) = fields.get("query") else {
                return object.values().for_each(|inner| collect(inner, depth + 1, import));
            };
            let place = import.items.len() + import.skipped.len() + 1;
            match query.as_str().map(str::trim).filter(|query| !query.is_empty()) {
                Some(query) => import.items.push(found(place, query, &fields)),
                None => import.skipped.push(Skipped {
                    line: place,
                    what: inert::line(&query.to_string(), 100),
                    reason: "its `query` is no text".to_owned(),
                }),
            }
        }
        _ => {}
    }
}

/// An object whose names are compared without case and `_`.
struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.iter().find(|(own, _)| plain_name(own) == name).map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }

    /// The words of a text or a list of texts, in lower case.
    fn words(&self, name: &str) -> Vec<String> {
        let texts = match self.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(text)) => text.split(',').collect(),
            _ => Vec::new(),
        };
        texts.into_iter().map(|text| text.trim().to_ascii_lowercase()).filter(|text| !text.is_empty()).collect()
    }

    /// Whether a filter counts: where nothing is said, it does.
    fn applies(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or(true)
    }
}

fn plain_name(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn found(place: usize, query: &str, fields: &Fields<'_>) -> Found {
    let feed = ["feed", "feedurl", "url", "rssurl"].iter().find_map(|name| feed_address(fields.text(name)?));
    let mut found = Found::new(place, Some(query.to_owned()), feed);
    how_often(&mut found, fields);
    how_much(&mut found, fields);
    which_language(&mut found, fields);
    which_region(&mut found, fields);
    which_kinds(&mut found, fields);
    where_to(&mut found, fields);
    found
}

/// Google's hourly is what its page calls "as it happens".
fn how_often(found: &mut Found, fields: &Fields<'_>) {
    let frequency = fields.text("deliveryfrequency").or_else(|| fields.text("frequency")).unwrap_or_default();
    let frequency = frequency.to_ascii_lowercase();
    let has = |part: &str| frequency.contains(part);
    found.settings.cadence = match () {
        () if has("week") => Cadence::Weekly,
        () if has("day") || has("daily") => Cadence::Daily,
        () if frequency.is_empty() || has("hour") || has("happen") || has("immediate") => Cadence::AsItHappens,
        () => {
            found.notes.push(format!(
                "Its frequency `{}` is not known here; it is sent as it happens.",
                inert::line(&frequency, 40)
            ));
            Cadence::AsItHappens
        }
    };
    let Some(time) = fields.get("deliverytime") else { return };
    if found.settings.cadence != Cadence::AsItHappens {
        let mut when = When::default();
        when.read("", time, 0);
        found.settings.at = when.at();
        found.settings.tz = when.zone.filter(|zone| jiff::tz::TimeZone::get(zone).is_ok());
        found.settings.on = when.day.filter(|_| found.settings.cadence == Cadence::Weekly);
    }
}

/// The parts of a delivery time, however they are nested.
#[derive(Default)]
struct When {
    hours: Option<u64>,
    minutes: Option<u64>,
    text: Option<TimeOfDay>,
    day: Option<Weekday>,
    zone: Option<String>,
}

impl When {
    fn read(&mut self, name: &str, value: &Value, depth: usize) {
        match value {
            Value::Object(object) if depth < DEEPEST => {
                object.iter().for_each(|(name, inner)| self.read(&plain_name(name), inner, depth + 1));
            }
            Value::Number(number) if name.starts_with("hour") => self.hours = number.as_u64(),
            Value::Number(number) if name.starts_with("minute") => self.minutes = number.as_u64(),
            Value::String(text) => {
                self.day = self.day.or_else(|| weekday(text));
                self.text = self.text.or_else(|| text.get(..5).unwrap_or(text).parse().ok());
                if text.contains('/') || text == "UTC" {
                    self.zone = Some(text.clone());
                }
            }
            _ => {}
        }
    }

    fn at(&self) -> Option<TimeOfDay> {
        let hours = self.hours.map(|hours| format!("{hours}:{:02}", self.minutes.unwrap_or(0)));
        hours.and_then(|time| time.parse().ok()).or(self.text)
    }
}

fn weekday(text: &str) -> Option<Weekday> {
    let days = [
        ("mon", Weekday::Mon),
        ("tue", Weekday::Tue),
        ("wed", Weekday::Wed),
        ("thu", Weekday::Thu),
        ("fri", Weekday::Fri),
        ("sat", Weekday::Sat),
        ("sun", Weekday::Sun),
    ];
    let text = text.to_ascii_lowercase();
    days.into_iter().find(|(beginning, _)| text.starts_with(beginning)).map(|(_, day)| day)
}

fn how_much(found: &mut Found, fields: &Fields<'_>) {
    let quality = fields.words("quality").into_iter().chain(fields.words("volume")).collect::<Vec<_>>();
    let takes_all = quality.iter().any(|word| word == "low" || word.contains("all"));
    if !quality.is_empty() && !takes_all {
        found.settings.volume = Volume::Best;
        let note = "`best` goes by your competitors, pains and intents; write `all` if nothing reaches it";
        found.notes.push(format!("{note}."));
    }
}

fn which_language(found: &mut Found, fields: &Fields<'_>) {
    let lang = fields.text("language").or_else(|| fields.text("lang")).and_then(Lang::from_tag);
    found.lang = lang.as_ref().map(ToString::to_string);
    if fields.applies("applylanguagerestrict") {
        found.settings.lang = lang.into_iter().collect();
    }
}

/// Google knows where a site is at home; here the ending of its host says so, which few American sites have.
fn which_region(found: &mut Found, fields: &Fields<'_>) {
    let country = fields.text("country").or_else(|| fields.text("region")).map(str::to_ascii_uppercase);
    let country = country.filter(|country| country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()));
    found.country = country.clone();
    let Some(country) = country.filter(|_| fields.applies("applyregionrestrict")) else { return };
    let ending = match country.as_str() {
        "US" => {
            found.notes.push(
                "It was for the United States, whose sites have no ending of their own: it takes any.".to_owned(),
            );
            return;
        }
        "GB" => "uk".to_owned(),
        other => other.to_ascii_lowercase(),
    };
    found.notes.push(format!("It takes sites that end in `.{ending}`, and all that its own source brings."));
    found.settings.region = vec![ending];
}

fn which_kinds(found: &mut Found, fields: &Fields<'_>) {
    let mut words = fields.words("source");
    words.extend(fields.words("sources"));
    let mut kinds = Vec::new();
    for word in &words {
        match word.trim_end_matches('s') {
            "new" | "blog" => kinds.push(Kind::Article),
            "video" => kinds.push(Kind::Video),
            "discussion" => kinds.extend([Kind::Post, Kind::Comment]),
            "web" | "automatic" | "all" => return,
            _ => found.notes.push(format!("Its source `{}` has no kind here.", inert::line(word, 40))),
        }
    }
    if !kinds.is_empty() && !kinds.contains(&Kind::Article) && found.feed.is_none() {
        found
            .notes
            .push("Its source brings articles alone; what the alert takes has to come from other sources.".to_owned());
    }
    kinds.sort_unstable();
    kinds.dedup();
    found.settings.kinds = kinds;
}

fn where_to(found: &mut Found, fields: &Fields<'_>) {
    let method = fields.text("deliverymethod").unwrap_or("email");
    let Some(address) = fields.text("emailaddress").filter(|_| method.eq_ignore_ascii_case("email")) else { return };
    let target = serde_json::from_value::<Target>(serde_json::json!({ "mail": address }));
    match target {
        Ok(target) => found.settings.deliver = vec![target],
        Err(error) => found.notes.push(format!("It is not sent by mail: {error}.")),
    }
}
