/* SPDX-License-Identifier: MIT
 *
 * Blob: the state of one elder as bytes, for the checkpoint (docs/wire/redis.md).
 *
 * Little-endian. It stands on its own: devices are named by the hash of their id, rules by the
 * hash of theirs, times are absolute, so it can be read into any rule set and any registry;
 * what fits neither is dropped.
 *
 *      char[3]  "VES"
 *      u8       version, 2
 *      u8       flags: 1 away
 *      u8       devices
 *      u16      rule states
 *      i64      away since
 *      devices  56 bytes each: u32 id hash, u32 alarms[0..1], u64 high, u32 alarms[2..3], u64 window,
 *               i64 last seen, u32 alarms[4], u32 boot, u8 lanes, u8 heard, u16 zero. Where the alarms are,
 *               a blob of before has counters of the alarm lane: read as keys, they are nobody's
 *      states   u32 rule id hash, u8 type (enum rule_condition_type), u8 form (enum plan_form), u16
 *               bytes, then so many bytes:
 *               level    u8 device, u32 second at which it raised; one record a device
 *               offline  u16, bit n: device n is overdue
 *               others   the state as rules/eval/memory/elder.h lays it out, without padding
 *      u32      murmur2 of everything before
 *
 * Only states that hold something are written. A device in a state is its index in this blob.
 */
#ifndef VIGIL_RULES_EVAL_BLOB_H
#define VIGIL_RULES_EVAL_BLOB_H

enum {
        BLOB_VERSION = 2,
        BLOB_HEADER_BYTES = 16,
        BLOB_DEVICE_BYTES = 56,
        BLOB_STATE_HEADER_BYTES = 8,
        BLOB_CHECK_BYTES = 4,
        BLOB_BYTES_MAX = 1024 * 1024,
};

#endif
