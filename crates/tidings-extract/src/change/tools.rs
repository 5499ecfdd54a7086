//! Which marketing tools a page loads, by marks in its scripts and in the addresses that it loads.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use scraper::Html;

use super::structured::{JSON_LD, elements, is};

/// Longest script that is searched, in bytes: the snippets of tools are short, bundles are not.
const MAX_SCRIPT: usize = 256 << 10;
/// A tool and a mark of it, whatever its case.
const MARKS: [(&str, &str); 98] = [
    ("Google Tag Manager", "googletagmanager.com/gtm.js"),
    ("Google Tag Manager", "googletagmanager.com/ns.html"),
    ("Google Analytics", "google-analytics.com/"),
    ("Google Analytics", "googletagmanager.com/gtag/js?id=g-"),
    ("Google Analytics", "googletagmanager.com/gtag/js?id=ua-"),
    ("Google Analytics", "gtag('config', 'g-"),
    ("Google Analytics", "gtag('config','g-"),
    ("Google Analytics", "gtag(\"config\", \"g-"),
    ("Google Analytics", "gtag(\"config\",\"g-"),
    ("Google Ads", "googletagmanager.com/gtag/js?id=aw-"),
    ("Google Ads", "googleadservices.com/pagead/conversion"),
    ("Google Ads", "googleads.g.doubleclick.net/pagead/viewthroughconversion"),
    ("Google Ads", "gtag('config', 'aw-"),
    ("Google Ads", "gtag('config','aw-"),
    ("Google Ads", "gtag(\"config\", \"aw-"),
    ("Google Ads", "gtag(\"config\",\"aw-"),
    ("Google AdSense", "pagead2.googlesyndication.com"),
    ("Google Optimize", "googleoptimize.com/optimize.js"),
    ("Facebook Pixel", "connect.facebook.net/en_us/fbevents.js"),
    ("Facebook Pixel", "/fbevents.js"),
    ("Facebook Pixel", "facebook.com/tr?id="),
    ("Facebook Chat", "xfbml.customerchat.js"),
    ("TikTok Pixel", "analytics.tiktok.com"),
    ("LinkedIn Insight", "snap.licdn.com/li.lms-analytics"),
    ("LinkedIn Insight", "px.ads.linkedin.com"),
    ("LinkedIn Insight", "_linkedin_partner_id"),
    ("X Pixel", "static.ads-twitter.com/uwt.js"),
    ("X Pixel", "analytics.twitter.com"),
    ("Pinterest Tag", "s.pinimg.com/ct/core.js"),
    ("Pinterest Tag", "ct.pinterest.com/"),
    ("Snap Pixel", "sc-static.net/scevent.min.js"),
    ("Reddit Pixel", "redditstatic.com/ads/pixel.js"),
    ("Quora Pixel", "a.quora.com/qevents.js"),
    ("Microsoft Ads", "bat.bing.com/bat.js"),
    ("Microsoft Ads", "bat.bing.com/action"),
    ("Clarity", "clarity.ms/tag"),
    ("Hotjar", "static.hotjar.com"),
    ("Hotjar", "_hjsettings"),
    ("FullStory", "fullstory.com/s/fs.js"),
    ("LogRocket", "cdn.logrocket.io"),
    ("LogRocket", "cdn.lr-ingest"),
    ("Mouseflow", "cdn.mouseflow.com"),
    ("Lucky Orange", "luckyorange.com"),
    ("Crazy Egg", "script.crazyegg.com"),
    ("Optimizely", "cdn.optimizely.com"),
    ("VWO", "dev.visualwebsiteoptimizer.com"),
    ("AB Tasty", "try.abtasty.com"),
    ("HubSpot", "js.hs-scripts.com"),
    ("HubSpot", "js.hs-analytics.net"),
    ("HubSpot", "js.hsforms.net"),
    ("HubSpot", "js-eu1.hs-scripts.com"),
    ("Marketo", "munchkin.marketo.net"),
    ("Pardot", "pi.pardot.com"),
    ("ActiveCampaign", "trackcmp.net"),
    ("Mailchimp", "chimpstatic.com"),
    ("Mailchimp", "list-manage.com"),
    ("Klaviyo", "static.klaviyo.com"),
    ("Brevo", "sibautomation.com"),
    ("Brevo", "cdn.brevo.com"),
    ("Intercom", "widget.intercom.io"),
    ("Intercom", "js.intercomcdn.com"),
    ("Intercom", "intercomsettings"),
    ("Drift", "js.driftt.com"),
    ("Crisp", "client.crisp.chat"),
    ("Zendesk", "static.zdassets.com"),
    ("Zendesk", "zopim.com"),
    ("Tawk", "embed.tawk.to"),
    ("LiveChat", "cdn.livechatinc.com"),
    ("Tidio", "code.tidio.co"),
    ("Freshchat", "wchat.freshchat.com"),
    ("Olark", "static.olark.com"),
    ("Zalo", "sp.zalo.me/plugins"),
    ("Zalo", "zalo-chat-widget"),
    ("Zalo Pixel", "za.zalo.me"),
    ("Zalo Pixel", "s.zzcdn.me/ztr.js"),
    ("Subiz", "widgetv4.subiz.com"),
    ("Subiz", "widget.subiz.net"),
    ("Pancake", "pancake.vn/"),
    ("Segment", "cdn.segment.com"),
    ("Segment", "cdn.segment.io"),
    ("RudderStack", "cdn.rudderlabs.com"),
    ("Mixpanel", "cdn.mxpnl.com"),
    ("Mixpanel", "mixpanel.init("),
    ("Amplitude", "cdn.amplitude.com"),
    ("Heap", "heapanalytics.com"),
    ("PostHog", "posthog.init("),
    ("PostHog", "posthog.com/static/array.js"),
    ("Pendo", "cdn.pendo.io"),
    ("Matomo", "matomo.js"),
    ("Matomo", "piwik.js"),
    ("Plausible", "plausible.io/js"),
    ("Fathom", "cdn.usefathom.com"),
    ("Cloudflare Analytics", "static.cloudflareinsights.com"),
    ("Yandex Metrica", "mc.yandex.ru/metrika"),
    ("Adobe Analytics", "assets.adobedtm.com"),
    ("Criteo", "static.criteo.net"),
    ("Taboola", "cdn.taboola.com"),
    ("AppsFlyer", "websdk.appsflyer.com"),
];
static FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .build(MARKS.iter().map(|(_, mark)| mark))
        .expect("the marks are few and short")
});

