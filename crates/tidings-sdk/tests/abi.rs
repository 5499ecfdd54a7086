//! A plugin as the host sees it: through the exported table alone.
#![expect(unsafe_code, reason = "this is the host's side of the C boundary")]

use std::ffi::c_void;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tidings_abi::{HostV1, Sink, Str, status};
use tidings_sdk::{Context, Ctx, Error, Example, Finding, Info, Kind, Level, Outcome, Plugin, Result, bail, code};

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    act: String,
}

struct Actor;

impl Plugin for Actor {
    type Params = Params;
    const INFO: Info = Info::new("actor", "Actor", Kind::Custom).hosts(&["a.example"]);

    fn examples() -> Vec<Example<Params>> {
        vec![Example::new("Emits", Params { act: "emit".to_owned() })]
    }

    fn check(params: &Params) -> Result<()> {
        if params.act.is_empty() {
            bail!("`act` must not be empty");
        }
        Ok(())
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        match params.act.as_str() {
            "emit" => {
                let page = ctx.fetch("https://a.example/")?.ok()?;
                let outcome = ctx.emit(Finding::new(page.text(), page.absolute("/x")?))?;
                ctx.skip("https://a.example/y", "no title");
                ctx.log(Level::Warn, "one was skipped");
                ctx.summary(format!("{outcome:?} at {}", ctx.now()));
                assert_eq!(outcome, Outcome::New);
                Ok(())
            }
            "fail" => Err(Error::new(code::PLUGIN_PARSE, "no rows")).context("front page"),
            "panic" => panic!("out of luck"),
            "too long" => ctx.set("all", &"x".repeat(1 << 20)),
            other => bail!("cannot {other}"),
        }
    }
}

tidings_sdk::export!(Actor);

/// What the daemon would see: calls and notifications in their order.
#[derive(Default)]
struct Daemon {
    heard: Vec<Value>,
    cancelled: bool,
}

unsafe extern "C" fn call(data: *mut c_void, request: Str, out: Sink, cx: *mut c_void) -> i32 {
    // SAFETY: `data` is the daemon that `run` lends, the bytes are lent for the call.
    let (daemon, request) =
        unsafe { (&mut *data.cast::<Daemon>(), std::slice::from_raw_parts(request.ptr, request.len)) };
    let request: Value = serde_json::from_slice(request).expect("a request is JSON");
    let (status, answer) = match request["method"].as_str() {
        Some("fetch") => (status::OK, json!({"url": request["params"]["url"], "status": 200, "text": "Hello"})),
        Some("emit") => (status::OK, json!({"outcome": "new"})),
        _ => (status::UNSUPPORTED, json!({"code": "protocol.unsupported", "message": "no such method"})),
    };
    daemon.heard.push(request);
    let answer = answer.to_string();
    // SAFETY: sink and context came with this call.
    unsafe { out(cx, answer.as_ptr(), answer.len()) };
    status
}

unsafe extern "C" fn notify(data: *mut c_void, message: Str) {
    // SAFETY: as in `call`.
    let (daemon, message) =
        unsafe { (&mut *data.cast::<Daemon>(), std::slice::from_raw_parts(message.ptr, message.len)) };
    daemon.heard.push(serde_json::from_slice(message).expect("a message is JSON"));
}

unsafe extern "C" fn cancelled(data: *mut c_void) -> u32 {
    // SAFETY: as in `call`.
    unsafe { u32::from((*data.cast::<Daemon>()).cancelled) }
}

unsafe extern "C" fn collect(cx: *mut c_void, ptr: *const u8, len: usize) {
    // SAFETY: every caller passes a vector as context.
    unsafe { (*cx.cast::<Vec<u8>>()).extend_from_slice(std::slice::from_raw_parts(ptr, len)) };
}

