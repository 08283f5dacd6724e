/* SPDX-License-Identifier: MIT
 *
 * Reasons to refuse a message. Thread: any. Blocks: never.
 */
#ifndef VIGIL_INGEST_BASE_REJECT_H
#define VIGIL_INGEST_BASE_REJECT_H

/* Why a message or a part of it was refused, as listed in docs/wire/quarantine.md. */
enum reject {
        REJECT_NONE = 0,
        REJECT_UNKNOWN_TOPIC,
        REJECT_UNKNOWN_DEVICE,
        REJECT_UNKNOWN_KIND,
        REJECT_BAD_JSON,
        REJECT_WRONG_TYPE,
        REJECT_MISSING_KEY,
        REJECT_IMPOSSIBLE_VALUE,
        REJECT_BAD_SEQUENCE,
        REJECT_TOO_LARGE,
        REJECT_EMPTY,
        REJECT_NOT_UTF8,
        REJECT_RETAINED,
        REJECT_BAD_PROFILE_VALUE,
        REJECT_TOO_MANY,       /* the device exceeds its rate: ingest/guard/rate.h */
        REJECT_CRASHED_INGEST, /* ingest crashed on it repeatedly: ingest/guard/poison.h */
        REJECT_COUNT,
};

/* The stable name of a reason, for record headers and metric labels. */
const char *reject_name(enum reject reject);

#endif
