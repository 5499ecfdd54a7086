//! The byte patterns, and which of them together make a block page.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// What a pattern stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    CloudflareChallenge,
    CloudflareError,
    Cloudflare,
    JustAMoment,
    Akamai,
    AccessDenied,
    DataDome,
    PerimeterX,
    PerimeterXScript,
    Incapsula,
    IncapsulaScript,
    AwsWaf,
    Captcha,
    Human,
    Interruption,
    Kasada,
    Sucuri,
    DdosGuard,
    Checking,
    Anubis,
    LoginFirst,
    EnableScript,
    EmptyRoot,
    /// Data for scripts that a plugin can read without one.
    Data,
}

/// What a rule asks of a thin page.
#[derive(Clone, Copy, Debug)]
pub(super) enum Need {
    /// A status of 4xx or 5xx.
    Refusal,
    /// No field to type into: what has one is a form that a captcha guards.
    NoForm,
    /// Next to no text: the vendor's script stands on pages that it lets through, too.
    Bare,
    Mark(Mark),
    Title(Mark),
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) seen: &'static str,
    pub(super) needs: &'static [Need],
}

/// The first that is met decides.
pub(super) const RULES: &[Rule] = {
    use Mark::*;
    use Need::{Bare, Mark as Has, NoForm, Refusal, Title};
    &[
        Rule { seen: "Cloudflare challenge", needs: &[Has(CloudflareChallenge)] },
        Rule { seen: "Cloudflare challenge", needs: &[Title(JustAMoment), Has(Cloudflare)] },
        Rule { seen: "Cloudflare block", needs: &[Has(CloudflareError), Has(Cloudflare)] },
        Rule { seen: "DataDome", needs: &[Has(DataDome), NoForm] },
        Rule { seen: "PerimeterX", needs: &[Has(PerimeterX), NoForm] },
        Rule { seen: "PerimeterX", needs: &[Has(PerimeterXScript), Refusal] },
        Rule { seen: "Incapsula", needs: &[Has(Incapsula), NoForm] },
        Rule { seen: "Incapsula", needs: &[Has(IncapsulaScript), Bare] },
        Rule { seen: "Incapsula", needs: &[Has(IncapsulaScript), Refusal] },
        Rule { seen: "AWS WAF", needs: &[Has(AwsWaf), Bare] },
        Rule { seen: "AWS WAF", needs: &[Has(AwsWaf), Refusal] },
        Rule { seen: "Kasada", needs: &[Has(Kasada), Refusal] },
        Rule { seen: "Sucuri", needs: &[Has(Sucuri), NoForm] },
        Rule { seen: "DDoS-Guard", needs: &[Has(DdosGuard), Bare] },
        Rule { seen: "DDoS-Guard", needs: &[Has(DdosGuard), Refusal] },
        Rule { seen: "Anubis", needs: &[Has(Anubis), NoForm] },
        Rule { seen: "Akamai", needs: &[Has(Akamai), Title(AccessDenied)] },
        Rule { seen: "Akamai", needs: &[Has(Akamai), Refusal] },
        Rule { seen: "captcha", needs: &[Has(Captcha), Has(Human), NoForm] },
        Rule { seen: "captcha", needs: &[Has(Captcha), Refusal, NoForm] },
        Rule { seen: "page that asks whether one is human", needs: &[Title(Human), NoForm] },
        Rule { seen: "page that asks whether one is human", needs: &[Has(Human), Refusal, NoForm] },
        Rule { seen: "page that interrupts robots", needs: &[Title(Interruption), NoForm] },
        Rule { seen: "page that checks the browser", needs: &[Title(Checking), NoForm] },
        Rule { seen: "page that checks the browser", needs: &[Has(Checking), Refusal, NoForm] },
    ]
};

