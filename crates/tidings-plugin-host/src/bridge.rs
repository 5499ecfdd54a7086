//! The C functions that a plugin calls, and the calls into it.
#![expect(unsafe_code, reason = "the plugin boundary is made of C pointers")]

use std::ffi::c_void;

use tidings_abi::{ABI_MINOR, HostV1, PluginV1, Sink, Str, status};
use tidings_protocol::{Error, code};

use crate::wire::{Request, Wire};

/// What a function of the plugin returned, and what its sink got.
pub(crate) struct Returned {
    pub(crate) status: i32,
    pub(crate) json: Option<Vec<u8>>,
}

/// Asks the plugin for its manifest.
pub(crate) fn describe(plugin: &PluginV1) -> Returned {
    let mut json: Option<Vec<u8>> = None;
    // SAFETY: the sink takes the context given here, and both live through the call.
    let status = unsafe { (plugin.describe)(collect, (&raw mut json).cast()) };
    Returned { status, json }
}

/// Runs the plugin; its calls go over `wire`.
pub(crate) fn run(plugin: &PluginV1, wire: &Wire, request: &str) -> Returned {
    let host = HostV1 {
        size: u32::try_from(size_of::<HostV1>()).expect("a table of a few pointers is small"),
        abi_minor: ABI_MINOR,
        data: std::ptr::from_ref(wire).cast_mut().cast(),
        call,
        notify,
        cancelled,
    };
    let request = Str { ptr: request.as_ptr(), len: request.len() };
    let mut json: Option<Vec<u8>> = None;
    // SAFETY: table, request and sink live through the call, as the ABI asks.
    let status = unsafe { (plugin.run)(&raw const host, request, collect, (&raw mut json).cast()) };
    Returned { status, json }
}

/// The sink of both functions: keeps the first result, as a sink is called once at most.
unsafe extern "C" fn collect(context: *mut c_void, ptr: *const u8, len: usize) {
    // SAFETY: the context is the one handed out with this sink, by `describe` or `run`.
    let json = unsafe { &mut *context.cast::<Option<Vec<u8>>>() };
    // SAFETY: the plugin lends `len` bytes for the duration of this call.
    let bytes = unsafe { bytes(&ptr, len) };
    json.get_or_insert_with(|| bytes.to_vec());
}

/// `HostV1::call`.
unsafe extern "C" fn call(data: *mut c_void, request: Str, out: Sink, context: *mut c_void) -> i32 {
    // SAFETY: `data` is the wire that `run` handed out, which outlives the plugin's run.
    let wire = unsafe { &*data.cast::<Wire>() };
    // SAFETY: the plugin lends the request for the duration of this call.
    let request = parse(unsafe { bytes(&request.ptr, request.len) });
    let (status, json) = match request.and_then(|request| wire.call(&request)) {
        Ok(reply) if !reply.is_error => {
            // SAFETY: the payload lives through the call of the plugin's sink.
            unsafe { out(context, reply.payload().as_ptr(), reply.payload().len()) };
            return status::OK;
        }
        Ok(reply) => (refused(reply.payload()), reply.payload().to_owned()),
        Err(error) => (status_of(&error.code), to_json(&error)),
    };
    // SAFETY: as above.
    unsafe { out(context, json.as_ptr(), json.len()) };
    status
}

/// `HostV1::notify`.
unsafe extern "C" fn notify(data: *mut c_void, message: Str) {
    // SAFETY: as in `call`.
    let wire = unsafe { &*data.cast::<Wire>() };
    // SAFETY: the plugin lends the message for the duration of this call.
    let message = parse(unsafe { bytes(&message.ptr, message.len) });
    if let Err(error) = message.and_then(|message| wire.notify(&message)) {
        eprintln!("W! {error}");
    }
}

/// `HostV1::cancelled`.
unsafe extern "C" fn cancelled(data: *mut c_void) -> u32 {
    // SAFETY: as in `call`.
    let wire = unsafe { &*data.cast::<Wire>() };
    wire.is_cancelled().into()
}

/// The bytes at `ptr`; none where there are none, whatever the pointer.
///
/// # Safety
///
/// `len` bytes at `ptr` are readable while the reference to `ptr` lives.
unsafe fn bytes(ptr: &*const u8, len: usize) -> &[u8] {
    if ptr.is_null() || len == 0 {
        return &[];
    }
    // SAFETY: the caller's promise; not null.
    unsafe { std::slice::from_raw_parts(*ptr, len) }
}

fn parse(json: &[u8]) -> Result<Request<'_>, Error> {
    serde_json::from_slice(json).map_err(|error| {
        Error::new(code::PROTOCOL_BAD_MESSAGE, format!("the plugin's request cannot be read: {error}"))
    })
}

fn refused(error: &str) -> i32 {
    serde_json::from_str::<Error>(error).map_or(status::ERROR, |error| status_of(&error.code))
}

fn status_of(code: &str) -> i32 {
    match code {
        code::CANCELLED => status::CANCELLED,
        code::PROTOCOL_UNSUPPORTED => status::UNSUPPORTED,
        code::PROTOCOL_BAD_MESSAGE | code::PROTOCOL_LINE_TOO_LONG => status::BAD_REQUEST,
        _ => status::ERROR,
    }
}

fn to_json(error: &Error) -> String {
    serde_json::to_string(error).expect("an error has nothing that JSON cannot say")
}
