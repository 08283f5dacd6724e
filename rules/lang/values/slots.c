/* SPDX-License-Identifier: MIT
 *
 * Lists of times of day: during, by_time, seen_within.
 *
 * Which slots hold at a moment depends on the time of day, the day of the week, and whether that day
 * and the day before are holidays (a slot over midnight belongs to the day on which it begins). Overlaps and gaps
 * are searched in every such case: at most 7 x 4 cases of a day, of at most 17 pieces each.
 */
#include "rules/lang/values/slots.h"

#include <stdio.h>
#include <string.h>

#include "common/files/yaml_read.h"
#include "common/language/say.h"
#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"

enum { PIECES_MAX = 2 * RULE_SLOTS_MAX + 1, WEEK_DAYS = 7, SPAN_BYTES = 96 };

/* --- reading ---------------------------------------------------------------------------------------- */

static const struct lang_word slot_holiday_words[] = {
        {"only", DAY_SLOT_ONLY_HOLIDAYS, 0},
        {"except", DAY_SLOT_EXCEPT_HOLIDAYS, 0},
        {NULL, 0, 0},
};

static void minute_read(struct lang_reading *reading, const struct lang_key *key,
                        const struct yaml_node *node, void *ret) {
        int minute;

        if (!yaml_read_minute_of_day(node, &minute, "R022", reading->diag))
                return;
        if (minute == DAY_SLOT_MINUTES_A_DAY && *key->name == 'f')
                LANG_ERROR(reading, "R022", node, "write \"00:00\"",
                           "a slot cannot start at 24:00");
        else
                *(int16_t *)ret = (int16_t)minute;
}

#define AT(member) offsetof(struct day_slot, member)
#define SLOT_KEYS                                                                                  \
        {.name = "from",                                                                           \
         .type = LANG_KEY_MINUTE,                                                                  \
         .most = DAY_SLOT_MINUTES_A_DAY - 1,                                                       \
         .required = true,                                                                         \
         .at = AT(from_minute),                                                                    \
         .read = minute_read,                                                                      \
         .what = "\"HH:MM\", local time"},                                                         \
                {.name = "to",                                                                     \
                 .type = LANG_KEY_MINUTE,                                                          \
                 .most = DAY_SLOT_MINUTES_A_DAY,                                                   \
                 .required = true,                                                                 \
                 .at = AT(to_minute),                                                              \
                 .read = minute_read,                                                              \
                 .what = "\"HH:MM\", local time; earlier than from: over midnight"},               \
                {.name = "days",                                                                   \
                 .type = LANG_KEY_BITS,                                                            \
                 .least = 1,                                                                       \
                 .words = lang_day_words,                                                          \
                 .at = AT(days),                                                                   \
                 .what = "the days of the week it begins on; default all"},                        \
        {                                                                                          \
                .name = "holidays", .type = LANG_KEY_ENUM, .words = slot_holiday_words,            \
                .at = AT(holidays),                                                                \
                .what = "only on holidays, or on the days given except on holidays"                \
        }

static const struct lang_key during_keys[] = {SLOT_KEYS, {.name = NULL}};
static const struct lang_key by_time_keys[] = {
        SLOT_KEYS,
        {.name = "longer_than",
         .type = LANG_KEY_DURATION,
         .least = LANG_MINUTES(10),
         .most = LANG_DAYS(7),
         .least_set_ms = LANG_OWN_MIN_MS,
         .or_word = "never",
         .required = true,
         .at = AT(longer_than_ms),
         .what = "the limit then"},
        {.name = NULL},
};

const struct lang_map lang_during_map = {N_("a time slot"), during_keys};
const struct lang_map lang_by_time_map = {N_("a time slot"), by_time_keys};

static bool slot_read(struct lang_reading *reading, const struct yaml_node *node,
                      const struct lang_map *map, struct day_slot *ret) {
        *ret = (struct day_slot){.from_minute = -1, .to_minute = -1};
        lang_map_read(reading, node, map, ret);
        if (ret->holidays == DAY_SLOT_ONLY_HOLIDAYS && reading->holiday_count == 0)
                LANG_WARN_AT_KEY(reading, "W011", yaml_get(node, "holidays"),
                                 "write  holidays: [ 2026-10-01 ]  at the top of a file",
                                 "no holidays are given: this slot never holds");
        if (ret->holidays == DAY_SLOT_ONLY_HOLIDAYS && ret->days)
                LANG_ERROR_AT_KEY(reading, "R031", yaml_get(node, "days"), "remove one of the two",
                                  "holidays: only holds on any day of the week");
        return ret->from_minute >= 0 && ret->to_minute >= 0;
}

