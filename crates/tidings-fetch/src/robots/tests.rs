use std::time::Instant;

use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(robots: &str, agent: &str, path: &str, allowed: bool) {
    let robots = Robots::parse(robots.as_bytes());
    assert_eq!(robots.allows(agent, path), allowed, "{agent} {path}");
    assert_eq!(robots.into_rules(agent).allows(path), allowed, "kept rules: {agent} {path}");
}

#[track_caller]
fn check_rule(pattern: &str, path: &str, matches: bool) {
    check(&format!("User-agent: *\nDisallow: {pattern}"), "Tidings", path, !matches);
}

#[test]
fn longest_rule_decides_and_allow_wins_a_tie() {
    let robots = "user-agent: *\ndisallow: /shop\nallow: /shop/news\ndisallow: /shop/news/old\n";
    check(robots, "Tidings", "/", true);
    check(robots, "Tidings", "/shop/cart", false);
    check(robots, "Tidings", "/shop/news/1", true);
    check(robots, "Tidings", "/shop/news/old/1", false);
    check("user-agent: *\ndisallow: /a\nallow: /a", "Tidings", "/a", true);
    check("user-agent: *\nallow: /a\ndisallow: /a", "Tidings", "/a", true);
    check("user-agent: *\nallow: /p\ndisallow: /*.html", "Tidings", "/page.html", false);
}

#[test]
fn own_group_binds_instead_of_the_star_group() {
    let robots = "User-agent: *\nDisallow: /\n\nUser-agent: Tidings\nDisallow: /private\n";
    check(robots, "Tidings", "/news", true);
    check(robots, "Tidings/0.1 (+https://example.org)", "/private/x", false);
    check(robots, "tidings", "/private/x", false);
    check(robots, "TidingsBot", "/news", false);
    check(robots, "Tid", "/news", false);
    check("User-agent: Tidings/2.0\nDisallow: /", "Tidings", "/", false);
    check("User-agent: tidings bot\nDisallow: /", "Tidings", "/", false);
    check("User-agent: *Tidings*\nDisallow: /", "Tidings", "/", false);
    check("User-agent: *Other*\nDisallow: /", "Tidings", "/", true);
    check("User-agent: * (all)\nDisallow: /", "Tidings", "/", false);
}

#[test]
fn groups_of_one_agent_are_one() {
    let robots =
        "User-agent: Tidings\nDisallow: /a\nUser-agent: Other\nDisallow: /b\nUser-agent: tidings\nDisallow: /c\n";
    check(robots, "Tidings", "/a", false);
    check(robots, "Tidings", "/b", true);
    check(robots, "Tidings", "/c", false);
}

#[test]
fn agents_in_a_row_share_their_rules() {
    let robots = "User-agent: One\nUser-agent: Tidings\n\n# a comment\nDisallow: /x\n";
    check(robots, "Tidings", "/x", false);
    check(robots, "One", "/x", false);
    check(robots, "Two", "/x", true);
    let parted =
        "User-agent: One\nSitemap: https://e.example/s.xml\nX-Unheard: of\nUser-agent: Tidings\nDisallow: /x\n";
    check(parted, "One", "/x", false);
    check(parted, "Tidings", "/x", false);
    let none = "User-agent: One\nDisallow:\nUser-agent: Tidings\nDisallow: /x\n";
    check(none, "One", "/x", true);
}

#[test]
fn what_speaks_to_an_agent_ends_the_row() {
    for extension in ["Crawl-delay: 5", "Request-rate: 1/5", "Visit-time: 0600-0845"] {
        let robots = format!("User-agent: One\n{extension}\n\nUser-agent: Tidings\nDisallow: /x\n");
        check(&robots, "One", "/x", true);
        check(&robots, "Tidings", "/x", false);
    }
}

#[test]
fn nothing_forbids_nothing() {
    for robots in
        ["", "Disallow: /", "User-agent: *", "User-agent: *\nDisallow:", "<html>Not found</html>", "User-agent:\n"]
    {
        check(robots, "Tidings", "/any", true);
    }
    check("User-agent: *\nDisallow: /", "Tidings", "/robots.txt", true);
}

