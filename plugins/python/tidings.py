"""What a plugin in Python is written against: one file, the standard library alone.

    @plugin(id="acme-jobs", name="Acme jobs", kind="competitor", hosts=["jobs.acme.example"])
    def run(params, ctx):
        for job in ctx.fetch_json("https://jobs.acme.example/api"):
            ctx.emit(Finding(title=job["title"], url=job["url"], key=str(job["id"])))

The decorated function stands last in the file: the plugin serves the daemon as soon as it is decorated. `print`
writes to the run's log. The protocol is in docs/plugin-protocol.md.
"""
import base64, json, os, queue, sys, threading, time, traceback
from datetime import datetime, timezone
from urllib.parse import urljoin

__all__ = ["plugin", "Finding", "Page", "Error", "ParseError", "Cancelled"]
PROTOCOL, MAX_LINE, MAX_TEXT, MAX_PART, MAX_MANY, MAX_DEFERRALS = 1, 1 << 20, 256 << 10, 64 << 10, 16, 20

# Both pipes are moved away, so that neither `print` nor a library breaks the stream.
_out = os.fdopen(os.dup(1), "wb", buffering=0)
_in = os.fdopen(os.dup(0), "rb")
os.dup2(2, 1)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

class Error(Exception):
    """Why a run, or one call of it, failed; `code` is one of the protocol's."""
    def __init__(self, message, code="plugin.error", retryable=None, **data):
        super().__init__(message)
        self.message, self.code, self.data = str(message), code, data
        self.retryable = code.split(".")[0] in ("plugin", "http", "cancelled") if retryable is None else retryable
    def wire(self):
        data = {name: value for name, value in self.data.items() if value is not None}
        return {"code": self.code, "message": self.message, "retryable": self.retryable, "data": data}

class ParseError(Error):
    """What was fetched from `url` is not as expected."""
    def __init__(self, message, url=None, selector=None):
        super().__init__(message, "plugin.parse", url=url, selector=selector)

class Cancelled(Error):
    """The daemon wants the run to end: let it pass."""

class Finding(dict):
    """A finding by the protocol's field names; `url` or `key`, and `title` or `text`, are required."""
    def __init__(self, title=None, url=None, key=None, **fields):
        super().__init__(title=title, url=url, key=key, **fields)

class Page:
    """One answer of the web. A 404 is one too: `ok()` raises for it."""
    def __init__(self, answer):
        self.url, self.status = answer.get("final_url") or answer["url"], answer["status"]
        self.headers = answer.get("headers", {})
        self.unchanged, self.blocked = answer.get("unchanged", False), answer.get("blocked")
        self.bytes = base64.b64decode(answer.get("body_b64") or "")
        self.text = answer.get("text") or self.bytes.decode("utf-8", "replace")
    def ok(self):
        if self.blocked:
            raise Error(f"{self.url} answers with a block page ({self.blocked})", "http.blocked",
                        url=self.url, seen=self.blocked, status=self.status)
        if 200 <= self.status < 300:
            return self
        wait = self.headers.get("retry-after", "").strip()
        raise Error(f"{self.url} answered {self.status}", "http.status", url=self.url, status=self.status,
                    retry_after_s=int(wait) if wait.isdecimal() else None)
    def json(self):
        try:
            return json.loads(self.text)
        except ValueError as error:
            raise ParseError(f"{self.url} is no JSON: {error}", self.url) from None
    def absolute(self, href): return urljoin(self.url, href.strip())