fn run_with(params: &Value, daemon: &mut Daemon, size: u32) -> (i32, Value) {
    let data = std::ptr::from_mut(daemon).cast();
    let host = HostV1 { size, abi_minor: 0, data, call, notify, cancelled };
    let request = json!({
        "run_id": "1", "source": "s", "params": params, "now": "2026-11-21T17:00:00Z",
        "reason": "manual", "deadline_ms": 60000, "field_of_a_later_minor": 1
    })
    .to_string();
    let mut answer = Vec::<u8>::new();
    // SAFETY: the table is static, and all that is lent outlives the call.
    let status = unsafe {
        let table = &*tidings_plugin_v1();
        let request = Str { ptr: request.as_ptr(), len: request.len() };
        (table.run)(&raw const host, request, collect, (&raw mut answer).cast())
    };
    (status, serde_json::from_slice(&answer).expect("an answer is JSON"))
}

fn run(params: &Value, daemon: &mut Daemon) -> (i32, Value) {
    run_with(params, daemon, HostV1::MIN_SIZE)
}

#[test]
fn describe_answers_with_the_manifest_and_the_crates_version() {
    let mut answer = Vec::<u8>::new();
    // SAFETY: as in `run`.
    let status = unsafe { ((*tidings_plugin_v1()).describe)(collect, (&raw mut answer).cast()) };
    let manifest: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(status, status::OK);
    assert_eq!((&manifest["id"], &manifest["version"]), (&json!("actor"), &json!(env!("CARGO_PKG_VERSION"))));
}

#[test]
fn a_run_reaches_the_daemon_in_its_order() {
    let mut daemon = Daemon::default();
    let (status, report) = run(&json!({"act": "emit"}), &mut daemon);
    assert_eq!((status, &report["summary"]), (status::OK, &json!("New at 2026-11-21T17:00:00Z")));
    let expected = json!([
        {"method": "fetch", "params": {"url": "https://a.example/", "as": "text"}},
        {"method": "emit", "params": {"title": "Hello", "url": "https://a.example/x"}},
        {"method": "skip", "params": {"url": "https://a.example/y", "reason": "no title"}},
        {"method": "log", "params": {"level": "warn", "msg": "one was skipped"}},
    ]);
    assert_eq!(Value::from(daemon.heard), expected);
}

#[track_caller]
fn check(params: &Value, status: i32, code: &str, message: &str) -> Value {
    let (actual, error) = run(params, &mut Daemon::default());
    assert_eq!((actual, error["code"].as_str()), (status, Some(code)), "{error}");
    assert!(error["message"].as_str().unwrap_or_default().contains(message), "{error}");
    error
}

#[test]
fn a_failure_has_its_status_and_its_code() {
    check(&json!({"act": "fail"}), status::ERROR, "plugin.parse", "front page: no rows");
    check(&json!({"act": "dance"}), status::ERROR, "plugin.error", "cannot dance");
    check(&json!({"act": "too long"}), status::ERROR, "protocol.line_too_long", "state.set: 1048");
    let error = check(&json!({"act": 1}), status::BAD_REQUEST, "config.invalid", "params at /act: ");
    assert_eq!(error["data"]["pointer"], "/act");
    check(&json!({"act": ""}), status::BAD_REQUEST, "config.invalid", "must not be empty");
}

#[test]
fn a_panic_is_caught_with_its_place() {
    let error = check(&json!({"act": "panic"}), status::PANIC, "plugin.panic", "out of luck");
    assert!(error["data"]["location"].as_str().unwrap().contains("tests/abi.rs:"), "{error}");
}

#[test]
fn a_cancelled_run_asks_nothing_more() {
    let mut daemon = Daemon { cancelled: true, ..Daemon::default() };
    let (status, error) = run(&json!({"act": "emit"}), &mut daemon);
    assert_eq!((status, &error["code"]), (status::CANCELLED, &json!("cancelled")));
    assert_eq!(daemon.heard, [] as [Value; 0]);
}

#[test]
fn a_host_of_an_older_boundary_is_refused() {
    let (status, error) = run_with(&json!({"act": "emit"}), &mut Daemon::default(), HostV1::MIN_SIZE - 1);
    assert_eq!((status, &error["code"]), (status::ERROR, &json!("protocol.version")));
}
