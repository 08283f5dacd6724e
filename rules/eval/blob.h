/* SPDX-License-Identifier: MIT
 *
 * Blob: the state of one elder as bytes, for the checkpoint (docs/wire/redis.md).
 *
 * Little-endian and self-contained: devices and rules are identified by the hash of their id, and times are absolute,
 * so that a blob can be read into any rule set and any registry. What fits neither is dropped.
 *
 *      char[3]  "VES"
 *      u8       version, 2
 *      u8       flags: 1 away
 *      u8       devices
 *      u16      rule states
 *      i64      away or home since
 *      devices  56 bytes each: u32 id hash, u32 alarms[0..1], u64 high, u32 alarms[2..3], u64 window,
 *               i64 last seen, u32 alarms[4], u32 boot, u8 lanes, u8 heard, u16 zero. An older blob has
 *               counters of the alarm lane in place of the alarms; read as keys, they match no event
 *      states   u32 rule id hash, u8 type (enum rule_condition_type), u8 form (enum rule_form), u16
 *               length, then that many bytes:
 *               level    u8 device, u32 second at which it raised; one record per device
 *               offline  u16, bit n: device n is overdue
 *               others   the state as its owner lays it out (RULE_FORMS), without padding
 *      u32      murmur2 of everything before
 *
 * Only states that hold something are written. A device in a state is its index in this blob.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: blob_restore(), blobs_init().
 */
#ifndef VIGIL_RULES_EVAL_BLOB_H
#define VIGIL_RULES_EVAL_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/eval/rule/elder_profile.h"

struct engine;

enum {
        BLOB_VERSION = 2,
        BLOB_HEADER_BYTES = 16,
        BLOB_DEVICE_BYTES = 56,
        BLOB_STATE_HEADER_BYTES = 8,
        BLOB_CHECK_BYTES = 4,
        BLOB_BYTES_MAX = 1024 * 1024,
};

/* Write the state of every elder that has changed since it was last saved, with one call of @put per elder; @blob is
 * valid during the call. Return: the number of elders written. */
typedef void (*blob_put)(void *context, int32_t partition, const char *elder_id, const void *blob,
                         size_t blob_bytes);
uint32_t blobs_save_dirty(struct engine *engine, blob_put put, void *context);

/* The same for at most @most elders, so that events need not wait. An elder that changes before the rest is saved is
 * saved again: the copies are consistent only when none are left. Return: whether any are left. */
bool blobs_save_some(struct engine *engine, uint32_t most, blob_put put, void *context);

/* Restore what blobs_save_dirty() wrote. @blob is copied; if the elder is not in the registry yet, the state waits.
 * Return: 0, BLOB_REFUSED (not a blob of a version we read), -ENOMEM. */
enum { BLOB_REFUSED = 1 };
int blob_restore(struct engine *engine, int32_t partition, const char *elder_id, const void *blob,
                 size_t blob_bytes);

/* Would blob_restore() accept it? Thread: any. */
bool blob_is_readable(const void *blob, size_t blob_bytes);

/* Does @profile have every device that the waiting state of the elder mentions? True if none waits. The state of a
 * device that is missing would be dropped. */
bool blobs_know_devices(struct engine *engine, const struct elder_profile *profile);

/* --- for the engine ------------------------------------------------------------------------------- */

/* Return: 0 or -ENOMEM; call blobs_fini() in either case. */
int blobs_init(struct engine *engine);
void blobs_fini(struct engine *engine);

/* Reset the elder's state, as if they had just been registered. */
void blob_forget(struct engine *engine, uint32_t handle);

/* Apply the state that waits for this elder, if any. */
void blobs_claim(struct engine *engine, uint32_t handle);

/* Drop the states that wait for elders of @partition. */
void blobs_drop(struct engine *engine, int32_t partition);

#endif
