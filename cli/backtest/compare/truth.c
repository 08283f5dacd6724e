/* SPDX-License-Identifier: MIT */
#include "cli/backtest/compare/truth.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/time_text.h"
#include "cli/registry/csv.h"
#include "common/base/err.h"

enum { TRUTHS_FIRST = 256 };

enum column { COLUMN_ELDER, COLUMN_TIME, COLUMN_VERDICT, COLUMN_RULE, COLUMN_ALERT, COLUMNS };

static const char *const column_names[COLUMNS + 1] = {"elder", "time",     "verdict",
                                                      "rule",  "alert_id", NULL};

struct loading {
        const char *path;
        struct diag *diag;
        struct truths *truths;
        int at[COLUMNS]; /* cell of each column, or -1 */
};

/* --- rows ----------------------------------------------------------------------------------------- */

static void header_read(struct loading *loading, const struct csv_row *row) {
        for (size_t i = 0; i < row->count; i++) {
                const struct csv_cell *cell = &row->cells[i];
                int column = 0;

                while (column < COLUMNS && strcmp(column_names[column], cell->text) != 0)
                        column++;
                if (column < COLUMNS) {
                        loading->at[column] = (int)i;
                        continue;
                }

                const char *nearest = diag_nearest(cell->text, column_names);

                diag_add(loading->diag, DIAG_ERROR, "G011", loading->path, cell->mark,
                         "the columns are elder, time, verdict, rule and alert_id",
                         nearest ? "unknown column \"%.40s\"; did you mean \"%s\"?"
                                 : "no column is called \"%.40s\"",
                         cell->text, nearest);
        }
        if (loading->at[COLUMN_VERDICT] < 0 ||
            ((loading->at[COLUMN_ELDER] < 0 || loading->at[COLUMN_TIME] < 0) &&
             loading->at[COLUMN_ALERT] < 0))
                diag_add(loading->diag, DIAG_ERROR, "G012", loading->path,
                         (struct diag_mark){.line = row->line},
                         "elder,time,verdict or alert_id,verdict are needed",
                         "a column is missing");
}

static const struct csv_cell *cell_of(const struct loading *loading, const struct csv_row *row,
                                      enum column column) {
        static const struct csv_cell empty = {.text = ""};

        return loading->at[column] < 0 ? &empty : &row->cells[loading->at[column]];
}

/* Return: false after an error, which has been reported. */
static bool text_read(struct loading *loading, const struct csv_cell *cell, const char *what,
                      char *ret, size_t ret_bytes) {
        if (cell->bytes >= ret_bytes) {
                diag_add(loading->diag, DIAG_ERROR, "G024", loading->path, cell->mark, NULL,
                         "%s has at most %zu characters", what, ret_bytes - 1);
                return false;
        }
        memcpy(ret, cell->text, cell->bytes);
        ret[cell->bytes] = '\0';
        return true;
}

static bool verdict_read(struct loading *loading, const struct csv_cell *cell, bool *ret) {
        static const struct {
                const char *word;
                bool real;
        } words[] = {
                {"real", true}, {"true", true}, {"真实", true}, {"false", false}, {"误报", false}};

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
                if (strcmp(cell->text, words[i].word) == 0) {
                        *ret = words[i].real;
                        return true;
                }
        diag_add(loading->diag, DIAG_ERROR, "G028", loading->path, cell->mark,
                 "write real or false", "verdict \"%.40s\" is neither real nor false", cell->text);
        return false;
}

static bool when_read(struct loading *loading, const struct csv_cell *cell, int64_t *ret) {
        size_t digits = strspn(cell->text, "0123456789");

        if (digits == cell->bytes && digits >= 12 && digits < 16) {
                *ret = strtoll(cell->text, NULL, 10);
                return true;
        }
        if (time_text_parse(cell->text, ret))
                return true;
        diag_add(loading->diag, DIAG_ERROR, "G032", loading->path, cell->mark,
                 "as in 2026-11-24T03:12:00+08:00, or milliseconds since 1970",
                 "time \"%.40s\" is not a moment", cell->text);
        return false;
}

