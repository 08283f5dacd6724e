/* SPDX-License-Identifier: MIT
 *
 * ZAP: who may connect. Reads the allow-list (DIR/allowed.yaml), answers libzmq's ZAP requests on a
 * thread of its own, and tells the rest of alerting who a key is. Without it no socket
 * is opened: CURVE alone lets any stranger in (measured).
 *
 *      allowed:
 *        - { id: F0017a, role: family, public_key: "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID" }
 *
 * A connection is admitted by domain: ALLOW_PAGES takes family, team, desk and ingest, ALLOW_FEED desk and
 * monitor. Its User-Id becomes the id, and its ZAP_KEY property the key itself, so that a key
 * that was taken off the list is known on connections that are open already.
 *
 * Thread: zap_open() and zap_close() belong to the loop's thread, zap_reload() to one thread at a time between them;
 * zap_role() and zap_has() any. Blocks: zap_open() and zap_reload() read a file, which nobody else waits for.
 */
#ifndef VIGIL_ALERTING_ZEROMQ_ZAP_H
#define VIGIL_ALERTING_ZEROMQ_ZAP_H

#include <stdbool.h>

#include "alerting/zeromq/allow.h"

#define ZAP_KEY "X-Vigil-Key"

struct zap;

/* Starts the ZAP thread. @zmq: the context of the sockets it guards. @folder: of allowed.yaml.
 * Return: 0; ALLOW_REFUSED when the diag holds errors; -errno. */
int zap_open(struct zap **ret, void *zmq, const char *folder, struct diag *diag);
/* Stops the thread; close the guarded sockets first. */
struct zap *zap_close(struct zap *zap);

/* Take the file into force if it has changed. Return: 0 taken; ALLOW_UNCHANGED; ALLOW_REFUSED: the list in force
 * stays; -errno. */
int zap_reload(struct zap *zap, struct diag *diag);

/* Return: the role of that id if @key is (still) one of its keys, else -1. */
int zap_role(const struct zap *zap, const char *id, const char *key);

/* Has anybody with that id a key for pages? */
bool zap_has(const struct zap *zap, const char *id);

/* DIR/server.key into @ret_public and @ret_secret. Return: 0; -errno with err_why(). */
int zap_server_keys(const char *folder, char *ret_public, char *ret_secret);

#endif
