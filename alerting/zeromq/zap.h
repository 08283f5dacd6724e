/* SPDX-License-Identifier: MIT
 *
 * ZAP: who may connect. It reads the allow-list (DIR/allowed.yaml), answers libzmq's ZAP requests (ZeroMQ RFC 27) on a
 * thread of its own, and tells the rest of alerting whose a key is. No socket is opened without it: CURVE alone admits
 * every client that knows the server's public key.
 *
 *      allowed:
 *        - { id: F0017a, role: family, public_key: "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID" }
 *
 * The domain of the socket decides which roles are admitted: ALLOW_PAGES family, team, desk and ingest; ALLOW_FEED desk
 * and monitor. Messages of an admitted connection carry its id as User-Id and its key as ZAP_KEY, so that a key which
 * was removed from the list is recognised on connections that are still open.
 *
 * Thread: zap_open() and zap_close() the loop's; zap_reload() one thread at a time between them; zap_role() and
 * zap_has() any. Blocks: zap_open() and zap_reload() read a file, and hold no lock meanwhile.
 */
#ifndef VIGIL_ALERTING_ZEROMQ_ZAP_H
#define VIGIL_ALERTING_ZEROMQ_ZAP_H

#include <stdbool.h>

#include "alerting/zeromq/allow.h"

#define ZAP_KEY "X-Vigil-Key"

struct zap;

/* Read the list and start the ZAP thread. @zmq: the context of the sockets that it guards. @folder: of allowed.yaml.
 * Return: 0; ALLOW_REFUSED when the diag holds errors; -errno. */
int zap_open(struct zap **ret, void *zmq, const char *folder, struct diag *diag);
/* Stop the thread and wait for it; close the guarded sockets before. Takes NULL. */
struct zap *zap_close(struct zap *zap);

/* Read the file again if it has changed. Return: 0: its list is in force; ALLOW_UNCHANGED; ALLOW_REFUSED: it has
 * errors, and the list in force stays; -errno. */
int zap_reload(struct zap *zap, struct diag *diag);

/* Return: the role of @id, if @key is one of its keys now and may connect to ALLOW_PAGES; otherwise -1. */
int zap_role(const struct zap *zap, const char *id, const char *key);

/* Does @id have a key with a role that is paged? */
bool zap_has(const struct zap *zap, const char *id);

/* Read @folder/server.key into @ret_public and @ret_secret, each [ALLOW_KEY_BYTES]. Return: 0; -EPERM: others may read
 * the file; -errno; all with err_why(). */
int zap_server_keys(const char *folder, char *ret_public, char *ret_secret);

#endif
