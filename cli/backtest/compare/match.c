/* SPDX-License-Identifier: MIT */
#include "cli/backtest/compare/match.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/err.h"

enum { CHANGES_FIRST = 256 };

/* One run of alerts with the same rule and person in each list. */
struct run {
        const struct raised *all[2];
        uint32_t count[2];
        uint32_t *partner[2]; /* index + 1 in the other list */
};

static int compare(const void *a, const void *b) {
        const struct raised *x = a, *y = b;

        if (x->rule != y->rule)
                return x->rule < y->rule ? -1 : 1;
        if (x->person != y->person)
                return x->person < y->person ? -1 : 1;
        if (x->raised_ms != y->raised_ms)
                return x->raised_ms < y->raised_ms ? -1 : 1;
        return (x->episode > y->episode) - (x->episode < y->episode);
}

static int compare_group(const struct raised *a, const struct raised *b) {
        if (a->rule != b->rule)
                return a->rule < b->rule ? -1 : 1;
        return (a->person > b->person) - (a->person < b->person);
}

static int compare_time(const void *a, const void *b) {
        const struct match_change *x = a, *y = b;
        const struct raised *p = match_change_alert(x), *q = match_change_alert(y);

        if (p->raised_ms != q->raised_ms)
                return p->raised_ms < q->raised_ms ? -1 : 1;
        if (compare_group(p, q) != 0)
                return compare_group(p, q);
        return (int)x->type - (int)y->type;
}

int64_t match_change_moved_ms(const struct match_change *change) {
        return change->before && change->after
                       ? change->after->raised_ms - change->before->raised_ms
                       : 0;
}

const struct raised *match_change_alert(const struct match_change *change) {
        return change->after ? change->after : change->before;
}

static int change_add(struct match_list *matches, enum match_change_type type,
                      const struct raised *before, const struct raised *after) {
        if (matches->count == matches->capacity) {
                uint32_t capacity = matches->capacity ? matches->capacity * 2 : CHANGES_FIRST;
                void *all = realloc(matches->all, capacity * sizeof(*matches->all));

                if (!all)
                        return err_raise(-ENOMEM);
                matches->all = all;
                matches->capacity = capacity;
        }
        matches->all[matches->count++] = (struct match_change){type, before, after};
        return 0;
}

/* --- pairs -------------------------------------------------------------------------------------- */

static void pair(struct run *run, uint32_t i, uint32_t j) {
        run->partner[0][i] = j + 1;
        run->partner[1][j] = i + 1;
}

static int compare_episode(const void *a, const void *b) {
        const struct raised *x = *(const struct raised *const *)a,
                            *y = *(const struct raised *const *)b;

        if (x->episode != y->episode)
                return x->episode < y->episode ? -1 : 1;
        return (x->raised_ms > y->raised_ms) - (x->raised_ms < y->raised_ms);
}

/* Pair alerts with the same cause. @index[2]: scratch space for as many pointers as each side has alerts. */
static void pair_by_cause(struct run *run, const struct raised **index[2]) {
        uint32_t i = 0, j = 0;

        for (int side = 0; side < 2; side++) {
                for (uint32_t k = 0; k < run->count[side]; k++)
                        index[side][k] = &run->all[side][k];
                qsort(index[side], run->count[side], sizeof(const struct raised *),
                      compare_episode);
        }
        while (i < run->count[0] && j < run->count[1]) {
                const struct raised *x = index[0][i], *y = index[1][j];

                if (x->episode == y->episode)
                        pair(run, (uint32_t)(x - run->all[0]), (uint32_t)(y - run->all[1]));
                i += x->episode <= y->episode;
                j += y->episode <= x->episode;
        }
}

static uint32_t next_free(const struct run *run, int side, uint32_t at) {
        while (at < run->count[side] && run->partner[side][at])
                at++;
        return at;
}

static int64_t distance_ms(const struct run *run, uint32_t i, uint32_t j) {
        return llabs(run->all[0][i].raised_ms - run->all[1][j].raised_ms);
}

