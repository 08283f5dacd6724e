/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: records of vigil.pages, as read after a restart. An accepted record can be encoded, decodes to the same
 * response, and the response can be used.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alerting/journal/response_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct response *response = NULL, *again = NULL;
        char *first = NULL, *second = NULL;
        size_t first_bytes, second_bytes;

        if (response_record_decode(&response, (const char *)data, size) != 0)
                return 0;
        if (response_record_encode(response, &first, &first_bytes) != 0 ||
            response_record_decode(&again, first, first_bytes) != 0 ||
            response_record_encode(again, &second, &second_bytes) != 0 ||
            first_bytes != second_bytes || memcmp(first, second, first_bytes) != 0 ||
            response_next_ms(response) != response_next_ms(again))
                abort();
        free(first);
        free(second);
        response_free(response);
        response_free(again);
        return 0;
}
