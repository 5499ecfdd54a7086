//! The source that reads one item: each field on its own, as the recipe says.

use super::super::Recipe;
use super::super::field::{Field, Role, Source};
use super::quoted;

/// A field, and how the generated source names it.
struct Named<'a> {
    field: &'a Field,
    ident: String,
}

/// The whole of `src/item.rs`.
pub(super) fn source(recipe: &Recipe) -> String {
    let fields = named(recipe);
    let body = [lets(recipe, &fields), checks(recipe, &fields), finding(recipe, &fields)].concat();
    let has_detail = recipe.shape.item.detail.is_some();
    let answer = if has_detail { "Draft" } else { "Finding" };
    let item = match recipe.shape.list.get_ref() {
        list if list.items.is_some() => "El<'_>",
        list if list.json.is_some() || list.json_ld.is_some() => "&Value",
        _ => "&feed::Item",
    };
    let page = if body.contains("page.absolute") { "page" } else { "_page" };
    let is_used = fields.iter().any(|named| !matches!(named.field.source, Source::Constant(_)));
    let name = if is_used && body.contains("item") { "item" } else { "_item" };
    let mut source = format!("//! From an item of the list to a finding.\n\n{}", imports(recipe, &body));
    source.push_str(&patterns(&fields));
    if has_detail {
        source.push_str(DRAFT);
    }
    source.push_str(UNREADABLE);
    let head = "/// Reads the fields of an item.\n";
    source
        + head
        + &format!("pub(crate) fn read({name}: {item}, {page}: &Page) -> Result<{answer}, Unreadable> {{\n{body}}}\n")
}

const DRAFT: &str = "\
/// A finding, and what is needed before it is handed over.
pub(crate) struct Draft {
    pub(crate) finding: Finding,
    /// Key, else address: what tells whether it was there before.
    pub(crate) name: String,
    pub(crate) url: Option<String>,
    pub(crate) has_words: bool,
}

";

const UNREADABLE: &str = "\
/// Why an item is none.
pub(crate) struct Unreadable {
    pub(crate) url: Option<String>,
    pub(crate) reason: String,
}

";

/// Those that can hold something, or are asked for.
fn named(recipe: &Recipe) -> Vec<Named<'_>> {
    let is_asked = |field: &Field| recipe.shape.expect.required.iter().any(|name| *name.get_ref() == field.name);
    let never = |field: &Field| field.source == Source::Feed && from_feed(field.role).is_none();
    let mut all: Vec<Named<'_>> = Vec::new();
    for field in recipe.fields.iter().filter(|field| is_asked(field) || !never(field)) {
        let mut ident: String =
            field.name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
        if field.role == Role::Attr {
            ident.insert_str(0, "attr_");
        }
        while all.iter().any(|named| named.ident == ident) {
            ident.push('_');
        }
        all.push(Named { field, ident });
    }
    all
}

fn imports(recipe: &Recipe, body: &str) -> String {
    let mut imports = String::new();
    let list = recipe.shape.list.get_ref();
    if body.contains("_PATTERN") || body.contains("_REPLACED_") {
        imports.push_str("use std::sync::LazyLock;\n\nuse regex::Regex;\n");
    }
    if list.json.is_some() || list.json_ld.is_some() {
        imports.push_str("use serde_json::Value;\n");
    }
    let mut of_sdk = vec!["Finding", "Page"];
    let (is_html, has_markup) = (list.items.is_some(), body.contains("html::plain_text("));
    let may = [
        (is_html, "El"),
        (list.feed, "feed"),
        (has_markup, "html"),
        (body.contains("Engagement::") || body.contains("Engagement {"), "Engagement"),
        (recipe.shape.item.kind.is_some(), "FindingKind"),
    ];
    of_sdk.extend(may.into_iter().filter(|(is, _)| *is).map(|(_, name)| name));
    of_sdk.sort_unstable();
    let helpers = ["count", "group", "scalars", "stated_time", "time", "trimmed"];
    let is_called = |name: &&str| {
        [format!(" {name}("), format!("({name})"), format!("({name}("), format!("| {name}("), format!("({name}))")]
            .iter()
            .any(|call| body.contains(call.as_str()))
    };
    let called: Vec<&str> = helpers.into_iter().filter(is_called).collect();
    imports.push_str(&format!("use tidings_sdk::{{{}}};\n\n", of_sdk.join(", ")));
    if !called.is_empty() {
        imports.push_str(&format!("use crate::value::{{{}}};\n\n", called.join(", ")));
    }
    imports
}

fn pattern_name(named: &Named<'_>) -> String {
    format!("{}_PATTERN", named.ident.to_ascii_uppercase())
}

fn replaced_name(named: &Named<'_>, index: usize) -> String {
    format!("{}_REPLACED_{}", named.ident.to_ascii_uppercase(), index + 1)
}

