/* SPDX-License-Identifier: MIT
 *
 * The small HTTP server of a program: GET /metrics, /-/healthy, /-/ready (aliases /healthz, /readyz).
 *
 * Thread: started and stopped by main(); it answers on a thread of its own.
 */
#ifndef VIGIL_COMMON_OPS_HTTP_H
#define VIGIL_COMMON_OPS_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Answers "ready?": returns true, or false and what is missing in @note. What it writes there when it is ready
 * (files are refused, say) is told on a second line. Called on the HTTP thread: must be thread-safe and
 * must not block. */
typedef bool (*http_ready_check)(void *context, char *note, size_t note_bytes);

struct http_server;

/* @address: "127.0.0.1:9101". @heartbeat: the main loop stores clock_mono_ms() there; live means less
 * than 5 s old. Return: 0, -EADDRINUSE, -errno. Starts one thread. */
int http_start(struct http_server **ret, const char *address,
               const _Atomic int64_t *heartbeat_mono_ms, http_ready_check ready, void *context);
struct http_server *http_stop(struct http_server *server);

/* The port in use: what @address said, or what the system picked when it said 0. */
int http_port(const struct http_server *server);

#endif