/// The tools by name, each once. A page that only writes about a tool, or links to it, does not load it.
pub fn tools(page: &Html) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    for element in elements(page) {
        let value = element.value();
        match value.name() {
            "script" => {
                [value.attr("src"), value.attr("data-src")].into_iter().flatten().for_each(|at| search(at, &mut found))
            }
            "iframe" | "img" => value.attr("src").into_iter().for_each(|at| search(at, &mut found)),
            // These name other pages.
            "link" if !is(value.attr("rel"), "canonical") && !is(value.attr("rel"), "alternate") => {
                value.attr("href").into_iter().for_each(|at| search(at, &mut found));
            }
            _ => {}
        }
        if value.name() == "noscript" || value.name() == "script" && !is(value.attr("type"), JSON_LD) {
            element.text().for_each(|text| search(text, &mut found));
        }
    }
    found
}

fn search(text: &str, found: &mut BTreeSet<&'static str>) {
    let text = &text.as_bytes()[..text.len().min(MAX_SCRIPT)];
    found.extend(FINDER.find_overlapping_iter(text).map(|mark| MARKS[mark.pattern().as_usize()].0));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &[&str]) {
        assert_eq!(tools(&Html::parse_document(html)).into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn tools_are_known_by_what_a_page_loads() {
        check(
            "<script async src='https://www.googletagmanager.com/gtag/js?id=G-ABC'></script><script>gtag('config', 'AW-12');</script>",
            &["Google Ads", "Google Analytics"],
        );
        check(
            "<script>!function(f){t.src='https://connect.facebook.net/en_US/fbevents.js'}(window)</script>
             <noscript><img src='https://www.facebook.com/tr?id=1&ev=PageView'></noscript>
             <script src=//static.hotjar.com/c/hotjar-1.js></script>",
            &["Facebook Pixel", "Hotjar"],
        );
        check("<iframe src='https://www.googletagmanager.com/ns.html?id=GTM-1'></iframe>", &["Google Tag Manager"]);
        check(
            "<script>_paq.push(1); g.src=u+'matomo.js'</script><div><script src='https://sp.zalo.me/plugins/sdk.js'></script>",
            &["Matomo", "Zalo"],
        );
    }

    #[test]
    fn a_page_that_writes_of_tools_loads_none() {
        check("<p>Put static.hotjar.com into your page</p><a href='https://plausible.io/js'>Plausible</a>", &[]);
    }
}