/// In lower case as far as they are ASCII, whose case is not looked at. Vietnamese is
/// without its first letter where that has a mark.
const PATTERNS: &[(Mark, &str)] = {
    use Mark::*;
    &[
        (CloudflareChallenge, "_cf_chl_opt"),
        (CloudflareChallenge, "cf-browser-verification"),
        (CloudflareChallenge, "cf_chl_"),
        (CloudflareChallenge, "cf-challenge-running"),
        (CloudflareChallenge, "/orchestrate/chl_page/"),
        (CloudflareChallenge, "/orchestrate/jsch/"),
        (CloudflareChallenge, "/orchestrate/captcha/"),
        (CloudflareError, "cf-error-details"),
        (CloudflareError, "error code: 1020"),
        (CloudflareError, "error code: 1010"),
        (CloudflareError, "error code: 1015"),
        (CloudflareError, "error 1020"),
        (CloudflareError, "error 1015"),
        (CloudflareError, "attention required! | cloudflare"),
        (CloudflareError, "used cloudflare to restrict access"),
        (CloudflareError, "you have been blocked"),
        (CloudflareError, "you are being rate limited"),
        (Cloudflare, "cloudflare"),
        (Cloudflare, "cdn-cgi/"),
        (Cloudflare, "error code: 10"),
        (Cloudflare, "ray id"),
        (JustAMoment, "just a moment"),
        (JustAMoment, "chờ một chút"),
        (JustAMoment, "một lát"),
        (Akamai, "errors.edgesuite.net"),
        (Akamai, "errors&#46;edgesuite&#46;net"),
        (Akamai, "sec-if-cpt-container"),
        (Akamai, "akamai-block"),
        (Akamai, "reference&#32;&#35;"),
        (AccessDenied, "access denied"),
        (AccessDenied, "truy cập bị từ chối"),
        (DataDome, "captcha-delivery.com"),
        (DataDome, "datado.me"),
        (PerimeterX, "px-captcha"),
        (PerimeterX, "captcha.px-cdn.net"),
        (PerimeterX, "captcha.perimeterx.net"),
        (PerimeterXScript, "_pxappid"),
        (IncapsulaScript, "_incapsula_resource"),
        (Incapsula, "incapsula incident id"),
        (AwsWaf, "awswaf.com/"),
        (AwsWaf, "awswafintegration"),
        (AwsWaf, "gokuprops"),
        (Kasada, "/149e9513-01fa-4fb0-aad4-566afd725d1b/"),
        (Kasada, "kpsdk"),
        (Sucuri, "sucuri website firewall - access denied"),
        (Sucuri, "sucuri_cloudproxy_js"),
        (DdosGuard, "check.ddos-guard.net"),
        (DdosGuard, "ddos-guard/js-challenge"),
        (DdosGuard, "/.well-known/ddos-guard/"),
        (Anubis, "/.within.website/x/cmd/anubis/"),
        (Captcha, "g-recaptcha"),
        (Captcha, "google.com/recaptcha/"),
        (Captcha, "recaptcha.net/recaptcha/"),
        (Captcha, "h-captcha"),
        (Captcha, "hcaptcha.com/1/api"),
        (Captcha, "cf-turnstile"),
        (Captcha, "challenges.cloudflare.com/turnstile"),
        (Captcha, "funcaptcha"),
        (Captcha, "arkoselabs.com"),
        (Captcha, "geetest"),
        (Captcha, "smartcaptcha"),
        (Captcha, "sgcaptcha"),
        (Captcha, "friendly-challenge"),
        (Human, "verify you are human"),
        (Human, "verify you're human"),
        (Human, "verify that you are human"),
        (Human, "verify that you're human"),
        (Human, "verifying you are human"),
        (Human, "verify you are not a robot"),
        (Human, "verify that you are not a robot"),
        (Human, "verify that you're not a robot"),
        (Human, "confirm you are human"),
        (Human, "confirm that you are human"),
        (Human, "confirm you're not a robot"),
        (Human, "prove you are human"),
        (Human, "prove you're human"),
        (Human, "prove that you are human"),
        (Human, "make sure you're not a robot"),
        (Human, "make sure you are not a robot"),
        (Human, "are you a robot?"),
        (Human, "are you a human"),
        (Human, "are you human?"),
        (Human, "robot check"),
        (Human, "human verification"),
        (Human, "unusual traffic"),
        (Human, "unusual activity"),
        (Human, "automated requests"),
        (Human, "security check to access"),
        (Human, "security verification"),
        (Human, "xác minh bạn là con người"),
        (Human, "xác minh bạn là người"),
        (Human, "xác minh bạn không phải"),
        (Human, "xác minh rằng bạn"),
        (Human, "xác nhận bạn không phải"),
        (Human, "xác nhận bạn là người"),
        (Human, "xác thực bạn không phải"),
        (Human, "bạn có phải là robot"),
        (Human, "bạn không phải là robot"),
        (Human, "bạn không phải là người máy"),
        (Human, "bạn không phải robot"),
        (Human, "lưu lượng truy cập bất thường"),
        (Human, "truy cập bất thường"),
        (Human, "kiểm tra bảo mật"),
        (Interruption, "pardon our interruption"),
        (Interruption, "client challenge"),
        (Interruption, "vercel security checkpoint"),
        (Interruption, "bot verification"),
        (Interruption, "request unsuccessful"),
        (Interruption, "you have been blocked"),
        (Interruption, "bạn đã bị chặn"),
        (Checking, "checking your browser"),
        (Checking, "one moment, please"),
        (Checking, "checking if the site connection is secure"),
        (Checking, "you are being redirected..."),
        (Checking, "kiểm tra trình duyệt"),
        (Checking, "vui lòng đợi trong giây lát"),
        (LoginFirst, "log in to continue"),
        (LoginFirst, "login to continue"),
        (LoginFirst, "sign in to continue"),
        (LoginFirst, "log in to view"),
        (LoginFirst, "login to view"),
        (LoginFirst, "sign in to view"),
        (LoginFirst, "log in to see"),
        (LoginFirst, "sign in to see"),
        (LoginFirst, "logged in to view"),
        (LoginFirst, "logged in to do that"),
        (LoginFirst, "logged-in to do that"),
        (LoginFirst, "logged in to access"),
        (LoginFirst, "log in to access"),
        (LoginFirst, "you must log in to facebook"),
        (LoginFirst, "ng nhập để tiếp tục"),
        (LoginFirst, "ng nhập để xem"),
        (LoginFirst, "ng nhập để truy cập"),
        (LoginFirst, "ng nhập để thực hiện"),
        (LoginFirst, "ng nhập mới xem được"),
        (EnableScript, "enable javascript"),
        (EnableScript, "javascript enabled"),
        (EnableScript, "javascript is disabled"),
        (EnableScript, "javascript is required"),
        (EnableScript, "requires javascript"),
        (EnableScript, "turn javascript on"),
        (EnableScript, "turn on javascript"),
        (EnableScript, "activate javascript"),
        (EnableScript, "without javascript"),
        (EnableScript, "bật javascript"),
        (EnableScript, "kích hoạt javascript"),
        (EnableScript, "cho phép javascript"),
        (EmptyRoot, "id=\"root\""),
        (EmptyRoot, "id=root"),
        (EmptyRoot, "id=\"app\""),
        (EmptyRoot, "id=app"),
        (EmptyRoot, "id=\"__next\""),
        (EmptyRoot, "id=\"__nuxt\""),
        (EmptyRoot, "<app-root"),
        (EmptyRoot, "id=\"svelte\""),
        (Data, "application/ld+json"),
        (Data, "id=\"__next_data__\""),
        (Data, "application/json"),
        (Data, "__nuxt__"),
        (Data, "window.__initial_state__"),
        (Data, "window.__preloaded_state__"),
        (Data, "window.__apollo_state__"),
    ]
};

static AUTOMATON: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .build(PATTERNS.iter().map(|(_, pattern)| pattern))
        .expect("a hundred short patterns fit an automaton")
});

/// The marks of one page.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    all: u32,
    title: u32,
}

impl Found {
    pub(super) fn of(page: &[u8], title: (usize, usize)) -> Self {
        let mut found = Self::default();
        for hit in AUTOMATON.find_overlapping_iter(page) {
            let bit = 1 << PATTERNS[hit.pattern().as_usize()].0 as u32;
            found.all |= bit;
            if title.0 <= hit.start() && hit.end() <= title.1 {
                found.title |= bit;
            }
        }
        found
    }

    pub(super) fn anywhere(self, mark: Mark) -> bool {
        self.all & (1 << mark as u32) != 0
    }

    pub(super) fn in_title(self, mark: Mark) -> bool {
        self.title & (1 << mark as u32) != 0
    }
}
