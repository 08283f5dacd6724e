/* SPDX-License-Identifier: MIT
 *
 * Typed access to a YAML tree: checks the keys of a map and converts scalars. Errors are added to the diag, with an
 * example of the correct form.
 *
 * Thread: that of the document. Blocks: never.
 */
#ifndef VIGIL_COMMON_FILES_YAML_READ_H
#define VIGIL_COMMON_FILES_YAML_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/files/diag.h"
#include "common/files/yaml.h"

/* A key that a map may have. */
struct yaml_read_key {
        const char *name;
        bool required;
};
/* Report unknown keys of @map (with "did you mean"), and missing required keys. @what: the name of the map in messages
 * ("when", "a step"). @code: code of an unknown key; R010 (not a map) and R011 (missing key) are the same for every
 * file. At most 48 keys. Return: false if @map is not a map or an error was added to the diag. */
bool yaml_read_check_keys(const struct yaml_node *map, const char *what,
                          const struct yaml_read_key *keys, size_t key_count, const char *code,
                          struct diag *diag);

/* Typed access. On error each adds an error with code @code to the diag, leaves *ret untouched and returns false. */
bool yaml_read_integer(const struct yaml_node *node, int64_t min, int64_t max, int64_t *ret,
                       const char *code, struct diag *diag);
bool yaml_read_number(const struct yaml_node *node, double min, double max, double *ret,
                      const char *code, struct diag *diag);
bool yaml_read_bool(const struct yaml_node *node, bool *ret, const char *code, struct diag *diag);
/* "250ms", "20s", "5m", "3h", "2d": a whole number and one unit, @min_ms to @max_ms. */
bool yaml_read_duration_ms(const struct yaml_node *node, int64_t min_ms, int64_t max_ms,
                           int64_t *ret, const char *code, struct diag *diag);
/* A duration in its largest whole unit: "90s", "2h". Return: @ret. */
const char *yaml_read_duration_text(int64_t ms, char *ret, size_t ret_bytes);
/* "00:00" to "24:00" -> minutes after midnight. */
bool yaml_read_minute_of_day(const struct yaml_node *node, int *ret, const char *code,
                             struct diag *diag);
/* One of @words (NULL-terminated) -> its index. */
bool yaml_read_word(const struct yaml_node *node, const char *const *words, int *ret,
                    const char *code, struct diag *diag);

#endif
