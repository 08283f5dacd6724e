/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: Kafka records as `vigil tap` prints them; the first byte selects the format. For any bytes, the output
 * is lines of JSON without control characters.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "cli/record/tap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool truth) {
        if (!truth)
                abort();
}

static void line_check(const char *line, size_t bytes) {
        yyjson_doc *doc = yyjson_read(line, bytes, YYJSON_READ_BIGNUM_AS_RAW);

        check(doc != NULL);
        yyjson_doc_free(doc);
        for (size_t i = 0; i < bytes; i++) {
                unsigned char byte = (unsigned char)line[i];

                check(byte >= 0x20 && byte != 0x7f);
                check(byte != 0xc2 || (unsigned char)line[i + 1] >= 0xa0);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        char *text = NULL;
        size_t bytes = 0;
        FILE *out = size ? open_memstream(&text, &bytes) : NULL;

        if (!out)
                return 0;

        const struct tap_record record = {
                .topic = "t",
                .time_ms = 1,
                .key = (const char *)data + 1,
                .key_bytes = (size - 1) / 8,
                .value = (const char *)data + 1,
                .value_bytes = size - 1,
                .headers = {{"h", (const char *)data + 1, (size - 1) / 4}},
                .header_count = 1,
        };
        int lines = tap_print(out, (enum tap_form)(data[0] % 3), &record, data[0] & 4 ? "E1" : NULL,
                              1000);

        fclose(out);
        check(lines >= 0);
        for (const char *at = text; *at;) {
                const char *newline = strchr(at, '\n');

                check(newline != NULL);
                line_check(at, (size_t)(newline - at));
                at = newline + 1;
        }
        free(text);
        return 0;
}
