/* The smallest plugin: says who it is, and emits one finding. */
#include <string.h>
#include "tidings_plugin.h"

static const char MANIFEST[] =
    "{\"manifest_version\":1,\"id\":\"hello-c\",\"name\":\"Hello from C\",\"version\":\"1.0.0\",\"kind\":\"custom\","
    "\"params_schema\":{\"type\":\"object\"},\"examples\":[{\"title\":\"Only one\",\"params\":{}}],\"capabilities\":{}}";
static const char EMIT[] =
    "{\"method\":\"emit\",\"params\":{\"key\":\"hello\",\"title\":\"Hello\",\"text\":\"Found by a plugin in C.\"}}";

static int32_t answer(tidings_sink out, void *cx, const char *json) {
  out(cx, (const uint8_t *)json, strlen(json));
  return TIDINGS_OK;
}

static int32_t describe(tidings_sink out, void *cx) { return answer(out, cx, MANIFEST); }

/* Takes an answer that is of no interest. */
static void ignore(void *cx, const uint8_t *ptr, size_t len) {
  (void)cx, (void)ptr, (void)len;
}

static int32_t run(const tidings_host_v1 *host, tidings_str request, tidings_sink out, void *cx) {
  tidings_str emit = {(const uint8_t *)EMIT, sizeof EMIT - 1};
  int32_t status;
  (void)request;
  status = host->call(host->data, emit, ignore, NULL);
  return status == TIDINGS_OK ? answer(out, cx, "{\"summary\":\"emitted one\"}") : status;
}

static const tidings_plugin_v1_t PLUGIN = {sizeof PLUGIN, TIDINGS_ABI_MINOR, describe, run};

const tidings_plugin_v1_t *tidings_plugin_v1(void) { return &PLUGIN; }