/* --- days and their pieces ----------------------------------------------------------------------------- */

struct day_case {
        int weekday; /* 0: Monday */
        bool holiday, holiday_before;
};

/* How many cases of days the slots distinguish. */
struct day_kinds {
        int weekdays; /* 1, or 7 if a slot names days of the week */
        int holidays; /* 1, or 4 if a slot depends on holidays: this day and the day before */
};

struct pieces {
        int begin[PIECES_MAX]; /* minutes, ascending from 0; a piece ends where the next begins */
        int count;
};

static void piece_add(struct pieces *pieces, int minute) {
        int at = 0;

        while (at < pieces->count && pieces->begin[at] < minute)
                at++;
        if (minute >= DAY_SLOT_MINUTES_A_DAY || (at < pieces->count && pieces->begin[at] == minute))
                return;
        for (int i = pieces->count++; i > at; i--)
                pieces->begin[i] = pieces->begin[i - 1];
        pieces->begin[at] = minute;
}

static void pieces_make(const struct day_slot *slots, uint8_t count, struct pieces *ret,
                        struct day_kinds *ret_kinds) {
        *ret = (struct pieces){.count = 1};
        *ret_kinds = (struct day_kinds){1, 1};
        for (uint8_t i = 0; i < count; i++) {
                piece_add(ret, slots[i].from_minute);
                piece_add(ret, slots[i].to_minute);
                if (slots[i].days)
                        ret_kinds->weekdays = WEEK_DAYS;
                if (slots[i].holidays)
                        ret_kinds->holidays = 4;
        }
}

static bool slot_begins_on(const struct day_slot *slot, int weekday, bool holiday) {
        if (slot->holidays == DAY_SLOT_ONLY_HOLIDAYS)
                return holiday;
        if (slot->holidays == DAY_SLOT_EXCEPT_HOLIDAYS && holiday)
                return false;
        return !slot->days || (slot->days >> weekday & 1);
}

static bool slot_has(const struct day_slot *slot, const struct day_case *day, int minute) {
        bool today = slot_begins_on(slot, day->weekday, day->holiday);
        bool yesterday = slot_begins_on(slot, (day->weekday + 6) % WEEK_DAYS, day->holiday_before);

        if (slot->from_minute < slot->to_minute)
                return today && minute >= slot->from_minute && minute < slot->to_minute;
        return (today && minute >= slot->from_minute) || (yesterday && minute < slot->to_minute);
}

/* Write case number @index of @kinds into *ret. Return: false after the last one. */
static bool day_case_at(const struct day_kinds *kinds, int index, struct day_case *ret) {
        if (index >= kinds->weekdays * kinds->holidays)
                return false;
        *ret = (struct day_case){.weekday = index / kinds->holidays,
                                 .holiday = index % kinds->holidays & 1,
                                 .holiday_before = index % kinds->holidays & 2};
        return true;
}

/* Describe the first run of pieces for which @is is true, in words. A run over midnight begins in the evening. Return:
 * false if there is none. */
static bool span_text(const struct lang_reading *reading, const struct pieces *pieces,
                      const bool *is, const struct day_kinds *kinds, const struct day_case *day,
                      char *ret) {
        int from = -1, to, count = pieces->count;

        for (int i = 0; i < count && from < 0; i++)
                if (is[i] && !is[(i + count - 1) % count])
                        from = i;
        if (from < 0 && !is[0])
                return false;
        for (to = from < 0 ? count : from + 1; from >= 0 && is[to % count]; to++) {
        }

        int begin = from < 0 ? 0 : pieces->begin[from];
        int end = to == count || from < 0 ? DAY_SLOT_MINUTES_A_DAY : pieces->begin[to % count];
        const char *weekday = kinds->weekdays > 1
                                      ? diag_word(reading->diag, lang_day_words[day->weekday].word)
                                      : "";
        const char *holiday = day->holiday ? diag_word(reading->diag, " on holidays") : "";

        snprintf(ret, SPAN_BYTES, "%s%s%02d:%02d%s%02d:%02d%s", weekday, *weekday ? " " : "",
                 begin / 60, begin % 60, diag_word(reading->diag, " to "), end / 60, end % 60,
                 holiday);
        return true;
}

