//! Which software made a page, by its generator tag and by marks that it leaves.

use scraper::{Html, Selector};

/// Software that a site runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Software {
    Discourse,
    XenForo,
    PhpBb,
    NodeBb,
    VBulletin,
    Smf,
    MyBb,
    Flarum,
    WordPress,
    WooCommerce,
    Ghost,
    Drupal,
    Joomla,
    Shopify,
    Haravan,
    Sapo,
    Wix,
    Squarespace,
    Webflow,
    HubSpot,
    Magento,
    Bitrix,
}

impl Software {
    /// As its makers write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Discourse => "Discourse",
            Self::XenForo => "XenForo",
            Self::PhpBb => "phpBB",
            Self::NodeBb => "NodeBB",
            Self::VBulletin => "vBulletin",
            Self::Smf => "SMF",
            Self::MyBb => "MyBB",
            Self::Flarum => "Flarum",
            Self::WordPress => "WordPress",
            Self::WooCommerce => "WooCommerce",
            Self::Ghost => "Ghost",
            Self::Drupal => "Drupal",
            Self::Joomla => "Joomla",
            Self::Shopify => "Shopify",
            Self::Haravan => "Haravan",
            Self::Sapo => "Sapo",
            Self::Wix => "Wix",
            Self::Squarespace => "Squarespace",
            Self::Webflow => "Webflow",
            Self::HubSpot => "HubSpot CMS",
            Self::Magento => "Magento",
            Self::Bitrix => "Bitrix",
        }
    }

    /// The bundled plugin that reads it best, for software of forums.
    pub fn forum_plugin(self) -> Option<&'static str> {
        match self {
            Self::Discourse => Some("discourse"),
            Self::XenForo => Some("xenforo"),
            Self::PhpBb => Some("phpbb"),
            Self::NodeBb => Some("nodebb"),
            Self::VBulletin | Self::Smf | Self::MyBb | Self::Flarum => Some("thread"),
            _ => None,
        }
    }
}

/// Software, the beginning of its generator tag in lower case, and marks in the page's source.
const MARKS: [(Software, &str, &[&str]); 22] = [
    (Software::Discourse, "discourse", &["data-discourse-setup", "id=\"data-discourse-setup\""]),
    (Software::XenForo, "xenforo", &["id=\"XF\"", "data-xf-init=", "/styles/default/xenforo/"]),
    (Software::PhpBb, "phpbb", &["id=\"phpbb\"", "styles/prosilver/"]),
    (Software::NodeBb, "nodebb", &["/assets/nodebb.min.js", "component=\"navbar\""]),
    (Software::VBulletin, "vbulletin", &["vbulletin_menu.js", "vbulletin-core.js", "vb_login_username"]),
    (Software::Smf, "smf", &["smf_theme_url", "smf_scripturl"]),
    (Software::MyBb, "mybb", &["jscripts/general.js?ver=18", "MyBB.init"]),
    (Software::Flarum, "flarum", &["id=\"flarum-content\"", "flarum.core.app"]),
    (Software::WordPress, "wordpress", &["/wp-content/", "/wp-includes/"]),
    (Software::WooCommerce, "woocommerce", &["/plugins/woocommerce/"]),
    (Software::Ghost, "ghost", &["ghost-sdk", "data-ghost="]),
    (Software::Drupal, "drupal", &["data-drupal-selector=", "/sites/default/files/"]),
    (Software::Joomla, "joomla", &["/media/jui/js/", "/media/system/js/core"]),
    (Software::Shopify, "shopify", &["cdn.shopify.com/s/files", "Shopify.theme"]),
    (Software::Haravan, "haravan", &["theme.hstatic.net", "product.hstatic.net"]),
    (Software::Sapo, "sapo", &["bizweb.dktcdn.net", "Bizweb.template"]),
    (Software::Wix, "wix.com", &["static.wixstatic.com", "static.parastorage.com"]),
    (Software::Squarespace, "squarespace", &["static1.squarespace.com"]),
    (Software::Webflow, "webflow", &["data-wf-site="]),
    (Software::HubSpot, "hubspot", &["/hs/hsstatic/", "hs-scriptloader"]),
    (Software::Magento, "magento", &["data-mage-init=", "/static/frontend/Magento/"]),
    (Software::Bitrix, "1c-bitrix", &["/bitrix/js/", "/bitrix/templates/"]),
];

/// Software that the page shows, in the order of the list above.
pub(super) fn of_page(html: &str, page: &Html) -> Vec<Software> {
    let generators: Vec<String> = page
        .select(&Selector::parse("meta[name=generator i]").expect("a fixed selector is valid"))
        .filter_map(|meta| meta.attr("content"))
        .map(str::to_lowercase)
        .collect();
    let is_said = |start: &str| generators.iter().any(|generator| generator.starts_with(start));
    let is_marked =
        |marks: &[&str]| marks.iter().any(|mark| memchr::memmem::find(html.as_bytes(), mark.as_bytes()).is_some());
    MARKS
        .iter()
        .filter(|(_, start, marks)| is_said(start) || is_marked(marks))
        .map(|(software, ..)| *software)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &[Software]) {
        assert_eq!(of_page(html, &Html::parse_document(html)), expected, "{html}");
    }

    #[test]
    fn generator_or_marks_tell_the_software() {
        check("<meta name=Generator content='Discourse 3.5.0'>", &[Software::Discourse]);
        check(r#"<html id="XF" class="js">"#, &[Software::XenForo]);
        check("<link href='/wp-content/plugins/woocommerce/a.css'>", &[Software::WordPress, Software::WooCommerce]);
        check("<script src='//theme.hstatic.net/1/x.js'></script>", &[Software::Haravan]);
        check("<p>We moved from WordPress to our own software.</p>", &[]);
    }
}