class Ctx:
    """What a run has to work with. Each call blocks until the daemon has answered."""
    def __init__(self):
        self._cancelled, self._last, self._input, self._report = False, 0, queue.SimpleQueue(), {}
        threading.Thread(target=self._read, daemon=True).start()
    def _begin(self, request):
        self.source, self.reason, self.dry_run = request["source"], request["reason"], request.get("dry_run", False)
        self.now, self.last_success = _time(request["now"]), _time(request.get("last_success"))
        self._ends = time.monotonic() + request["deadline_ms"] / 1000
    def fetch(self, url, method="GET", headers=None, body=None, max_age_s=None, as_="text", auth=None):
        """Asks for a page. `auth` is `("secret", "bearer")`: the daemon adds it."""
        request = _request(url, method, headers, body, max_age_s, as_, auth)
        for tries in range(MAX_DEFERRALS + 1):
            try:
                return Page(self._call("fetch", request))
            except Error as error:
                if error.code != "fetch.deferred" or tries == MAX_DEFERRALS:
                    raise
            time.sleep(min(0.05 * 2**tries, 2))
    def fetch_json(self, url, **options):
        return self.fetch(url, as_="json", **options).ok().json()
    def fetch_many(self, urls):
        """Pages, and errors in the place of those that could not be had, in the order asked."""
        requests = [_request(url) if isinstance(url, str) else url for url in urls]
        parts = [requests[start:start + MAX_MANY] for start in range(0, len(requests), MAX_MANY)]
        return [self._one_of(request, answer) for part in parts
                for request, answer in zip(part, self._call("fetch_many", {"requests": part}))]
    def _one_of(self, request, answer):
        try:
            is_deferred = answer.get("error", {}).get("code") == "fetch.deferred"
            return self.fetch(request["url"]) if is_deferred else Page(_result(answer))
        except Error as error:
            if isinstance(error, Cancelled):
                raise
            return error

    def emit(self, finding):
        """`new`, `updated`, `duplicate` or `refused`; a page without anything new is the last to read."""
        return self._call("emit", _clean(finding))["outcome"]
    def seen(self, keys): return self._call("seen", {"keys": list(keys)})["seen"]
    def get(self, key, default=None):
        value = self._call("state.get", {"key": key}).get("value")
        return default if value is None else value
    def set(self, key, value): self._call("state.set", {"key": key, "value": value})
    def commit(self): self._call("commit", {})
    def snapshot(self, key): return self._call("snapshot.latest", {"key": key})
    def keep(self, key, text, facts=None):
        for at in range(0, len(text) or 1, MAX_PART):
            put = {"key": key, "text": text[at:at + MAX_PART], "append": at > 0, "facts": {} if at else facts or {}}
            kept = self._call("snapshot.put", put)
        return kept["id"]
    def files(self): return self._call("folder.list", {})["files"]
    def read(self, name):
        data, offset = b"", 0
        while offset is not None:
            part = self._call("folder.read", {"name": name, "offset": offset})
            data, offset = data + base64.b64decode(part["body_b64"]), part.get("next_offset")
        return data
    def skip(self, url, reason): self._note("skip", url=url, reason=str(reason)[:8192])
    def log(self, message, level="info"): self._note("log", level=level, msg=str(message)[:8192])
    def progress(self, done, total): self._note("progress", done=done, total=total)
    def report(self, **said):
        """What the result says: `summary`, `expected_empty`, `more`, `beyond_entry`."""
        self._report.update(said)
    def summary(self, text): self.report(summary=str(text))
    def cancelled(self): return self._cancelled
    def deadline(self): return max(0.0, self._ends - time.monotonic())
    def _read(self):
        for line in _in:
            message = json.loads(line)
            if message.get("method") == "cancel":
                self._cancelled = True
            else:
                self._input.put(message)
        os._exit(0)  # The daemon is gone, and nobody else wants this process.
    def _write(self, message):
        line = json.dumps(message, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        if len(line) > MAX_LINE:
            raise Error(f"a message of {len(line)} bytes, and it holds {MAX_LINE}", "protocol.line_too_long")
        while line:
            line = line[_out.write(line):]
    def _note(self, method, **params):
        self._write({"method": method, "params": params})
    def _call(self, method, params):
        if self._cancelled:
            raise Cancelled("the run was cancelled", "cancelled")
        self._last += 1
        self._write({"id": self._last, "method": method, "params": params})
        return _result(self._input.get())

def _result(answer):
    error = answer.get("error")
    if error is None:
        return answer.get("result")
    kind = Cancelled if error["code"] == "cancelled" else Error
    raise kind(error["message"], error["code"], error.get("retryable"), **error.get("data", {}))

def _request(url, method="GET", headers=None, body=None, max_age_s=None, as_="text", auth=None):
    auth = auth and {"secret": auth[0], "scheme": auth[1]}
    headers = {name.lower(): value for name, value in (headers or {}).items()}
    request = {"url": url, "method": method, "headers": headers, "body": body, "max_age_s": max_age_s, "auth": auth}
    return {"as": as_} | {name: value for name, value in request.items() if value not in (None, {})}

def _clean(finding):
    fields = {name: _plain(value) for name, value in finding.items() if value not in (None, "", [], {})}
    text = "".join(c for c in fields.get("text", "") if c >= " " or c in "\n\t").encode("utf-8", "replace")
    if text:
        fields["text"] = text[:MAX_TEXT].decode("utf-8", "ignore")
        fields |= {"truncated": True} if len(text) > MAX_TEXT else {}
    if not (fields.get("url") or fields.get("key")) or not (fields.get("title") or fields.get("text")):
        raise Error(f"a finding needs a url or a key, and a title or a text: {str(dict(finding))[:200]}")
    return fields

def _time(text):
    whole, _, fraction = (text or "").rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction[:6].ljust(6, '0')}+00:00") if text else None