/// The expressions, each made once.
fn patterns(fields: &[Named<'_>]) -> String {
    let mut statics = String::new();
    let mut declare = |name: String, regex: &regex::Regex| {
        let regex = quoted(regex.as_str());
        statics.push_str(&format!(
            "static {name}: LazyLock<Regex> =\n    LazyLock::new(|| Regex::new({regex}).expect(\"the recipe was checked\"));\n"
        ));
    };
    for named in fields.iter().filter(|named| !matches!(named.field.source, Source::Constant(_))) {
        if let Some(regex) = &named.field.regex {
            declare(pattern_name(named), regex);
        }
        for (index, (regex, _)) in named.field.replace.iter().enumerate() {
            declare(replaced_name(named, index), regex);
        }
    }
    if statics.is_empty() { statics } else { statics + "\n" }
}

fn lets(recipe: &Recipe, fields: &[Named<'_>]) -> String {
    let is_html = recipe.shape.list.get_ref().items.is_some();
    fields.iter().map(|named| if_let(named, is_html)).collect()
}

fn if_let(named: &Named<'_>, is_html: bool) -> String {
    let Named { field, ident } = named;
    let type_ = if field.all { "Vec<String>" } else { "Option<String>" };
    if let Source::Constant(constant) = &field.source {
        let constant = format!("{}.to_owned()", quoted(constant));
        let value = if field.all { format!("vec![{constant}]") } else { format!("Some({constant})") };
        return format!("    let {ident}: {type_} = {value};\n");
    }
    let mut steps = raw(field, is_html);
    if field.html {
        steps.push(".map(|raw| html::plain_text(&raw))".to_owned());
    }
    if field.regex.is_some() {
        steps.push(format!(".filter_map(|text| group(&{}, &text))", pattern_name(named)));
    }
    for (index, (_, by)) in field.replace.iter().enumerate() {
        let (regex, by) = (replaced_name(named, index), quoted(by));
        steps.push(format!(".map(|text| {regex}.replace_all(&text, {by}).into_owned())"));
    }
    steps.push(".filter_map(trimmed)".to_owned());
    if field.role.is_address() {
        steps.push(".filter_map(|link| page.absolute(&link).ok())".to_owned());
    } else if field.role.is_time() {
        steps.push(".filter(|text| time(text).is_some())".to_owned());
    } else if field.role.is_count() {
        steps.push(".filter(|text| count(text).is_some())".to_owned());
    }
    steps.push(if field.all { ".collect()" } else { ".next()" }.to_owned());
    format!("    let {ident}: {type_} = {};\n", steps.join("\n        "))
}

/// What stands in the page, before anything is done to it.
fn raw(field: &Field, is_html: bool) -> Vec<String> {
    match &field.source {
        Source::Element { css, attr } => {
            let start = match css {
                None => "std::iter::once(item)".to_owned(),
                Some(css) if field.all => format!("item.select({}).into_iter()", quoted(css)),
                Some(css) => format!("item.first({}).into_iter()", quoted(css)),
            };
            let value = match attr {
                Some(attr) => format!(".filter_map(|found| found.attr({}).map(str::to_owned))", quoted(attr)),
                None if field.role.is_address() => ".filter_map(|found| found.link())".to_owned(),
                None if field.role.is_time() => ".map(|found| stated_time(found))".to_owned(),
                None => ".map(|found| found.text())".to_owned(),
            };
            vec![start, value]
        }
        Source::Json { pointer: Some(pointer) } => {
            vec![format!("scalars(item.pointer({})).into_iter()", quoted(pointer))]
        }
        Source::Json { pointer: None } => vec!["scalars(Some(item)).into_iter()".to_owned()],
        Source::Feed | Source::Constant(_) => {
            debug_assert!(!is_html, "a page of elements is no feed");
            vec![from_feed(field.role).unwrap_or("std::iter::empty::<String>()").to_owned()]
        }
    }
}

/// Where the item of a feed has a field; `None` for those that it never has.
fn from_feed(role: Role) -> Option<&'static str> {
    Some(match role {
        Role::Title => "item.title.clone().into_iter()",
        Role::Url => "item.url().map(String::from).into_iter()",
        Role::Text => "std::iter::once(item.text().to_owned())",
        Role::Author => "item.author.clone().into_iter()",
        Role::Published => "item.published.or(item.updated).map(|at| at.to_string()).into_iter()",
        Role::Updated => "item.updated.map(|at| at.to_string()).into_iter()",
        Role::Lang => "item.lang.clone().into_iter()",
        Role::Key => "item.id.clone().into_iter()",
        Role::Hints => "item.categories.clone().into_iter()",
        Role::Replies => "item.replies.map(|count| count.to_string()).into_iter()",
        Role::CanonicalUrl | Role::Score | Role::Views | Role::Attr => return None,
    })
}

fn of_role<'a, 'b>(fields: &'b [Named<'a>], role: Role) -> Option<&'b Named<'a>> {
    fields.iter().find(|named| named.field.role == role)
}

