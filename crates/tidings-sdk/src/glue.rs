//! The plugin's half of the C boundary: what `export!` expands to, and the calls
//! over it. The only `unsafe` of the crate.
#![expect(unsafe_code, reason = "the C boundary between plugin and host is crossed here")]

use std::any::Any;
use std::cell::Cell;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

use serde::Serialize;
use serde_json::value::RawValue;
use tidings_abi::{ABI_MINOR, HostV1, PluginV1, Sink, Str, status};
use tidings_protocol::{Message, Method, code};

use crate::manifest::{Package, manifest_with};
use crate::run::run;
use crate::transport::Transport;
use crate::{Error, Plugin, Result};

/// Makes a plugin loadable: `export!(MyPlugin);`, once, for a type that is its own
/// value (a unit struct).
#[macro_export]
macro_rules! export {
    ($plugin:ident) => {
        impl $crate::__glue::Exported for $plugin {
            const PACKAGE: $crate::__glue::Package = $crate::__glue::Package {
                version: ::std::option_env!("CARGO_PKG_VERSION"),
                license: ::std::option_env!("CARGO_PKG_LICENSE"),
                homepage: ::std::option_env!("CARGO_PKG_HOMEPAGE"),
            };

            fn exported() -> &'static Self {
                static PLUGIN: $plugin = $plugin;
                &PLUGIN
            }
        }

        /// What the host looks up.
        #[unsafe(no_mangle)]
        pub extern "C" fn tidings_plugin_v1() -> *const $crate::__glue::PluginV1 {
            static TABLE: $crate::__glue::PluginV1 = $crate::__glue::table::<$plugin>();
            &raw const TABLE
        }
    };
}

/// A plugin with the one value of it that a process has.
pub trait Exported: Plugin {
    const PACKAGE: Package;

    fn exported() -> &'static Self;
}

/// The table that the host reads.
pub const fn table<P: Exported>() -> PluginV1 {
    PluginV1 { size: PluginV1::MIN_SIZE, abi_minor: ABI_MINOR, describe: describe_shim::<P>, run: run_shim::<P> }
}

unsafe extern "C" fn describe_shim<P: Exported>(sink: Sink, cx: *mut c_void) -> i32 {
    let answer = caught(|| {
        P::exported().prepare();
        to_json(&manifest_with::<P>(P::PACKAGE)?)
    });
    // SAFETY: the host lends sink and context for this call.
    unsafe { deliver(answer, sink, cx) }
}

unsafe extern "C" fn run_shim<P: Exported>(host: *const HostV1, request: Str, sink: Sink, cx: *mut c_void) -> i32 {
    let answer = caught(|| {
        // SAFETY: the host lends both for this call, which outlives the closure.
        let (host, request) = unsafe { (read_host(host)?, bytes(request)) };
        let request = serde_json::from_slice(request)
            .map_err(|error| Error::new(code::PROTOCOL_BAD_MESSAGE, format!("request of the run: {error}")))?;
        to_json(&run(P::exported(), request, &mut Host(host))?)
    });
    // SAFETY: as in `describe_shim`.
    unsafe { deliver(answer, sink, cx) }
}

/// # Safety
///
/// `host` is null or points to a table of the size that it says.
unsafe fn read_host(host: *const HostV1) -> Result<HostV1> {
    // SAFETY: `size` stands first and is there in any version; the whole is read
    // only where it says that it is there.
    let table = unsafe { host.cast::<u32>().as_ref().filter(|size| HostV1::MIN_SIZE <= **size).map(|_| *host) };
    table.ok_or_else(|| Error::new(code::PROTOCOL_VERSION, "the host's table is smaller than that of ABI 1.0"))
}

/// # Safety
///
/// `text` is valid for as long as the answer is used.
unsafe fn bytes<'a>(text: Str) -> &'a [u8] {
    if text.ptr.is_null() {
        return &[];
    }
    // SAFETY: by the contract of the boundary these bytes are lent to us.
    unsafe { std::slice::from_raw_parts(text.ptr, text.len) }
}

