/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: device profile files. Any file is either accepted or refused with a diagnostic.
 */
#include <stdint.h>
#include <stdlib.h>

#include "ingest/decode/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct profile_set *set = NULL;
        struct diag *diag;

        if (diag_new(&diag) < 0)
                abort();

        int r = profile_set_parse(&set, "fuzz.yaml", (const char *)data, size, diag);

        if ((r == 0) != (diag_errors(diag) == 0) || (r == 0) != (set != NULL))
                abort();
        profile_set_free(set);
        diag_free(diag);
        return 0;
}
