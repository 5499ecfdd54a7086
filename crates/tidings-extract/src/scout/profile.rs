//! Profiles at social networks, told from links that share a page.

use url::Url;

/// Networks by their hosts.
const NETWORKS: [(&str, &[&str]); 13] = [
    ("facebook", &["facebook.com", "fb.com"]),
    ("x", &["twitter.com", "x.com"]),
    ("linkedin", &["linkedin.com"]),
    ("youtube", &["youtube.com"]),
    ("instagram", &["instagram.com"]),
    ("tiktok", &["tiktok.com"]),
    ("github", &["github.com"]),
    ("zalo", &["zalo.me"]),
    ("threads", &["threads.net", "threads.com"]),
    ("telegram", &["t.me"]),
    ("discord", &["discord.gg", "discord.com"]),
    ("reddit", &["reddit.com"]),
    ("pinterest", &["pinterest.com"]),
];

/// First parts of a path that share, play or sign in, and are nobody's profile.
const NOT_A_PROFILE: [&str; 18] = [
    "sharer",
    "sharer.php",
    "share",
    "share.php",
    "sharearticle",
    "sharing",
    "intent",
    "dialog",
    "plugins",
    "home",
    "login",
    "signup",
    "watch",
    "embed",
    "hashtag",
    "search",
    "submit",
    "pin",
];

/// The network, if `url` is a profile there.
pub(super) fn network(url: &Url) -> Option<&'static str> {
    let host = url.host_str()?;
    let host =
        ["www.", "m.", "mobile.", "vi-vn.", "en-gb."].iter().find_map(|front| host.strip_prefix(front)).unwrap_or(host);
    let (name, _) = NETWORKS.iter().find(|(_, hosts)| hosts.contains(&host))?;
    let first = url.path_segments()?.next().filter(|first| !first.is_empty())?.to_ascii_lowercase();
    (!NOT_A_PROFILE.contains(&first.as_str())).then_some(*name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Option<&str>) {
        assert_eq!(network(&Url::parse(url).unwrap()), expected, "{url}");
    }

    #[test]
    fn a_profile_is_no_share_button() {
        check("https://www.facebook.com/acme.vn", Some("facebook"));
        check("https://x.com/acme", Some("x"));
        check("https://m.youtube.com/@acme", Some("youtube"));
        check("https://www.linkedin.com/company/acme/", Some("linkedin"));
        check("https://twitter.com/intent/tweet?text=hi", None);
        check("https://www.facebook.com/sharer.php?u=x", None);
        check("https://www.linkedin.com/shareArticle?url=x", None);
        check("https://www.youtube.com/watch?v=1", None);
        check("https://facebook.com/", None);
        check("https://acme.example/facebook.com", None);
    }
}