/// # Safety
///
/// `sink` may be called with `cx`.
unsafe fn deliver(answer: Result<Vec<u8>>, sink: Sink, cx: *mut c_void) -> i32 {
    let (status, json) = match answer {
        Ok(json) => (status::OK, json),
        Err(error) => {
            let json = serde_json::to_vec(error.wire()).expect("an error of strings and numbers can be written");
            (status_of(error.code()), json)
        }
    };
    // SAFETY: the host copies before it returns.
    unsafe { sink(cx, json.as_ptr(), json.len()) };
    status
}

fn status_of(error_code: &str) -> i32 {
    match error_code {
        code::PLUGIN_PANIC => status::PANIC,
        code::CONFIG_INVALID | code::PROTOCOL_BAD_MESSAGE => status::BAD_REQUEST,
        code::CANCELLED => status::CANCELLED,
        code::PROTOCOL_UNSUPPORTED => status::UNSUPPORTED,
        _ => status::ERROR,
    }
}

fn to_json(value: &impl Serialize) -> Result<Vec<u8>> {
    Ok(serde_json::to_vec(value)?)
}

thread_local! {
    /// Where this thread panicked last.
    static PANICKED_AT: Cell<Option<String>> = const { Cell::new(None) };
}

/// Turns a panic into `plugin.panic` with its message and place.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let earlier = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
            PANICKED_AT.set(panic.location().map(ToString::to_string));
            // Writes to stderr, which is the run's log.
            earlier(panic);
        }));
    });
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let location = PANICKED_AT.take();
        Err(Error::new(code::PLUGIN_PANIC, message_of(payload.as_ref())).with_data(|data| data.location = location))
    })
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("panic without a message").to_owned()
}

/// The daemon, asked over the C boundary.
struct Host(HostV1);

/// Copies a result into the `Vec<u8>` that `cx` points to.
unsafe extern "C" fn collect(cx: *mut c_void, ptr: *const u8, len: usize) {
    // SAFETY: `cx` is the vector that `Host::call` passed with this sink, and the
    // bytes are lent for the call.
    unsafe { (*cx.cast::<Vec<u8>>()).extend_from_slice(bytes(Str { ptr, len })) };
}

impl Transport for Host {
    fn call(&mut self, method: Method, params: &RawValue) -> Result<Vec<u8>> {
        let request = message(method, params);
        let mut answer = Vec::<u8>::new();
        let lent = Str { ptr: request.as_ptr(), len: request.len() };
        // SAFETY: host, request and vector outlive the call, and `collect` takes
        // its context for just such a vector.
        let status = unsafe { (self.0.call)(self.0.data, lent, collect, (&raw mut answer).cast()) };
        if status == status::OK {
            return Ok(answer);
        }
        Err(serde_json::from_slice(&answer).map(Error::from_wire).unwrap_or_else(|_| {
            let code = match status {
                status::CANCELLED => code::CANCELLED,
                status::UNSUPPORTED => code::PROTOCOL_UNSUPPORTED,
                _ => code::PROTOCOL_BAD_MESSAGE,
            };
            Error::new(code, format!("{} was answered with status {status} and no error", method.as_str()))
        }))
    }

    fn notify(&mut self, method: Method, params: &RawValue) {
        let message = message(method, params);
        // SAFETY: as in `call`.
        unsafe { (self.0.notify)(self.0.data, Str { ptr: message.as_ptr(), len: message.len() }) };
    }

    fn cancelled(&self) -> bool {
        // SAFETY: as in `call`.
        unsafe { (self.0.cancelled)(self.0.data) != 0 }
    }
}

fn message(method: Method, params: &RawValue) -> Vec<u8> {
    let message = Message::call(None, method, &params).expect("JSON that was written can be written again");
    serde_json::to_vec(&message).expect("JSON that was written can be written again")
}
