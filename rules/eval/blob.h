/* SPDX-License-Identifier: MIT
 *
 * Blob: the state of one elder as bytes, for the checkpoint (docs/wire/redis.md).
 *
 * Little-endian. It stands on its own: devices are named by the hash of their id, rules by the
 * hash of theirs, times are absolute, so it can be read into any rule set and any registry;
 * what fits neither is dropped.
 *
 *      char[3]  "VES"
 *      u8       version, 1
 *      u8       flags: 1 away
 *      u8       devices
 *      u16      rule states
 *      i64      away since
 *      devices  56 bytes each: u32 id hash, u64 high[2], u64 window[2], i64 last seen,
 *               u32 boot[2], u8 lanes, u8 heard, u16 zero
 *      states   u32 rule id hash, u8 form, u8 bytes, then so many bytes:
 *               1 happening  u64 sequence, i64 event time, i64 received time, u32 boot,
 *                            u8 device, u8 phase, u8 confidence, u8 drill
 *               2 vital      u64 sequence, i64 since, i64 newest, u32 boot,
 *                            u8 device, u8 phase, u8 samples, u8 zero
 *               3 quiet      i64 last, u64 sequence, u32 boot, u8 device, u8 phase, u16 zero
 *               4 level      u8 device, u32 second at which it raised; one record a device
 *               5 offline    u16, bit n: device n is overdue
 *      u32      murmur2 of everything before
 *
 * Only states that hold something are written. A device in a state is its index in this blob.
 */
#ifndef VIGIL_RULES_EVAL_BLOB_H
#define VIGIL_RULES_EVAL_BLOB_H

enum {
        BLOB_VERSION = 1,
        BLOB_HEADER_BYTES = 16,
        BLOB_DEVICE_BYTES = 56,
        BLOB_STATE_HEADER_BYTES = 6,
        BLOB_CHECK_BYTES = 4,
        BLOB_BYTES_MAX = 256 * 1024,
};

#endif
