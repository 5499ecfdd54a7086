//! What a linked page is for, by its address and by what the link says.

use url::Url;

/// What a page of a site is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Pricing,
    Careers,
    Blog,
    Changelog,
    Status,
    Docs,
    Forum,
}

impl Role {
    /// The word for it, as in a source's id.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pricing => "pricing",
            Self::Careers => "careers",
            Self::Blog => "blog",
            Self::Changelog => "changelog",
            Self::Status => "status",
            Self::Docs => "docs",
            Self::Forum => "forum",
        }
    }
}

/// A role, the words of a path or host label that stand for it, and what links to it say, in lower case.
const ROLES: [(Role, &[&str], &[&str]); 7] = [
    (
        Role::Pricing,
        &["pricing", "prices", "plans", "price", "bang-gia", "gia", "bao-gia", "preise", "tarifs", "goi-dich-vu"],
        &[
            "pricing",
            "plans",
            "plans & pricing",
            "pricing & plans",
            "prices",
            "bảng giá",
            "báo giá",
            "giá",
            "gói dịch vụ",
            "preise",
            "tarifs",
        ],
    ),
    (
        Role::Careers,
        &["careers", "career", "jobs", "join-us", "work-with-us", "tuyen-dung", "viec-lam", "karriere"],
        &[
            "careers",
            "jobs",
            "join us",
            "we're hiring",
            "work with us",
            "tuyển dụng",
            "việc làm",
            "cơ hội nghề nghiệp",
            "karriere",
        ],
    ),
    (
        Role::Blog,
        &["blog", "blogs", "news", "newsroom", "press", "tin-tuc", "bai-viet", "insights", "articles"],
        &["blog", "news", "newsroom", "press", "tin tức", "bài viết", "insights", "our blog"],
    ),
    (
        Role::Changelog,
        &[
            "changelog",
            "release-notes",
            "releases",
            "whats-new",
            "what-s-new",
            "updates",
            "product-updates",
            "cap-nhat",
        ],
        &[
            "changelog",
            "release notes",
            "releases",
            "what's new",
            "what’s new",
            "product updates",
            "cập nhật",
            "có gì mới",
        ],
    ),
    (
        Role::Status,
        &["status", "trang-thai"],
        &["status", "system status", "service status", "trạng thái hệ thống", "tình trạng hệ thống"],
    ),
    (
        Role::Docs,
        &["docs", "documentation", "help", "help-center", "support", "knowledge-base", "huong-dan", "tro-giup", "api"],
        &[
            "docs",
            "documentation",
            "help",
            "help center",
            "help centre",
            "api",
            "api docs",
            "hướng dẫn",
            "trợ giúp",
            "trung tâm trợ giúp",
        ],
    ),
    (
        Role::Forum,
        &["forum", "forums", "community", "discuss", "dien-dan", "cong-dong"],
        &["forum", "forums", "community", "diễn đàn", "cộng đồng"],
    ),
];

/// Hosts of others on which a company keeps such a page.
const HOSTED: [(Role, &[&str]); 3] = [
    (
        Role::Careers,
        &[
            "greenhouse.io",
            "lever.co",
            "workable.com",
            "ashbyhq.com",
            "smartrecruiters.com",
            "bamboohr.com",
            "recruitee.com",
            "teamtailor.com",
            "personio.com",
            "personio.de",
        ],
    ),
    (Role::Status, &["statuspage.io", "instatus.com", "betteruptime.com", "status.io"]),
    (Role::Docs, &["gitbook.io", "readme.io", "readthedocs.io"]),
];

/// The role of a page by its address alone.
pub fn role_of(url: &Url) -> Option<Role> {
    of_link(url, "", url).map(|(_, role)| role)
}

/// The role of a page that `base` links to, and how sure the link makes it (higher is surer).
pub(super) fn of_link(url: &Url, text: &str, base: &Url) -> Option<(u8, Role)> {
    let host = url.host_str()?;
    if let Some((role, _)) = HOSTED.iter().find(|(_, hosts)| hosts.iter().any(|hosted| is_below(host, hosted))) {
        return Some((3, *role));
    }
    let home = base.host_str()?.trim_start_matches("www.");
    if host != home && !is_below(host, home) {
        return None;
    }
    let text = text.to_lowercase();
    let label = host.strip_suffix(home).unwrap_or_default().trim_end_matches('.');
    let segments: Vec<String> =
        url.path_segments().into_iter().flatten().filter(|part| !part.is_empty()).map(str::to_lowercase).collect();
    let last = segments.last().map(|last| last.split('.').next().unwrap_or(last)).unwrap_or_default();
    ROLES.iter().find_map(|(role, words, says)| {
        let by_host = segments.is_empty() && words.contains(&label);
        // A long path is an article about prices rather than the price list.
        let by_path = segments.len() <= 3 && words.contains(&last);
        let by_text = segments.len() <= 3 && says.contains(&text.trim());
        let weight = 4 * u8::from(by_host) + 2 * u8::from(by_path) + u8::from(by_text);
        (0 < weight).then_some((weight, *role))
    })
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, text: &str, expected: Option<Role>) {
        let base = Url::parse("https://www.acme.example/").unwrap();
        let role = of_link(&Url::parse(url).unwrap(), text, &base).map(|(_, role)| role);
        assert_eq!(role, expected, "{url} {text}");
    }

    #[test]
    fn address_or_text_tells_the_role() {
        check("https://acme.example/pricing", "See more", Some(Role::Pricing));
        check("https://acme.example/vi/bang-gia.html", "", Some(Role::Pricing));
        check("https://acme.example/p/17", "Bảng giá", Some(Role::Pricing));
        check("https://docs.acme.example/", "", Some(Role::Docs));
        check("https://acme.statuspage.io/", "", Some(Role::Status));
        check("https://acme.example/forum/", "", Some(Role::Forum));
    }

    #[test]
    fn articles_and_other_sites_have_none() {
        check("https://acme.example/blog/how-to-set-a-price", "How to set a price", None);
        check("https://acme.example/", "Home", None);
        check("https://rival.example/pricing", "Pricing", None);
        check("https://notacme.example/pricing", "Pricing", None);
    }
}
