use http::{HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn html() -> HeaderMap {
    HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))])
}

fn judge(status: u16, headers: &HeaderMap, body: &str) -> Option<&'static str> {
    let url = url("https://shop.example/page");
    seen(&url, &url, StatusCode::from_u16(status).unwrap(), headers, body.as_bytes())
}

#[track_caller]
fn check(status: u16, body: &str, expected: Option<&str>) {
    assert_eq!(judge(status, &html(), body), expected, "{status} {body}");
}

fn page(title: &str, body: &str) -> String {
    format!("<!doctype html><html><head><title>{title}</title></head><body>{body}</body></html>")
}

fn article() -> String {
    "<p>Customers told us that the new plan costs more than they had expected, and why.</p>".repeat(40)
}

#[test]
fn pages_of_each_vendor_are_told_by_name() {
    let challenge = "<script>(function(){window._cf_chl_opt={cvId:'3',cType:'managed'};})();</script>";
    check(403, &page("Just a moment...", challenge), Some("Cloudflare challenge"));
    check(200, &page("Just a moment...", challenge), Some("Cloudflare challenge"));
    check(503, &page("Chờ một chút...", "<div class='x'></div><p>Ray ID: 8a</p>"), Some("Cloudflare challenge"));
    check(403, "error code: 1020", Some("Cloudflare block"));
    let sorry = "<div id='cf-error-details'><h1>Sorry, you have been blocked</h1><span>Cloudflare Ray ID</span></div>";
    check(403, &page("Attention Required! | Cloudflare", sorry), Some("Cloudflare block"));
    let akamai = "<h1>Access Denied</h1>You don't have permission.<p>https://errors.edgesuite.net/18.5d</p>";
    check(403, &page("Access Denied", akamai), Some("Akamai"));
    let datadome = "<script>var dd={'host':'geo.captcha-delivery.com'}</script>";
    check(403, &page("shop.example", datadome), Some("DataDome"));
    check(403, r#"{"url":"https://geo.captcha-delivery.com/captcha/?cid=1"}"#, Some("DataDome"));
    check(403, &page("Access denied", "<div id=\"px-captcha\"></div>Press and hold"), Some("PerimeterX"));
    let incapsula = "<iframe src='/_Incapsula_Resource?x=1'>Request unsuccessful. Incapsula incident ID: 7</iframe>";
    check(200, &page("", incapsula), Some("Incapsula"));
    check(200, "<html><script src='/_Incapsula_Resource?SWJ=1'></script></html>", Some("Incapsula"));
    let waf = "<div id='challenge-container'></div><script src='https://a.token.awswaf.com/challenge.js'></script>";
    check(202, &page("", waf), Some("AWS WAF"));
    check(
        200,
        &page("Vercel Security Checkpoint", "<p>We're verifying your browser</p>"),
        Some("page that interrupts robots"),
    );
    check(
        200,
        &page("Making sure you&#39;re not a bot!", "<img src='/.within.website/x/cmd/anubis/s.png'>"),
        Some("Anubis"),
    );
    check(403, &page("Sucuri WebSite Firewall - Access Denied", "<p>Block reason</p>"), Some("Sucuri"));
}

#[test]
fn interstitials_of_captchas_are_block_pages() {
    for widget in [
        "<div class='g-recaptcha' data-sitekey='k'></div>",
        "<div class='h-captcha' data-sitekey='k'></div>",
        "<script src='https://challenges.cloudflare.com/turnstile/v0/api.js'></script>",
    ] {
        check(200, &page("shop", &format!("<p>Please verify you are human.</p>{widget}")), Some("captcha"));
        check(429, &page("shop", &format!("<form><input type='hidden' name='q'>{widget}</form>")), Some("captcha"));
        check(
            200,
            &page("shop", &format!("<p>Vui lòng xác minh bạn không phải là robot</p>{widget}")),
            Some("captcha"),
        );
    }
    check(200, &page("Robot Check", "<p>Type the characters</p>"), Some("page that asks whether one is human"));
    check(403, &page("x", "Our systems have detected unusual traffic"), Some("page that asks whether one is human"));
    check(
        200,
        &page("Pardon Our Interruption", "<p>You move with super-human speed</p>"),
        Some("page that interrupts robots"),
    );
    check(503, &page("Kiểm tra trình duyệt", "<p>Đợi 5 giây</p>"), Some("page that checks the browser"));
}

#[test]
fn a_page_with_a_captcha_in_a_form_is_none() {
    let form = "<form><input type='email' name='mail'><textarea name='text'></textarea>\
                <div class='g-recaptcha'></div>Please verify you are human<button>Send</button></form>";
    check(200, &page("Contact us", form), None);
    check(
        200,
        &page("Post", "<p>Short post.</p><script src='https://www.google.com/recaptcha/api.js'></script>"),
        None,
    );
    check(200, &page("Just a moment: how Cloudflare checks browsers", &article()), None);
    let quoted = format!("{}<code>window._cf_chl_opt</code> captcha-delivery.com px-captcha", article());
    check(200, &page("Are you a robot? Block pages explained", &quoted), None);
    check(
        200,
        &page(
            "Plans",
            "<p>Basic costs $9.</p><script>window.__CF$cv$params={};a.src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'</script>",
        ),
        None,
    );
    let passed = "<script src='/_Incapsula_Resource?SWJ=1'></script><p>".to_owned() + &"word ".repeat(80);
    check(200, &page("Short page", &passed), None);
}

#[test]
fn plain_refusals_are_none() {
    check(403, &page("403 Forbidden", "<center>nginx</center>"), None);
    check(404, &page("Not found", "<p>Please verify you are human</p>"), None);
    check(429, &page("Too Many Requests", "<p>Slow down</p>"), None);
    check(500, &page("Error", ""), None);
    check(200, "", None);
    check(304, "", None);
}

#[test]
fn login_walls_are_told_from_pages_with_a_login() {
    let password = "<form><input name='u'><input type=\"password\" name='p'></form>";
    check(403, &page("Log in", password), Some("login wall"));
    check(200, &page("Forum", &format!("<p>You must be logged in to do that.</p>{password}")), Some("login wall"));
    check(200, &page("Diễn đàn", &format!("<p>Bạn phải đăng nhập để xem nội dung</p>{password}")), Some("login wall"));
    check(200, &page("Thread", &format!("<p>First post.</p><p>You must log in to reply here.</p>{password}")), None);
    check(200, &page("Log in", password), None);
    check(200, &page("Thread", "<a href='/login'>Log in to continue</a> <p>Text</p>"), None);
    check(200, &page("Thread", &(article() + "Log in to view more" + password)), None);
}

#[test]
fn a_redirect_to_a_login_is_a_wall() {
    let judge = |asked: &str, ended: &str| {
        let body = page("Welcome", "<p>Hello</p>");
        seen(&url(asked), &url(ended), StatusCode::OK, &html(), body.as_bytes()).is_some()
    };
    assert!(judge("https://a.example/t/1", "https://a.example/login?next=/t/1"));
    assert!(judge("https://a.example/t/1", "https://id.a.example/dang-nhap"));
    assert!(!judge("https://a.example/login", "https://a.example/login/"));
    assert!(!judge("https://a.example/t/1", "https://a.example/t/1-how-to-login"));
}

#[test]
fn script_only_shells_are_told_from_pages_with_noscript() {
    let script = "<script src='/main.js'></script>";
    let asks = "<noscript>You need to enable JavaScript to run this app.</noscript>";
    let shell = "script-only shell: it asks to enable JavaScript";
    check(200, &page("App", &format!("{asks}<div id=\"root\"></div>{script}")), Some(shell));
    check(200, &page("Ứng dụng", &format!("<p>Vui lòng bật JavaScript</p>{script}")), Some(shell));
    check(200, &page("App", &format!("<div id=\"app\"></div>{script}")), Some("script-only shell: its body is empty"));
    let rendered = "<p>The plan costs $9 a month for each seat, and $90 a year.</p>".repeat(4);
    check(200, &page("App", &format!("{asks}<div id=\"root\">{rendered}</div>{script}")), None);
    let data = "<script type=\"application/ld+json\">{\"@type\":\"Product\"}</script>";
    check(200, &page("App", &format!("{asks}<div id=\"root\"></div>{data}{script}")), None);
    check(200, &page("Notes", "<p>enable JavaScript</p>"), None);
}

#[test]
fn headers_tell_without_a_body() {
    let with = |name: &'static str, value: &'static str| {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))])
    };
    assert_eq!(judge(403, &with("cf-mitigated", "challenge"), ""), Some("Cloudflare challenge"));
    assert_eq!(judge(405, &with("x-amzn-waf-action", "captcha"), ""), Some("AWS WAF captcha"));
    assert_eq!(judge(403, &with("x-datadome-cid", "a1"), ""), Some("DataDome"));
    assert_eq!(judge(200, &with("x-datadome-cid", "a1"), ""), None);
    assert_eq!(judge(403, &with("server", "cloudflare"), ""), None);
}