def _plain(value):
    if isinstance(value, datetime):
        value = value.replace(tzinfo=value.tzinfo or timezone.utc).astimezone(timezone.utc).isoformat()
    return value

def plugin(id, name, kind, hosts=(), params=None, examples=({},), every=None, entry=(), max_requests_per_run=None,
           hosts_from_params=(), post=False, secrets=(), max_runtime_s=None, max_memory_mb=None, **more):
    """Makes a function the plugin, and serves the daemon where its file is the program. `more` are further
    fields of the manifest, e.g. `summary`, `version`, `emits`, `empty_is_normal`."""
    params = params or {}
    needed = [key for key, schema in params.items() if "default" not in schema and not schema.get("optional")]
    known = {key: {word: said for word, said in schema.items() if word != "optional"} for key, schema in params.items()}
    manifest = {
        "manifest_version": 1, "id": id, "name": name, "kind": kind, "version": "0.1.0",
        "examples": [one if "title" in one and "params" in one else {"title": name, "params": one} for one in examples],
        "params_schema": {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
                          "properties": known, "required": needed, "additionalProperties": False},
        "schedule": {"every": every} if every else {}, "entry": [{"url": url} for url in entry],
        "politeness": {"max_requests_per_run": max_requests_per_run},
        "capabilities": {"hosts": hosts, "hosts_from_params": hosts_from_params, "post": post, "secrets": secrets,
                         "max_runtime_s": max_runtime_s, "max_memory_mb": max_memory_mb}} | more
    def decorate(run):
        run.manifest = manifest
        if run.__module__ == "__main__":
            _serve(run, Ctx())
        return run
    return decorate

def _serve(run, ctx):
    enforced = os.environ.get("TIDINGS_SANDBOX", "").split()
    ctx._call("hello", {"protocol": [PROTOCOL, PROTOCOL], "sdk": "tidings.py/0.1.0 python", "features": enforced})
    while True:
        request = ctx._input.get()
        method, reply = request["method"], {"id": request["id"]}
        if method == "describe":
            reply["result"] = run.manifest
        elif method == "run":
            reply |= _run(run, ctx, request["params"])
        else:
            reply["error"] = Error(f"this SDK does not know `{method}`", "protocol.unsupported").wire()
        ctx._write(reply)
        if method == "run":
            sys.stdout.flush(), sys.stderr.flush()
            os._exit(0)  # One run a process, whatever threads it left.

def _run(run, ctx, request):
    ctx._begin(request)
    properties = run.manifest["params_schema"]["properties"]
    defaults = {key: schema["default"] for key, schema in properties.items() if "default" in schema}
    try:
        run(defaults | request["params"], ctx)
        return {"result": ctx._report}
    except Exception as error:
        if not isinstance(error, Cancelled):
            traceback.print_exc()
        return {"error": (error if isinstance(error, Error) else _panic(error)).wire()}

def _panic(error):
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    place = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else None
    hint = {NameError: "; what the plugin uses stands above its decorated function",
            PermissionError: "; a plugin has no network and no files: ask ctx.fetch"}.get(type(error), "")
    return Error(f"{type(error).__name__}: {error}{hint}", "plugin.panic", location=place)
