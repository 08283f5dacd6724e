/* SPDX-License-Identifier: MIT
 *
 * What rule files are read with.
 *
 * Thread: any (plain data). Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_READING_OPTIONS_H
#define VIGIL_RULES_LANG_READING_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

struct lang_origins; /* rules/lang/origins.h */
struct registry;

struct lang_options {
        /* Files, or folders: of a folder every *.yaml but *.test.yaml in name order, then the
         * same of its overrides.d. */
        const char *const *paths;
        size_t path_count;

        /* Names of the ladders that exist, NULL-terminated; NULL: any name is taken. */
        const char *const *ladders;

        /* NULL, or whom rules watch: what they name and the registry has not is warned about, and values of
         * elders are held against those of their districts. */
        const struct registry *registry;

        const char *time_zone; /* of the site; NULL: UTC */
        int64_t now_ms;        /* wall clock: overrides end by date */
        unsigned int
                threads; /* that read files side by side, the caller's included; 0: one a core */

        struct lang_origins *origins; /* NULL, or where every value comes from is put here: the
                                       * caller's, lang_origins_fini() */
};

#endif
