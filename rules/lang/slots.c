/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "rules/lang/parts.h"

static const int64_t LIMIT_MIN_MS = INT64_C(10) * 60 * 1000;
static const int64_t LIMIT_MAX_MS = INT64_C(7) * 86400 * 1000;

static void limit_read(struct lang_reading *reading, const struct yaml_node *node, int64_t *ret) {
        if (node->type == YAML_TEXT && strcmp(node->text, "never") == 0)
                *ret = 0;
        else
                yaml_duration_ms(node, LIMIT_MIN_MS, LIMIT_MAX_MS, ret, "R021", reading->diag);
}

static bool slot_read(struct lang_reading *reading, const struct yaml_node *node, bool limits,
                      struct day_slot *ret) {
        static const struct yaml_key keys[] = {{"from", true}, {"to", true}, {"longer_than", true}};
        const struct yaml_node *from = yaml_get(node, "from"), *to = yaml_get(node, "to");
        const struct yaml_node *longer_than = yaml_get(node, "longer_than");
        int from_minute = 0, to_minute = 0;
        bool fine =
                yaml_check_keys(node, "a time slot", keys, limits ? 3 : 2, "R012", reading->diag);

        if (from && !yaml_minute_of_day(from, &from_minute, "R022", reading->diag))
                fine = false;
        if (to && !yaml_minute_of_day(to, &to_minute, "R022", reading->diag))
                fine = false;
        if (fine && from_minute == MINUTES_A_DAY) {
                LANG_ERROR(reading, "R022", from, "write \"00:00\"",
                           "a slot cannot start at 24:00");
                fine = false;
        }
        if (limits && longer_than)
                limit_read(reading, longer_than, &ret->longer_than_ms);
        if (!fine)
                return false;
        ret->from_minute = (int16_t)from_minute;
        ret->to_minute = (int16_t)to_minute;
        return true;
}

static bool slot_has(const struct day_slot *slot, int minute) {
        if (slot->from_minute == slot->to_minute)
                return true;
        if (slot->from_minute < slot->to_minute)
                return minute >= slot->from_minute && minute < slot->to_minute;
        return minute >= slot->from_minute || minute < slot->to_minute;
}

/* The first run of true minutes, a run over midnight counted from its evening.
 * Return: false when there is none. */
static bool run_find(const bool *day, int *ret_from, int *ret_to) {
        int from = -1;

        for (int minute = 0; minute < MINUTES_A_DAY && from < 0; minute++)
                if (day[minute] && !day[(minute + MINUTES_A_DAY - 1) % MINUTES_A_DAY])
                        from = minute;
        if (from < 0) {
                *ret_from = 0;
                *ret_to = MINUTES_A_DAY;
                return day[0]; /* the whole day, or nothing */
        }

        int to = from;

        while (day[to % MINUTES_A_DAY])
                to++;
        *ret_from = from;
        *ret_to = to > MINUTES_A_DAY ? to - MINUTES_A_DAY : to;
        return true;
}

static const char *span_text(const bool *day, char *ret, size_t ret_bytes) {
        int from, to;

        if (!run_find(day, &from, &to))
                return NULL;
        snprintf(ret, ret_bytes, "%02d:%02d to %02d:%02d", from / 60, from % 60, to / 60, to % 60);
        return ret;
}

static void overlaps_complain(struct lang_reading *reading, const struct yaml_node *const *nodes,
                              const struct day_slot *slots, uint8_t count) {
        for (uint8_t later = 1; later < count; later++) {
                for (uint8_t earlier = 0; earlier < later; earlier++) {
                        bool both[MINUTES_A_DAY];
                        char span[32];

                        for (int minute = 0; minute < MINUTES_A_DAY; minute++)
                                both[minute] = slot_has(&slots[earlier], minute) &&
                                               slot_has(&slots[later], minute);
                        if (!span_text(both, span, sizeof(span)))
                                continue;
                        LANG_ERROR(reading, "R034", nodes[later],
                                   "slots of by_time must not overlap; gaps mean \"no alarm\", say "
                                   "so with  longer_than: never",
                                   "%s is covered twice (also by line %d)", span,
                                   nodes[earlier]->mark.line);
                        break;
                }
        }
}

static void gap_warn(struct lang_reading *reading, const struct yaml_node *list,
                     const struct day_slot *slots, uint8_t count) {
        bool open[MINUTES_A_DAY];
        char span[32];

        for (int minute = 0; minute < MINUTES_A_DAY; minute++) {
                open[minute] = true;
                for (uint8_t i = 0; i < count; i++)
                        if (slot_has(&slots[i], minute))
                                open[minute] = false;
        }
        if (span_text(open, span, sizeof(span)))
                diag_add(reading->diag, DIAG_WARNING, "W008", list->file, list->key_mark,
                         "say so with a slot of  longer_than: never",
                         "%s is covered by no slot: no alarm then", span);
}

uint8_t lang_slots_read(struct lang_reading *reading, const struct yaml_node *list, bool limits,
                        struct day_slot *ret) {
        const struct yaml_node *nodes[RULE_SLOTS_MAX];
        uint8_t count = 0;
        bool fine = true;

        if (list->type != YAML_LIST || !list->child) {
                LANG_ERROR(reading, "R035", list,
                           limits ? "write  - { from: \"06:00\", to: \"22:00\", longer_than: 3h }  "
                                    "lines below it"
                                  : "write  - { from: \"22:00\", to: \"06:00\" }  lines below it",
                           "\"%s\" must be a list of at least one time slot", list->key);
                return 0;
        }
        if (list->count > RULE_SLOTS_MAX) {
                LANG_ERROR(reading, "R035", list, NULL, "\"%s\" has more than %d time slots",
                           list->key, RULE_SLOTS_MAX);
                return 0;
        }
        for (const struct yaml_node *item = list->child; item; item = item->next) {
                struct day_slot slot = {.longer_than_ms = 0};

                if (!slot_read(reading, item, limits, &slot)) {
                        fine = false;
                        continue;
                }
                nodes[count] = item;
                ret[count++] = slot;
        }
        overlaps_complain(reading, nodes, ret, count);
        if (limits && fine)
                gap_warn(reading, list, ret, count);
        return count;
}