/* Pair the remaining alerts in time order. Two alerts are not paired while the next alert of either side is nearer. */
static void pair_by_time(struct run *run, int64_t window_ms) {
        uint32_t i = next_free(run, 0, 0), j = next_free(run, 1, 0);

        while (i < run->count[0] && j < run->count[1]) {
                uint32_t next_i = next_free(run, 0, i + 1), next_j = next_free(run, 1, j + 1);
                int64_t apart_ms = distance_ms(run, i, j);

                if (apart_ms > window_ms) {
                        if (run->all[0][i].raised_ms < run->all[1][j].raised_ms)
                                i = next_i;
                        else
                                j = next_j;
                } else if (next_i < run->count[0] && distance_ms(run, next_i, j) < apart_ms) {
                        i = next_i;
                } else if (next_j < run->count[1] && distance_ms(run, i, next_j) < apart_ms) {
                        j = next_j;
                } else {
                        pair(run, i, j);
                        i = next_i;
                        j = next_j;
                }
        }
}

/* --- runs --------------------------------------------------------------------------------------- */

static int run_tell(const struct run *run, struct match_list *matches) {
        int r = 0;

        for (uint32_t i = 0; r == 0 && i < run->count[0]; i++) {
                const struct raised *before = &run->all[0][i], *after;

                if (!run->partner[0][i]) {
                        r = change_add(matches, MATCH_LOST, before, NULL);
                        continue;
                }
                after = &run->all[1][run->partner[0][i] - 1];
                matches->kept++;
                if (llabs(after->raised_ms - before->raised_ms) >= MATCH_MOVED_AT_LEAST_MS)
                        r = change_add(matches, MATCH_MOVED, before, after);
                if (r == 0 &&
                    (after->severity != before->severity || after->worst != before->worst))
                        r = change_add(matches, MATCH_SEVERITY, before, after);
        }
        for (uint32_t j = 0; r == 0 && j < run->count[1]; j++)
                if (!run->partner[1][j])
                        r = change_add(matches, MATCH_GAINED, NULL, &run->all[1][j]);
        return r;
}

static uint32_t run_length(const struct raised_list *list, uint32_t at) {
        uint32_t count = 0;

        while (at + count < list->count &&
               compare_group(&list->all[at], &list->all[at + count]) == 0)
                count++;
        return count;
}

static int runs_match(struct raised_list *lists[2], int64_t window_ms, uint32_t *partner[2],
                      const struct raised **index[2], struct match_list *ret) {
        uint32_t at[2] = {0, 0};
        int r = 0;

        while (r == 0 && (at[0] < lists[0]->count || at[1] < lists[1]->count)) {
                bool there[2] = {at[0] < lists[0]->count, at[1] < lists[1]->count};
                int order = !there[0] ? 1
                            : !there[1]
                                    ? -1
                                    : compare_group(&lists[0]->all[at[0]], &lists[1]->all[at[1]]);
                struct run run = {
                        .count = {order <= 0 ? run_length(lists[0], at[0]) : 0,
                                  order >= 0 ? run_length(lists[1], at[1]) : 0},
                };

                for (int side = 0; side < 2; side++) {
                        run.all[side] = lists[side]->all + at[side];
                        run.partner[side] = partner[side] + at[side];
                        at[side] += run.count[side];
                }
                if (order == 0) {
                        pair_by_cause(&run, index);
                        pair_by_time(&run, window_ms);
                }
                r = run_tell(&run, ret);
        }
        return r;
}

static void prepare(struct raised_list *list) {
        uint32_t kept = 0;

        for (uint32_t i = 0; i < list->count; i++)
                if (list->all[i].counts)
                        list->all[kept++] = list->all[i];
        list->count = kept;
        if (kept)
                qsort(list->all, kept, sizeof(*list->all), compare);
}

int match_make(struct raised_list *before, struct raised_list *after, int64_t window_ms,
               struct match_list *ret) {
        struct raised_list *lists[2] = {before, after};
        uint32_t *partner[2] = {NULL, NULL};
        const struct raised **index[2] = {NULL, NULL};
        struct match_list matches = {0};
        int r = 0;

        for (int side = 0; side < 2; side++) {
                prepare(lists[side]);
                partner[side] = calloc(lists[side]->count + 1, sizeof(*partner[side]));
                index[side] = calloc(lists[side]->count + 1, sizeof(*index[side]));
                if (!partner[side] || !index[side])
                        r = err_raise(-ENOMEM);
        }
        if (r == 0)
                r = runs_match(lists, window_ms, partner, index, &matches);
        for (int side = 0; side < 2; side++) {
                free(partner[side]);
                free((void *)index[side]);
        }
        if (r < 0) {
                match_fini(&matches);
                return r;
        }
        if (matches.count)
                qsort(matches.all, matches.count, sizeof(*matches.all), compare_time);
        *ret = matches;
        return 0;
}

void match_fini(struct match_list *matches) {
        free(matches->all);
        *matches = (struct match_list){0};
}