/// The first value of a field, which stays usable.
fn first(named: Option<&Named<'_>>) -> Option<String> {
    named.map(
        |Named { field, ident }| {
            if field.all { format!("{ident}.first().cloned()") } else { format!("{ident}.clone()") }
        },
    )
}

fn lacks(named: &Named<'_>) -> String {
    if named.field.all { format!("{}.is_empty()", named.ident) } else { format!("{}.is_none()", named.ident) }
}

/// What makes an item unreadable.
fn checks(recipe: &Recipe, fields: &[Named<'_>]) -> String {
    let url = first(of_role(fields, Role::Url)).unwrap_or_else(|| "None".to_owned());
    let mut checks =
        format!("    let lacks = |reason: &str| Unreadable {{ url: {url}, reason: reason.to_owned() }};\n");
    let mut refuse = |when: &str, reason: &str| {
        checks.push_str(&format!("    if {when} {{\n        return Err(lacks({}));\n    }}\n", quoted(reason)));
    };
    for name in &recipe.shape.expect.required {
        for named in fields.iter().filter(|named| named.field.name == *name.get_ref()) {
            refuse(&lacks(named), &format!("it has no `{}`", name.get_ref()));
        }
    }
    let none_of = |roles: [Role; 2]| {
        let found = roles.into_iter().filter_map(|role| of_role(fields, role));
        found.map(lacks).collect::<Vec<_>>().join(" && ")
    };
    let has_detail = recipe.shape.item.detail.is_some();
    if !has_detail {
        refuse(&none_of([Role::Title, Role::Text]), "it has neither a title nor a text");
        refuse(&none_of([Role::Key, Role::Url]), "it has neither a key nor an address");
        return checks;
    }
    let names: Vec<String> =
        [Role::Key, Role::Url].into_iter().filter_map(|role| first(of_role(fields, role))).collect();
    let name = names.join(".or_else(|| ") + if names.len() == 2 { ")" } else { "" };
    checks.push_str(&format!(
        "    let Some(name) = {name} else {{\n        return Err(lacks(\"it has neither a key nor an address\"));\n    }};\n"
    ));
    let words = none_of([Role::Title, Role::Text]);
    checks.push_str(&if words.is_empty() {
        "    let has_words = false;\n".to_owned()
    } else {
        format!("    let has_words = !({words});\n")
    });
    checks
}

/// What is made of the fields.
fn finding(recipe: &Recipe, fields: &[Named<'_>]) -> String {
    let mut chain = String::from("    let finding = Finding::default()");
    let mut after = String::new();
    let mut counts = Vec::new();
    for named in fields {
        let Named { field, ident } = named;
        let (name, all) = (&field.name, field.all);
        let text = match (all, field.role) {
            (true, Role::Text) => format!("{ident}.join(\"\\n\\n\")"),
            (true, _) => format!("{ident}.join(\", \")"),
            // The address is needed once more.
            (false, Role::Url) => format!("{ident}.clone().unwrap_or_default()"),
            (false, _) => format!("{ident}.unwrap_or_default()"),
        };
        let parsed = |by: &str| {
            if all { format!("{by}(&{text})") } else { format!("{ident}.as_deref().and_then({by})") }
        };
        match field.role {
            Role::Hints if all => {
                after.push_str(&format!("    let finding = {ident}.into_iter().fold(finding, Finding::hint);\n"));
            }
            Role::Hints => chain.push_str(&format!("\n        .hint({text})")),
            Role::Attr => {
                let (name, value) = (quoted(name), if all { ident.as_str() } else { "value" });
                let add = format!("finding.attr({name}, {value})");
                after.push_str(&if all {
                    format!("    let finding = if {ident}.is_empty() {{ finding }} else {{ {add} }};\n")
                } else {
                    format!("    let finding = match {ident} {{\n        Some(value) => {add},\n        None => finding,\n    }};\n")
                });
            }
            Role::Score | Role::Replies | Role::Views => counts.push(format!("{name}: {}", parsed("count"))),
            role if role.is_time() => chain.push_str(&format!("\n        .{name}({})", parsed("time"))),
            _ => chain.push_str(&format!("\n        .{name}({text})")),
        }
    }
    if !counts.is_empty() {
        let rest = if counts.len() < 3 { ", ..Engagement::default()" } else { "" };
        chain.push_str(&format!("\n        .engagement(Engagement {{ {}{rest} }})", counts.join(", ")));
    }
    if let Some(kind) = recipe.shape.item.kind {
        chain.push_str(&format!("\n        .kind(FindingKind::{kind:?})"));
    }
    let end = if recipe.shape.item.detail.is_some() {
        let url = of_role(fields, Role::Url).map_or_else(
            || "None".to_owned(),
            |named| {
                if named.field.all { format!("{}.into_iter().next()", named.ident) } else { named.ident.clone() }
            },
        );
        let url = if url == "url" { url } else { format!("url: {url}") };
        format!("    Ok(Draft {{ finding, name, {url}, has_words }})\n")
    } else {
        "    Ok(finding)\n".to_owned()
    };
    format!("{chain};\n{after}{end}")
}