/* --- overlaps and gaps ----------------------------------------------------------------------------------- */

/* Return: the first slot before slot @count that overlaps with it, and when in @ret_span; or -1. */
static int overlap_find(const struct lang_reading *reading, const struct day_slot *slots,
                        uint8_t count, const struct pieces *pieces, const struct day_kinds *kinds,
                        char *ret_span) {
        struct day_case day;

        for (int earlier = 0; earlier < count; earlier++) {
                for (int i = 0; day_case_at(kinds, i, &day); i++) {
                        bool both[PIECES_MAX];

                        for (int piece = 0; piece < pieces->count; piece++)
                                both[piece] =
                                        slot_has(&slots[earlier], &day, pieces->begin[piece]) &&
                                        slot_has(&slots[count], &day, pieces->begin[piece]);
                        if (span_text(reading, pieces, both, kinds, &day, ret_span))
                                return earlier;
                }
        }
        return -1;
}

static void gap_warn(struct lang_reading *reading, const struct yaml_node *list,
                     const struct day_slot *slots, uint8_t count, const struct pieces *pieces,
                     const struct day_kinds *kinds) {
        struct day_case day;

        for (int i = 0; day_case_at(kinds, i, &day); i++) {
                bool open[PIECES_MAX];
                char span[SPAN_BYTES];

                for (int piece = 0; piece < pieces->count; piece++) {
                        open[piece] = true;
                        for (uint8_t slot = 0; slot < count; slot++)
                                if (slot_has(&slots[slot], &day, pieces->begin[piece]))
                                        open[piece] = false;
                }
                if (!span_text(reading, pieces, open, kinds, &day, span))
                        continue;
                LANG_WARN_AT_KEY(reading, "W008", list, "say so with a slot of  longer_than: never",
                                 "%s is covered by no slot: no alarm then", span);
                return;
        }
}

static bool list_check(struct lang_reading *reading, const struct yaml_node *list, bool limits) {
        if (list->type != YAML_LIST || !list->child) {
                LANG_ERROR(
                        reading, "R035", list,
                        limits ? "write  - { from: \"06:00\", to: \"22:00\", longer_than: 3h }  "
                                 "lines below it"
                               : N_("write  - { from: \"22:00\", to: \"06:00\" }  lines below it"),
                        "\"%s\" must be a list of at least one time slot", list->key);
                return false;
        }
        if (list->count > RULE_SLOTS_MAX) {
                LANG_ERROR(reading, "R035", list, NULL, "\"%s\" has more than %d time slots",
                           list->key, RULE_SLOTS_MAX);
                return false;
        }
        return true;
}

uint8_t lang_slots_read(struct lang_reading *reading, const struct yaml_node *list,
                        const struct lang_map *map, struct day_slot *ret) {
        bool limits = map == &lang_by_time_map, fine = true;
        const struct yaml_node *nodes[RULE_SLOTS_MAX];
        struct day_kinds kinds;
        struct pieces pieces;
        char span[SPAN_BYTES];
        uint8_t count = 0;

        if (!list_check(reading, list, limits))
                return 0;
        for (const struct yaml_node *item = list->child; item; item = item->next) {
                nodes[count] = item;
                if (slot_read(reading, item, map, &ret[count]))
                        count++;
                else
                        fine = false;
        }
        pieces_make(ret, count, &pieces, &kinds);
        /* Overlap is harmless in during:, whose slots are OR-ed. */
        for (uint8_t i = 1; i < count && strcmp(list->key, "during") != 0; i++) {
                int earlier = overlap_find(reading, ret, i, &pieces, &kinds, span);

                if (earlier >= 0)
                        LANG_ERROR(reading, "R034", nodes[i],
                                   limits ? "slots of by_time must not overlap; gaps mean \"no "
                                            "alarm\", say so with  longer_than: never"
                                          : NULL,
                                   "%s is covered twice (also by line %d)", span,
                                   nodes[earlier]->mark.line);
        }
        if (limits && fine)
                gap_warn(reading, list, ret, count, &pieces, &kinds);
        return count;
}

void lang_during_read(struct lang_reading *reading, const struct lang_key *key,
                      const struct yaml_node *node, void *ret) {
        struct rule_condition *condition = ret;

        condition->during_count = lang_slots_read(reading, node, key->map, condition->during);
}
