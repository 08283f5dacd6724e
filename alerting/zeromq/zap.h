/* SPDX-License-Identifier: MIT
 *
 * Gate: who may connect. Reads the allow-list (DIR/allowed.yaml), answers libzmq's ZAP requests on a
 * thread of its own, and tells the rest of alerting who a key is. Without a gate no socket
 * is opened: CURVE alone lets any stranger in (measured).
 *
 *      allowed:
 *        - { id: F0017a, role: family, public_key: "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID" }
 *
 * A connection is admitted by domain: GATE_PAGES takes family, team, desk and ingest, GATE_FEED desk and
 * monitor. Its User-Id becomes the id, and its GATE_KEY property the key itself, so that a key
 * that was taken off the list is known on connections that are open already.
 *
 * Thread: gate_open() and gate_close() belong to the loop's thread, gate_reload() to one thread at a time between them;
 * gate_role() and gate_has() any. Blocks: gate_open() and gate_reload() read a file, which nobody else waits for.
 */
#ifndef VIGIL_ALERTING_ZEROMQ_ZAP_H
#define VIGIL_ALERTING_ZEROMQ_ZAP_H

#include <stdbool.h>

#include "alerting/zeromq/allow.h"

#define GATE_KEY "X-Vigil-Key"

struct gate;

/* Starts the ZAP thread. @zmq: the context of the sockets it guards. @folder: of allowed.yaml.
 * Return: 0; GATE_REFUSED when the diag holds errors; -errno. */
int gate_open(struct gate **ret, void *zmq, const char *folder, struct diag *diag);
/* Stops the thread; close the guarded sockets first. */
struct gate *gate_close(struct gate *gate);

/* Take the file into force if it has changed. Return: 0 taken; GATE_UNCHANGED; GATE_REFUSED: the list in force
 * stays; -errno. */
int gate_reload(struct gate *gate, struct diag *diag);

/* Return: the role of that id if @key is (still) one of its keys, else -1. */
int gate_role(const struct gate *gate, const char *id, const char *key);

/* Has anybody with that id a key for pages? */
bool gate_has(const struct gate *gate, const char *id);

/* DIR/server.key into @ret_public and @ret_secret. Return: 0; -errno with err_why(). */
int gate_server_keys(const char *folder, char *ret_public, char *ret_secret);

#endif
