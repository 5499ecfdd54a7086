//! The `site-scout` plugin: what is worth watching at one domain, each as a finding
//! with a ready `[[source]]` block. The reader lives in `tidings-extract`.

mod block;
mod visit;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidings_sdk::{Ctx, Error, Example, Finding, FindingKind, Info, Kind, Plugin, Result, bail};

use visit::{Seen, Spot};

/// What a source of this plugin takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The domain, e.g. `acme.example`, or the address of its first page.
    pub domain: String,
}

impl Params {
    /// Address of the first page.
    fn home(&self) -> String {
        let domain = self.domain.trim();
        if domain.starts_with("http://") || domain.starts_with("https://") {
            domain.to_owned()
        } else {
            format!("https://{domain}/")
        }
    }
}

/// Looks at a domain.
pub struct SiteScout;

impl Plugin for SiteScout {
    type Params = Params;
    const INFO: Info = Info::new("site-scout", "Site scout", Kind::Competitor)
        .summary("What is worth watching at one domain: feeds, sitemap, prices, jobs, blog, profiles, software")
        .every("7d")
        .max_requests(10)
        .hosts(&["*"])
        .emits(&[FindingKind::Page])
        .stateless();

    fn examples() -> Vec<Example<Params>> {
        vec![Example::new("A competitor's site", Params { domain: "acme.example".to_owned() })]
    }

    fn check(params: &Params) -> Result<()> {
        if tidings_sdk::Url::parse(&params.home()).is_err() {
            bail!("`domain` is `{}`: expected a domain such as `acme.example`", params.domain);
        }
        Ok(())
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        let seen = visit::look(&params.home(), ctx)?;
        if seen.spots.is_empty() {
            let home = params.home();
            let message =
                format!("{home} links to nothing worth watching: give the address of a page with the site's menu");
            return Err(Error::parse(&home, message));
        }
        for spot in &seen.spots {
            ctx.emit(finding(spot, &seen))?;
        }
        let software: Vec<&str> = seen.software.iter().map(|software| software.name()).collect();
        let runs = if software.is_empty() { String::new() } else { format!("; runs {}", software.join(", ")) };
        ctx.summary(format!("worth watching: {}{runs}", seen.spots.len()));
        Ok(())
    }
}

fn finding(spot: &Spot, seen: &Seen) -> Finding {
    let mut finding = Finding::new(format!("{}: {}", seen.site, spot.what), spot.url.as_str())
        .key(format!("{} {}", spot.role, spot.url))
        .kind(FindingKind::Page)
        .hint(spot.role)
        .attr("role", spot.role);
    if let Some(block) = block::of(spot, &seen.site) {
        finding = finding.text(block);
    }
    finding
}

tidings_sdk::export!(SiteScout);