#[test]
fn lines_may_be_ill_made() {
    check("\u{feff}User-agent: *\nDisallow: /a", "Tidings", "/a", false);
    check("User-agent: *\rDisallow: /a\rDisallow: /b", "Tidings", "/b", false);
    check("User-agent: *\r\n\r\nDisallow: /a\r\n", "Tidings", "/a", false);
    check("USER-AGENT : *\n  DISALLOW\t:\t/a  # why", "Tidings", "/a", false);
    check("User-agent *\nDisallow /a", "Tidings", "/a", false);
    let utf16: Vec<u8> = "\u{feff}User-agent: *\nDisallow: /é".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert!(!Robots::parse(&utf16).allows("Tidings", "/%C3%A9"));
    check("Useragent: *\nDissallow: /a", "Tidings", "/a", false);
    check("User-agent: *\nDisallow: /a#b", "Tidings", "/a", false);
}

#[test]
fn star_is_anything_and_dollar_the_end() {
    check_rule("/fish", "/fish.html", true);
    check_rule("/fish", "/Fish", false);
    check_rule("/fish", "/a/fish", false);
    check_rule("/fish*", "/fishheads", true);
    check_rule("/fish/", "/fish", false);
    check_rule("/*.php", "/x/index.php?a=b", true);
    check_rule("/*.php$", "/x/index.php", true);
    check_rule("/*.php$", "/x/index.php?a=b", false);
    check_rule("/*.php$", "/a.php/b.php", true);
    check_rule("/a*b*c$", "/abxbc", true);
    check_rule("/a*b*c$", "/abxcb", false);
    check_rule("/$", "/", true);
    check_rule("/$", "/a", false);
    check_rule("*", "/a", true);
    check_rule("*$", "/a", true);
    check_rule("*/b", "/a/b", true);
    check_rule("/a$b", "/a$b", true);
    check_rule("/a$b", "/a", false);
    check_rule("fish", "/fish", false);
}

#[test]
fn spellings_of_one_path_are_one() {
    check_rule("/foo/bar/%62%61%7A", "/foo/bar/baz", true);
    check_rule("/foo/bar/ツ", "/foo/bar/%E3%83%84", true);
    check_rule("/foo/bar/%e3%83%84", "/foo/bar/ツ", true);
    check_rule("/foo/bar?baz=http://foo.bar", "/foo/bar?baz=http%3A%2F%2Ffoo.bar", true);
    check_rule("/a%2Fb", "/a/b", false);
    check_rule("/a%2fb", "/a%2Fb", true);
    check_rule("/a b", "/a%20b", true);
    check_rule("/file-%2A.html", "/file-*.html", true);
    check_rule("/file-%2A.html", "/file-x.html", false);
    check_rule("/foo-%24", "/foo-$", true);
    check_rule("/100%", "/100%", true);
    check_rule("/x%3Mediation", "/x%3Mediation/1", true);
    check_rule("/*url=%2F", "/go?url=%2Fhome", true);
    check_rule("/x", "", false);
    check_rule("/", "", true);
}

#[test]
fn bytes_that_are_no_text_are_matched_as_they_are() {
    let robots = Robots::parse(b"User-agent: *\nDisallow: /caf\xe9\n");
    assert!(!robots.allows("Tidings", "/caf%E9/menu"));
    assert!(robots.allows("Tidings", "/caf%C3%A9"));
}

#[test]
fn crawl_delay_is_that_of_the_binding_group_and_bounded() {
    let delay = |robots: &str| Robots::parse(robots.as_bytes()).crawl_delay("Tidings");
    assert_eq!(delay("User-agent: *\nCrawl-delay: 2.5\nDisallow: /x"), Some(Duration::from_millis(2500)));
    assert_eq!(delay("User-agent: *\nCrawl-delay: 9\nUser-agent: tidings\nDisallow: /x"), None);
    let twice = "User-agent: tidings\nCrawl-delay: 3\nDisallow: /x\nUser-agent: tidings\nCrawl-delay: 7";
    assert_eq!(delay(twice), Some(Duration::from_secs(7)));
    assert_eq!(delay("User-agent: *\nDisallow: /x\nCrawl-delay: 86400"), Some(MAX_CRAWL_DELAY));
    assert_eq!(delay("User-agent: *\nCrawl-delay: inf"), Some(MAX_CRAWL_DELAY));
    for bad in ["-1", "NaN", "soon", ""] {
        assert_eq!(delay(&format!("User-agent: *\nCrawl-delay: {bad}")), None, "{bad}");
    }
}

