//! What a recipe answers to `describe`.

use serde_json::{Map, Value, json};
use tidings_protocol::{Capabilities, Entry, Example, Manifest, Politeness, Schedule};

use super::shape::{OnlyIf, Param, ParamType, Shape};
use super::template::{self, Part};

pub(super) fn of(shape: &Shape) -> Manifest {
    Manifest {
        manifest_version: 1,
        id: shape.id.clone(),
        name: shape.name.clone(),
        version: shape.version.clone(),
        kind: shape.kind,
        summary: shape.summary.clone(),
        homepage: shape.homepage.clone(),
        maintainers: shape.maintainers.clone(),
        license: shape.license.clone(),
        params_schema: params_schema(shape),
        examples: examples(shape),
        schedule: Schedule { every: shape.every.clone(), jitter: shape.jitter.clone() },
        entry: entry(shape),
        politeness: Politeness { max_requests_per_run: shape.max_requests, ..Politeness::default() },
        capabilities: Capabilities {
            hosts: shape.hosts.clone(),
            hosts_from_params: hosts_from_params(shape),
            ..Capabilities::default()
        },
        detect: Vec::new(),
        emits: shape.item.kind.iter().map(|kind| kind.as_str().to_owned()).collect(),
        empty_is_normal: shape.expect.min_items == Some(0),
    }
}

fn params_schema(shape: &Shape) -> Value {
    let properties: Map<String, Value> =
        shape.params.iter().map(|(name, param)| (name.clone(), property(param))).collect();
    let required: Vec<&String> =
        shape.params.iter().filter(|(_, param)| param.default.is_none()).map(|(name, _)| name).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
        "properties": properties, "required": required, "additionalProperties": false
    })
}

fn property(param: &Param) -> Value {
    let type_ = match param.type_ {
        ParamType::String => "string",
        ParamType::Integer => "integer",
        ParamType::Boolean => "boolean",
    };
    let mut property = Map::from_iter([("type".to_owned(), json!(type_))]);
    let mut say = |name: &str, value: Option<Value>| property.extend(value.map(|value| (name.to_owned(), value)));
    say("description", param.description.as_ref().map(|text| json!(text)));
    say("default", param.default.clone());
    say("enum", param.words.as_ref().map(|words| json!(words)));
    say("minimum", param.minimum.map(|least| json!(least)));
    say("maximum", param.maximum.map(|most| json!(most)));
    Value::Object(property)
}

/// Those of the recipe; where nothing must be said, saying nothing is one.
fn examples(shape: &Shape) -> Vec<Example> {
    let needs_none = shape.params.values().all(|param| param.default.is_some());
    if shape.examples.is_empty() && needs_none {
        return vec![Example { title: shape.name.clone(), params: json!({}) }];
    }
    let to_wire = |example: &super::shape::Example| Example {
        title: example.title.clone(),
        params: Value::Object(example.params.clone()),
    };
    shape.examples.iter().map(to_wire).collect()
}

/// An unchanged first page says that there is nothing new, save where pages behind it are read anew each time.
fn entry(shape: &Shape) -> Vec<Entry> {
    let is_reread = shape.item.detail.as_ref().is_some_and(|detail| detail.get_ref().only_if == OnlyIf::Always);
    let has_own_headers = !shape.fetch.headers.is_empty();
    if is_reread || has_own_headers { Vec::new() } else { vec![Entry { url: template::of_first_page(shape) }] }
}

/// A param that begins the address names a host.
fn hosts_from_params(shape: &Shape) -> Vec<String> {
    match template::parts(shape.fetch.url.get_ref()).as_deref() {
        Ok([Part::Param(name), ..]) => vec![format!("/{name}")],
        _ => Vec::new(),
    }
}
