/* SPDX-License-Identifier: MIT
 *
 * Runs a fuzz target once with every file of a folder, so that inputs found by the fuzzer are tested with any compiler.
 *
 *      replay-native tests/fuzz/native
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_input(const struct dirent *entry) {
        return entry->d_name[0] != '.';
}

static int replay(const char *path) {
        FILE *file = fopen(path, "rb");
        uint8_t *data = NULL;
        size_t size = 0;

        if (!file)
                return -1;
        for (size_t room = 4096;; room *= 2) {
                uint8_t *grown = realloc(data, room);

                if (!grown)
                        abort();
                data = grown;
                size += fread(data + size, 1, room - size, file);
                if (size < room)
                        break;
        }
        fclose(file);

        /* Copy to a block of the exact size, so that a sanitizer reports a read beyond it. */
        uint8_t *exact = malloc(size ? size : 1);

        if (!exact)
                abort();
        memcpy(exact, data, size);
        LLVMFuzzerTestOneInput(exact, size);
        free(exact);
        free(data);
        return 0;
}

int main(int argc, char **argv) {
        struct dirent **entries;
        char path[4096];
        int failed = 0;

        if (argc != 2) {
                fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
                return 2;
        }

        int count = scandir(argv[1], &entries, is_input, alphasort);

        if (count <= 0) {
                fprintf(stderr, "%s: no inputs\n", argv[1]);
                return 1;
        }
        printf("1..%d\n", count);
        for (int i = 0; i < count; i++) {
                snprintf(path, sizeof(path), "%s/%s", argv[1], entries[i]->d_name);
                fflush(stdout);

                int r = replay(path);

                failed |= r;
                printf("%s %d - %s\n", r ? "not ok" : "ok", i + 1, entries[i]->d_name);
                free(entries[i]);
        }
        free(entries);
        return failed ? 1 : 0;
}
