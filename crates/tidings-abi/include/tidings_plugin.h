/* The plugin boundary of Tidings, ABI 1.
 *
 * Export one function, tidings_plugin_v1, that returns a static table. Payloads
 * are UTF-8 JSON; docs/plugin-protocol.md says what is in them.
 *
 * Ownership: every pointer is borrowed for the duration of the call it is passed
 * to; results travel by calling the other side's sink, who copies. Nothing is
 * ever freed across the boundary.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef TIDINGS_PLUGIN_H
#define TIDINGS_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TIDINGS_ABI_MAJOR 1
#define TIDINGS_ABI_MINOR 0

/* What the functions below return; any other number counts as TIDINGS_ERROR. */
#define TIDINGS_OK 0
#define TIDINGS_ERROR 1       /* the sink got the error */
#define TIDINGS_PANIC 2       /* the plugin failed in a way it did not foresee */
#define TIDINGS_BAD_REQUEST 3 /* the request or the params cannot be read */
#define TIDINGS_CANCELLED 4
#define TIDINGS_UNSUPPORTED 5 /* the method is not known to this side */

/* Borrowed UTF-8 JSON, valid only during the call. ptr may be NULL where len is 0. */
typedef struct {
  const uint8_t *ptr;
  size_t len;
} tidings_str;

/* Receives a result; copies it. Call it at most once per call. */
typedef void (*tidings_sink)(void *cx, const uint8_t *ptr, size_t len);

/* Host to plugin. Read a field only if its offset plus its width <= size. */
typedef struct {
  uint32_t size;
  uint32_t abi_minor;
  void *data; /* first argument of the functions below */
  /* Blocking request {"method","params"}: its result, or an error. Any thread. */
  int32_t (*call)(void *data, tidings_str request, tidings_sink out, void *cx);
  /* {"method","params"} of log, progress or skip: no answer. */
  void (*notify)(void *data, tidings_str message);
  /* Not 0 once the run is to end. Cheap. */
  uint32_t (*cancelled)(void *data);
} tidings_host_v1;

/* Plugin to host. Static: valid until the process ends. */
typedef struct {
  uint32_t size; /* sizeof(tidings_plugin_v1_t) */
  uint32_t abi_minor;
  /* The manifest. No input or output here. */
  int32_t (*describe)(tidings_sink out, void *cx);
  /* One visit: a run report, or an error. Called once in a process. */
  int32_t (*run)(const tidings_host_v1 *host, tidings_str run_request, tidings_sink out, void *cx);
} tidings_plugin_v1_t;

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const tidings_plugin_v1_t *
tidings_plugin_v1(void);

#ifdef __cplusplus
}
#endif
#endif