static int truth_add(struct truths *truths, const struct truth *truth) {
        if (truths->count == truths->capacity) {
                uint32_t capacity = truths->capacity ? truths->capacity * 2 : TRUTHS_FIRST;
                void *all = realloc(truths->all, capacity * sizeof(*truths->all));

                if (!all)
                        return err_raise(-ENOMEM);
                truths->all = all;
                truths->capacity = capacity;
        }
        truths->all[truths->count++] = *truth;
        return 0;
}

static int row_take(struct loading *loading, const struct csv_row *row) {
        const struct csv_cell *elder = cell_of(loading, row, COLUMN_ELDER);
        struct truth truth = {.time_ms = 0};
        bool good = text_read(loading, elder, "elder", truth.elder_id, sizeof(truth.elder_id));

        good &= text_read(loading, cell_of(loading, row, COLUMN_RULE), "rule", truth.rule_id,
                          sizeof(truth.rule_id));
        good &= text_read(loading, cell_of(loading, row, COLUMN_ALERT), "alert_id", truth.alert_id,
                          sizeof(truth.alert_id));
        good &= verdict_read(loading, cell_of(loading, row, COLUMN_VERDICT), &truth.real);
        if (!truth.alert_id[0] || truth.elder_id[0]) {
                good &= when_read(loading, cell_of(loading, row, COLUMN_TIME), &truth.time_ms);
                if (!truth.elder_id[0]) {
                        diag_add(loading->diag, DIAG_ERROR, "G020", loading->path, elder->mark,
                                 "or give an alert_id", "elder is empty");
                        good = false;
                }
        }
        return good ? truth_add(loading->truths, &truth) : 0;
}

/* --- order ---------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b) {
        const struct truth *x = a, *y = b;
        int order = strcmp(x->elder_id, y->elder_id);

        return order ? order : (x->time_ms > y->time_ms) - (x->time_ms < y->time_ms);
}

static int compare_id(const void *a, const void *b, void *context) {
        const struct truth *all = context;

        return strcmp(all[*(const uint32_t *)a].alert_id, all[*(const uint32_t *)b].alert_id);
}

static int order(struct truths *truths) {
        if (truths->count == 0)
                return 0;
        qsort(truths->all, truths->count, sizeof(*truths->all), compare);
        truths->ids = malloc(truths->count * sizeof(*truths->ids));
        if (!truths->ids)
                return err_raise(-ENOMEM);
        for (uint32_t i = 0; i < truths->count; i++)
                if (truths->all[i].alert_id[0])
                        truths->ids[truths->id_count++] = i;
        qsort_r(truths->ids, truths->id_count, sizeof(*truths->ids), compare_id, truths->all);
        return 0;
}

/* --- the file ------------------------------------------------------------------------------------- */

static int text_take(struct loading *loading, const char *text, size_t text_bytes) {
        struct csv *csv = NULL;
        struct csv_row row;
        int r = csv_open(&csv, loading->path, text, text_bytes, loading->diag);

        if (r == 0)
                r = csv_next(csv, &row);
        if (r == 0) {
                header_read(loading, &row);
                while (diag_errors(loading->diag) < 100 && (r = csv_next(csv, &row)) == 0 &&
                       (r = row_take(loading, &row)) == 0)
                        ;
        } else if (r == CSV_END && diag_errors(loading->diag) == 0) {
                diag_add(loading->diag, DIAG_ERROR, "G033", loading->path, (struct diag_mark){0},
                         "the first line names the columns", "there is nothing in this file");
        }
        csv_close(csv);
        if (r >= 0 && r != CSV_REFUSED && diag_errors(loading->diag))
                r = diag_file(loading->diag, loading->path, text, text_bytes);
        return r < 0 ? r : 0;
}