#[test]
fn sitemaps_are_named_outside_of_groups() {
    let robots =
        Robots::parse(b"Sitemap: https://e.example/a.xml\nUser-agent: x\nDisallow: /\nsitemap: /b.xml\nSitemap:\n");
    assert_eq!(robots.sitemaps(), ["https://e.example/a.xml", "/b.xml"]);
}

#[test]
fn what_lies_beyond_the_cap_is_not_read() {
    let mut robots = b"User-agent: *\nDisallow: /a\n".to_vec();
    robots.resize(MAX_ROBOTS_BYTES, b'#');
    robots.extend_from_slice(b"\nDisallow: /b\n");
    let robots = Robots::parse(&robots);
    assert!(!robots.allows("Tidings", "/a"));
    assert!(robots.allows("Tidings", "/b"));
}

/// A backtracking matcher takes longer than the universe for these.
#[test]
fn hostile_patterns_take_linear_time() {
    let started = Instant::now();
    let stars = format!("User-agent: *\nDisallow: /{}x$\n", "*".repeat(2_000));
    check(&stars, "Tidings", &format!("/{}", "a".repeat(3_000)), true);
    let pairs = format!("User-agent: *\nDisallow: /{}b\n", "*a".repeat(2_000));
    check(&pairs, "Tidings", &format!("/{}", "a".repeat(3_000)), true);
    let repeats = format!("User-agent: *\nDisallow: /*{}b\n", "a".repeat(2_000));
    check(&repeats, "Tidings", &format!("/{}", "a".repeat(3_000)), true);
    assert!(started.elapsed() < Duration::from_secs(2), "took {:?}", started.elapsed());
}

/// The rule's meaning spelt out, exponential and only for short texts.
fn matches_slowly(pattern: &[u8], path: &[u8]) -> bool {
    match pattern {
        [] => true,
        [b'$'] => path.is_empty(),
        [b'*', tail @ ..] => (0..=path.len()).any(|skipped| matches_slowly(tail, &path[skipped..])),
        [byte, tail @ ..] => path.first() == Some(byte) && matches_slowly(tail, &path[1..]),
    }
}

proptest! {
    #[test]
    fn patterns_mean_what_the_slow_matcher_says(pattern in "/[ab*]{0,8}\\$?", path in "/[ab]{0,10}") {
        let expected = matches_slowly(pattern.as_bytes(), path.as_bytes());
        let robots = Robots::parse(format!("User-agent: *\nDisallow: {pattern}").as_bytes());
        prop_assert_eq!(!robots.allows("Tidings", &path), expected);
    }

    #[test]
    fn any_bytes_parse_and_kept_rules_agree(bytes in prop::collection::vec(any::<u8>(), 0..400), path in "/\\PC{0,40}") {
        let robots = Robots::parse(&bytes);
        let allowed = robots.allows("Tidings", &path);
        prop_assert_eq!(robots.into_rules("Tidings").allows(&path), allowed);
    }

    #[test]
    fn rules_are_read_as_they_were_written(
        lines in prop::collection::vec("((Dis|A)llow: /\\PC{0,12}\\$?|Crawl-delay: [0-9.]{1,3})[\r\n]", 0..20),
    ) {
        let rules = Robots::parse(format!("User-agent: *\n{}", lines.concat()).as_bytes()).into_rules("Tidings");
        prop_assert_eq!(Robots::parse_rules(&rules.to_text()), rules);
    }

    #[test]
    fn any_lines_parse_and_kept_rules_agree(
        lines in prop::collection::vec("(User-agent: (\\*|Tidings|x)|(Dis|A)llow: /[ab%*$]{0,6}|Crawl-delay: [0-9.]{1,3})[\r\n]{1,2}", 0..20),
        path in "/[ab%]{0,10}",
    ) {
        let robots = Robots::parse(lines.concat().as_bytes());
        let allowed = robots.allows("Tidings", &path);
        prop_assert_eq!(robots.into_rules("Tidings").allows(&path), allowed);
    }
}
