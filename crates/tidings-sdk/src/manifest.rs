//! From what a plugin says of itself to the manifest that the daemon reads.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use serde_json::Value;
use tidings_protocol::{Capabilities, Detect, Entry, Example, HostPoliteness, Manifest, Politeness, Schedule, code};

use crate::{Context, Error, Info, Plugin, Result};

/// What the crate of a plugin says of itself, for what its [`Info`] leaves out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Package {
    pub version: Option<&'static str>,
    pub license: Option<&'static str>,
    pub homepage: Option<&'static str>,
}

/// The manifest of a plugin: what it answers to `describe`.
///
/// # Errors
///
/// `load.describe_failed` with the field that breaks a rule.
pub fn manifest<P: Plugin>() -> Result<Manifest> {
    manifest_with::<P>(Package::default())
}

pub(crate) fn manifest_with<P: Plugin>(package: Package) -> Result<Manifest> {
    build::<P>(package).map_err(|error| error.with_code(code::LOAD_DESCRIBE_FAILED))
}

fn build<P: Plugin>(package: Package) -> Result<Manifest> {
    let info = P::INFO;
    let params_schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<P::Params>().to_value();
    let said = |text: Option<&'static str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let manifest = Manifest {
        manifest_version: 1,
        id: info.id.to_owned(),
        name: info.name.to_owned(),
        version: said(info.version.or(package.version)).unwrap_or_else(|| "0.0.0".to_owned()),
        kind: info.kind,
        summary: info.summary.to_owned(),
        homepage: said(info.homepage.or(package.homepage)),
        maintainers: owned(info.maintainers),
        license: said(info.license.or(package.license)),
        examples: examples::<P>(&params_schema)?,
        params_schema,
        schedule: Schedule { every: said(info.every), jitter: said(info.jitter) },
        entry: info.entry.iter().map(|url| Entry { url: (*url).to_owned() }).collect(),
        politeness: politeness(&info),
        capabilities: capabilities(&info),
        detect: detect(&info)?,
        emits: info.emits.iter().map(|kind| kind.as_str().to_owned()).collect(),
        empty_is_normal: info.empty_is_normal,
    };
    manifest.check()?;
    Ok(manifest)
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The examples as one would write them: without params that are as they are by default.
fn examples<P: Plugin>(schema: &Value) -> Result<Vec<Example>> {
    let is_default = |name: &str, value: &Value| schema["properties"][name].get("default") == Some(value);
    let to_wire = |example: crate::Example<P::Params>| {
        let mut params = serde_json::to_value(&example.params)
            .with_context(|| format!("example `{}` cannot be written as JSON", example.title))?;
        if let Some(params) = params.as_object_mut() {
            params.retain(|name, value| !is_default(name, value));
        }
        Ok(Example { title: example.title.to_owned(), params })
    };
    P::examples().into_iter().map(to_wire).collect()
}

fn politeness(info: &Info) -> Politeness {
    let of_host = |delay: &crate::HostDelay| {
        let politeness = HostPoliteness { min_delay_ms: delay.min_delay_ms, max_parallel: Some(delay.max_parallel) };
        (delay.host.to_owned(), politeness)
    };
    let hosts: BTreeMap<_, _> = info.delays.iter().map(of_host).collect();
    Politeness { hosts, max_requests_per_run: info.max_requests }
}

fn capabilities(info: &Info) -> Capabilities {
    Capabilities {
        hosts: owned(info.hosts),
        hosts_from_params: owned(info.hosts_from_params),
        post: info.post,
        secrets: owned(info.secrets),
        folder_from_params: info.folder_from_params.map(str::to_owned),
        max_runtime_s: info.max_runtime_s,
        max_memory_mb: info.max_memory_mb,
        stateless: info.stateless,
    }
}

fn detect(info: &Info) -> Result<Vec<Detect>> {
    let to_wire = |(pattern, params): &(&str, &str)| {
        let params = serde_json::from_str(params).with_context(|| format!("params of the pattern `{pattern}`"))?;
        Ok::<_, Error>(Detect { pattern: (*pattern).to_owned(), params })
    };
    info.detect.iter().map(to_wire).collect()
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::{Ctx, FindingKind, HostDelay, Kind};

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Params {
        /// Words to look for.
        query: String,
        #[serde(default)]
        min_points: u32,
    }

    struct Whole<const BROKEN: bool>;

    impl<const BROKEN: bool> Plugin for Whole<BROKEN> {
        type Params = Params;
        const INFO: Info = Info::new(if BROKEN { "Bad Id" } else { "whole" }, "Whole", Kind::Keyword)
            .summary("All of it")
            .every("30m")
            .jitter("10%")
            .entry(&["https://a.example/?q={params.query}"])
            .delays(&[HostDelay { host: "a.example", min_delay_ms: 1000, max_parallel: 1 }])
            .max_requests(50)
            .hosts(&["a.example"])
            .hosts_from_params(&["/base_url"])
            .detect(&[("https://a.example/{id}", r#"{"query": "{id}"}"#)])
            .emits(&[FindingKind::Post, FindingKind::PageChange])
            .empty_is_normal();

        fn examples() -> Vec<crate::Example<Params>> {
            vec![crate::Example::new("Prices", Params { query: "price".to_owned(), min_points: 0 })]
        }

        fn run(&self, _: &Params, _: &mut Ctx) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn says_all_that_info_says() {
        let package = Package { version: Some("1.2.3"), license: Some("MIT"), homepage: Some("") };
        let manifest = serde_json::to_value(manifest_with::<Whole<false>>(package).unwrap()).unwrap();
        let expected = serde_json::json!({
            "manifest_version": 1, "id": "whole", "name": "Whole", "version": "1.2.3", "kind": "keyword",
            "summary": "All of it", "license": "MIT",
            "params_schema": {
                "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Params", "type": "object",
                "properties": {
                    "query": {"description": "Words to look for.", "type": "string"},
                    "min_points": {"type": "integer", "format": "uint32", "minimum": 0, "default": 0}
                },
                "required": ["query"], "additionalProperties": false
            },
            "examples": [{"title": "Prices", "params": {"query": "price"}}],
            "schedule": {"every": "30m", "jitter": "10%"},
            "entry": [{"url": "https://a.example/?q={params.query}"}],
            "politeness": {"hosts": {"a.example": {"min_delay_ms": 1000, "max_parallel": 1}}, "max_requests_per_run": 50},
            "capabilities": {"hosts": ["a.example"], "hosts_from_params": ["/base_url"], "post": false},
            "detect": [{"pattern": "https://a.example/{id}", "params": {"query": "{id}"}}],
            "emits": ["post", "page_change"], "empty_is_normal": true
        });
        assert_eq!(manifest, expected);
    }

    #[test]
    fn a_broken_rule_names_its_field() {
        let error = manifest::<Whole<true>>().unwrap_err();
        assert_eq!(error.code(), code::LOAD_DESCRIBE_FAILED);
        assert!(error.message().contains("/id"), "{error}");
    }
}
