/* SPDX-License-Identifier: MIT */
#include "ingest/base/reject.h"

#include "common/base/require.h"

const char *reject_name(enum reject reject) {
        static const char *const names[] = {
                [REJECT_NONE] = "none",
                [REJECT_UNKNOWN_TOPIC] = "unknown_topic",
                [REJECT_UNKNOWN_DEVICE] = "unknown_device",
                [REJECT_UNKNOWN_KIND] = "unknown_kind",
                [REJECT_BAD_JSON] = "bad_json",
                [REJECT_WRONG_TYPE] = "wrong_type",
                [REJECT_MISSING_KEY] = "missing_key",
                [REJECT_IMPOSSIBLE_VALUE] = "impossible_value",
                [REJECT_BAD_SEQUENCE] = "bad_sequence",
                [REJECT_TOO_LARGE] = "too_large",
                [REJECT_EMPTY] = "empty",
                [REJECT_NOT_UTF8] = "not_utf8",
                [REJECT_RETAINED] = "retained",
                [REJECT_BAD_PROFILE_VALUE] = "bad_profile_value",
                [REJECT_TOO_MANY] = "too_many",
                [REJECT_CRASHED_INGEST] = "crashed_ingest",
        };

        require(reject < REJECT_COUNT, "reason %d of a refusal", (int)reject);
        return names[reject];
}
