/* SPDX-License-Identifier: MIT
 *
 * The HTTP server of a program: GET /metrics, /-/healthy, /-/ready (aliases /healthz, /readyz).
 *
 * Thread: main() starts and stops it; it answers on its own thread.
 */
#ifndef VIGIL_COMMON_OPS_HTTP_H
#define VIGIL_COMMON_OPS_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is the program ready? Returns false and writes what is missing to @note. If it returns true with a text in @note
 * (for example that files were refused), the answer shows it on a second line. Called on the HTTP thread: it must be
 * thread-safe and must not block. */
typedef bool (*http_ready_check)(void *context, char *note, size_t note_bytes);

struct http_server;

/* Start the server and its thread. @address: "127.0.0.1:9101". @heartbeat_mono_ms: the main loop stores clock_mono_ms()
 * there; the program is healthy while that is less than 5 s ago. All pointers must be valid until http_stop().
 * Return: 0, -EINVAL (no address), -EADDRINUSE, -ENOMEM or another -errno, with err_why(). */
int http_start(struct http_server **ret, const char *address,
               const _Atomic int64_t *heartbeat_mono_ms, http_ready_check ready, void *context);
/* Takes NULL. Blocks: until the thread has ended. Return: NULL. */
struct http_server *http_stop(struct http_server *server);

/* The port in use: that of @address, or the one that the system chose for port 0. */
int http_port(const struct http_server *server);

#endif
