/* SPDX-License-Identifier: MIT
 *
 * Options: the input of reading rule files.
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
        /* Files or folders. Of a folder, every *.yaml except *.test.yaml is read in name order, then the
         * same of its overrides.d. */
        const char *const *paths;
        size_t path_count;

        /* Names of the existing ladders, NULL-terminated; NULL: accept any name. */
        const char *const *ladders;

        /* NULL, or the registry to check against: names that it does not contain are warned about, and overrides of
         * elders are checked together with those of their districts. */
        const struct registry *registry;

        const char *time_zone; /* of the site; NULL: UTC */
        int64_t now_ms;        /* wall clock: overrides end by date */
        unsigned int
                threads; /* that read files in parallel, including the caller's; 0: one per core */

        struct lang_origins *origins; /* NULL, or where to store the source of every value; the
                                       * caller frees it with lang_origins_fini() */
};

#endif
