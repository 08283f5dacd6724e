/* SPDX-License-Identifier: MIT
 *
 * Typed reading of a YAML tree: which keys a map may have, and what a scalar is. What is wrong is complained about in the
 * diag with an example of the right form.
 *
 * Thread: the document's. Blocks: never.
 */
#ifndef VIGIL_COMMON_FILES_YAML_READ_H
#define VIGIL_COMMON_FILES_YAML_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/files/diag.h"
#include "common/files/yaml.h"

/* One row a key that a map may have. The reader walks its table: unknown keys are complained
 * about with "did you mean", missing required ones with the map's position. */
struct yaml_read_key {
        const char *name;
        bool required;
};
/* @what: how to call the map in messages ("when", "a step"). @code: of an unknown key; R010 (not a
 * map) and R011 (missing key) are the same for every file. At most 48 keys.
 * Return: false when @map is not a map or something was wrong (complaints are in the diag). */
bool yaml_read_check_keys(const struct yaml_node *map, const char *what,
                          const struct yaml_read_key *keys, size_t key_count, const char *code,
                          struct diag *diag);

/* Typed reading. Each complains into the diag (with an example of the right form) and
 * returns false; *ret is untouched then. */
bool yaml_read_integer(const struct yaml_node *node, int64_t min, int64_t max, int64_t *ret,
                       const char *code, struct diag *diag);
bool yaml_read_number(const struct yaml_node *node, double min, double max, double *ret,
                      const char *code, struct diag *diag);
bool yaml_read_bool(const struct yaml_node *node, bool *ret, const char *code, struct diag *diag);
/* "250ms", "20s", "5m", "3h", "2d": a whole number and one unit, at least @min_ms. */
bool yaml_read_duration_ms(const struct yaml_node *node, int64_t min_ms, int64_t max_ms,
                           int64_t *ret, const char *code, struct diag *diag);
/* The shortest way to write a duration: "90s", "2h". Return: @ret. */
const char *yaml_read_duration_text(int64_t ms, char *ret, size_t ret_bytes);
/* "06:00" .. "24:00" -> minutes after midnight. */
bool yaml_read_minute_of_day(const struct yaml_node *node, int *ret, const char *code,
                             struct diag *diag);
/* One of @words (NULL-terminated) -> its index. */
bool yaml_read_word(const struct yaml_node *node, const char *const *words, int *ret,
                    const char *code, struct diag *diag);

#endif