#[test]
fn feeds_and_json_that_quote_a_mark_are_not_judged() {
    let with = |kind: &'static str| HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
    let mark = "<rss><title>Just a moment</title>window._cf_chl_opt</rss>";
    assert_eq!(judge(200, &with("application/rss+xml"), mark), None);
    assert_eq!(judge(200, &HeaderMap::new(), mark), None);
    assert_eq!(judge(200, &with("application/json"), r#"{"text":"_cf_chl_opt"}"#), None);
    assert!(judge(200, &HeaderMap::new(), &page("x", "<script>_cf_chl_opt</script>")).is_some());
}

#[test]
fn tags_that_never_end_take_linear_time() {
    for piece in [
        "<script>",
        "<",
        "<!--",
        "<title",
        "<title>",
        "</script",
        "<input type=",
        "<input>",
        "<script></scrip",
        "<p",
        "a ",
        "<svg></style>",
        "_cf_chl_",
    ] {
        let page = piece.repeat((1 << 20) / piece.len());
        for page in [&page, &format!("{page}>"), &format!("{page}-->"), &format!("{page}</script>")] {
            let steps = Shape::of(page.as_bytes(), usize::MAX).steps;
            assert!(page.len() <= steps && steps <= 4 * page.len(), "{piece}: {steps} of {}", page.len());
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_judged(body in prop::collection::vec(any::<u8>(), 0..2_000), status in 100_u16..600) {
        let url = url("https://a.example/");
        seen(&url, &url, StatusCode::from_u16(status).unwrap(), &html(), &body);
    }
}