static int file_read(const char *path, char **ret, size_t *ret_bytes) {
        FILE *file = fopen(path, "re");
        char *text = NULL;
        size_t bytes = 0, got = 0;
        int r = 0;

        if (!file)
                return err_raise_why(-errno, "%s: %s", path, err_text(errno));
        do {
                char *more = realloc(text, bytes + BUFSIZ);

                if (!more) {
                        r = err_raise(-ENOMEM);
                        break;
                }
                text = more;
                got = fread(text + bytes, 1, BUFSIZ, file);
                bytes += got;
        } while (got > 0);
        if (r == 0 && ferror(file))
                r = err_raise_why(-EIO, "%s: cannot be read", path);
        fclose(file);
        if (r < 0) {
                free(text);
                return r;
        }
        *ret = text;
        *ret_bytes = bytes;
        return 0;
}

int truth_load(const char *path, struct diag *diag, struct truths *ret) {
        struct truths truths = {0};
        struct loading loading = {.path = path, .diag = diag, .truths = &truths};
        char *text = NULL;
        size_t text_bytes = 0;
        int r;

        for (int i = 0; i < COLUMNS; i++)
                loading.at[i] = -1;
        r = file_read(path, &text, &text_bytes);
        if (r == 0)
                r = text_take(&loading, text, text_bytes);
        if (r == 0 && diag_errors(diag))
                r = TRUTH_REFUSED;
        if (r == 0)
                r = order(&truths);
        free(text);
        if (r != 0) {
                truth_fini(&truths);
                return r;
        }
        *ret = truths;
        return 0;
}

void truth_fini(struct truths *truths) {
        free(truths->all);
        free(truths->ids);
        *truths = (struct truths){0};
}

/* --- asking --------------------------------------------------------------------------------------- */

static int64_t find_by_id(const struct truths *truths, const char *alert_id) {
        uint32_t low = 0, high = truths->id_count;

        while (low < high) {
                uint32_t middle = low + (high - low) / 2;
                int order_of = strcmp(truths->all[truths->ids[middle]].alert_id, alert_id);

                if (order_of == 0)
                        return truths->ids[middle];
                if (order_of < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return -1;
}

/* Index of the first row of @elder_id that is not before @time_ms. */
static uint32_t first_at(const struct truths *truths, const char *elder_id, int64_t time_ms) {
        struct truth wanted = {.time_ms = time_ms};
        uint32_t low = 0, high = truths->count;

        memcpy(wanted.elder_id, elder_id, strnlen(elder_id, EVENT_ELDER_ID_BYTES - 1));
        while (low < high) {
                uint32_t middle = low + (high - low) / 2;

                if (compare(&truths->all[middle], &wanted) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* Distance of a row from an alert; 0 between its event and the time it was raised. */
static int64_t distance_ms(const struct truth *truth, const struct raised *raised) {
        if (truth->time_ms < raised->event_time_ms)
                return raised->event_time_ms - truth->time_ms;
        return truth->time_ms > raised->raised_ms ? truth->time_ms - raised->raised_ms : 0;
}

int64_t truth_find(const struct truths *truths, const struct raised *raised, const char *elder_id,
                   const char *rule_id, int64_t window_ms) {
        int64_t best = -1, best_ms = window_ms + 1;
        char alert_id[ALERT_ID_BYTES];

        if (truths->id_count) {
                alert_id_make(rule_id, elder_id, raised->episode, alert_id);
                best = find_by_id(truths, alert_id);
                if (best >= 0)
                        return best;
        }
        for (uint32_t i = first_at(truths, elder_id, raised->event_time_ms - window_ms);
             i < truths->count && strcmp(truths->all[i].elder_id, elder_id) == 0 &&
             truths->all[i].time_ms <= raised->raised_ms + window_ms;
             i++) {
                const struct truth *truth = &truths->all[i];
                int64_t apart_ms = distance_ms(truth, raised);

                if (truth->alert_id[0] || apart_ms >= best_ms ||
                    (truth->rule_id[0] ? strcmp(truth->rule_id, rule_id) != 0 : !raised->fall))
                        continue;
                best = i;
                best_ms = apart_ms;
        }
        return best;
}
