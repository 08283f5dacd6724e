/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "rules/lang/parts.h"

enum { NAMES_MAX = 64, LIST_BYTES = 768 };

/* --- kinds ---------------------------------------------------------------------------------------- */

static const struct lang_happening happenings[] = {
        {KIND_SOS, ALERT_LIFE_SAFETY, KIND_NONE},
        {KIND_FALL, ALERT_LIFE_SAFETY, KIND_NONE},
        {KIND_SMOKE, ALERT_LIFE_SAFETY, KIND_NONE},
        {KIND_GAS, ALERT_LIFE_SAFETY, KIND_NONE},
        {KIND_CARBON_MONOXIDE, ALERT_LIFE_SAFETY, KIND_NONE},
        {KIND_HEAT, ALERT_LIFE_SAFETY, KIND_NONE},
        {KIND_WATER_LEAK, ALERT_LIFE_SAFETY, KIND_NONE},
        {KIND_SEIZURE, ALERT_LIFE_SAFETY, KIND_NONE},
        {KIND_DOOR_OPEN, ALERT_ACTIVITY, KIND_DOOR_CLOSED},
        {KIND_MAINS_LOST, ALERT_TECHNICAL, KIND_MAINS_RESTORED},
        {KIND_TAMPER, ALERT_TECHNICAL, KIND_NONE},
        {KIND_OFF_BODY, ALERT_TECHNICAL, KIND_WORN},
        {KIND_LINK_LOST, ALERT_TECHNICAL, KIND_LINK_RESTORED},
        {KIND_FAULT, ALERT_TECHNICAL, KIND_NONE},
};
enum { HAPPENING_COUNT = sizeof(happenings) / sizeof(happenings[0]) };

const struct lang_happening *lang_happening_find(struct lang_reading *reading,
                                                 const struct yaml_node *node) {
        const char *names[HAPPENING_COUNT + 1] = {NULL};
        int index;

        for (size_t i = 0; i < HAPPENING_COUNT; i++)
                names[i] = event_kind_info(happenings[i].kind)->name;
        return yaml_word(node, names, &index, "R025", reading->diag) ? &happenings[index] : NULL;
}

static bool can_have_limits(const struct event_kind_info *info) {
        return info->shape == SHAPE_VITAL || info->kind == KIND_BATTERY;
}

enum event_kind lang_vital_find(struct lang_reading *reading, const struct yaml_node *node) {
        const char *names[NAMES_MAX + 1] = {NULL};
        const struct event_kind_info *infos[NAMES_MAX] = {NULL};
        const struct event_kind_info *info;
        int count = 0, index;

        for (size_t i = 0; (info = event_kind_at(i)) && count < NAMES_MAX; i++) {
                if (!can_have_limits(info))
                        continue;
                infos[count] = info;
                names[count++] = info->name;
        }
        return yaml_word(node, names, &index, "R025", reading->diag) ? infos[index]->kind
                                                                     : KIND_NONE;
}

/* --- lists of kinds ---------------------------------------------------------------------------------- */

/* One word of a list of kinds; a pair of kinds has a word of its own beside their two. */
struct kind_word {
        const char *word;
        enum event_kind kind, kind2;
};

static const struct kind_word signal_words[] = {
        {"motion", KIND_MOTION, KIND_NONE},       {"door", KIND_DOOR_OPEN, KIND_DOOR_CLOSED},
        {"bed", KIND_BED_IN, KIND_BED_OUT},       {"chair", KIND_CHAIR_IN, KIND_CHAIR_OUT},
        {"toilet", KIND_TOILET, KIND_NONE},       {"appliance", KIND_APPLIANCE, KIND_NONE},
        {"steps", KIND_STEPS, KIND_NONE},         {"care_visit", KIND_CARE_VISIT, KIND_NONE},
        {"home", KIND_HOME, KIND_NONE},           {"button_cancel", KIND_BUTTON_CANCEL, KIND_NONE},
        {"door_open", KIND_DOOR_OPEN, KIND_NONE}, {"door_closed", KIND_DOOR_CLOSED, KIND_NONE},
        {"bed_in", KIND_BED_IN, KIND_NONE},       {"bed_out", KIND_BED_OUT, KIND_NONE},
        {"chair_in", KIND_CHAIR_IN, KIND_NONE},   {"chair_out", KIND_CHAIR_OUT, KIND_NONE},
};

/* Only what the elder alone can do: motion in the room may be a visitor bending over her. */
static const struct kind_word cancel_words[] = {
        {"button_cancel", KIND_BUTTON_CANCEL, KIND_NONE},
        {"steps", KIND_STEPS, KIND_NONE},
};

static bool list_is_there(struct lang_reading *reading, const struct yaml_node *list,
                          const char *example) {
        char help[96];

        if (list->type == YAML_LIST && list->child)
                return true;
        snprintf(help, sizeof(help), "write  %s: [ %s ]", list->key, example);
        LANG_ERROR(reading, "R017", list, help, "\"%s\" must be a list of at least one word",
                   list->key);
        return false;
}

static void kinds_read(struct lang_reading *reading, const struct yaml_node *list,
                       const struct kind_word *words, size_t word_count, struct kind_set *ret) {
        const char *names[NAMES_MAX + 1] = {NULL};

        for (size_t i = 0; i < word_count && i < NAMES_MAX; i++)
                names[i] = words[i].word;
        if (!list_is_there(reading, list, names[0]))
                return;
        for (const struct yaml_node *item = list->child; item; item = item->next) {
                int index;

                if (!yaml_word(item, names, &index, "R025", reading->diag))
                        continue;
                kind_set_add(ret, words[index].kind);
                if (words[index].kind2)
                        kind_set_add(ret, words[index].kind2);
        }
}

void lang_signals_read(struct lang_reading *reading, const struct yaml_node *list,
                       struct kind_set *ret) {
        kinds_read(reading, list, signal_words, sizeof(signal_words) / sizeof(signal_words[0]),
                   ret);
}

void lang_cancels_read(struct lang_reading *reading, const struct yaml_node *list,
                       struct kind_set *ret) {
        kinds_read(reading, list, cancel_words, sizeof(cancel_words) / sizeof(cancel_words[0]),
                   ret);
}

/* --- words and ids ------------------------------------------------------------------------------------ */

bool lang_id_is_fine(const char *id, size_t bytes) {
        static const char letters[] =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

        return *id && strlen(id) < bytes && id[strspn(id, letters)] == '\0';
}

static bool word_read(struct lang_reading *reading, const struct yaml_node *item,
                      const char *const *known) {
        int index;

        if (known)
                return yaml_word(item, known, &index, "R024", reading->diag);
        if (item->type == YAML_TEXT && lang_id_is_fine(item->text, RULE_WORD_BYTES))
                return true;
        LANG_ERROR(reading, "R017", item, "letters, digits, _ . and -, at most 23 of them",
                   "\"%s\" is not a word", item->type == YAML_TEXT ? item->text : "…");
        return false;
}

void lang_words_read(struct lang_reading *reading, const struct yaml_node *list,
                     const char *const *known, struct rule_words *ret) {
        if (!list_is_there(reading, list, known ? known[0] : "word"))
                return;
        for (const struct yaml_node *item = list->child; item; item = item->next) {
                if (!word_read(reading, item, known))
                        continue;
                if (ret->count == RULE_WORDS_MAX) {
                        LANG_ERROR(reading, "R017", item, "make two rules of it",
                                   "\"%s\" has more than %d words", list->key, RULE_WORDS_MAX);
                        return;
                }
                memcpy(ret->word[ret->count++], item->text, strlen(item->text) + 1);
        }
}

/* --- dates --------------------------------------------------------------------------------------------- */

static bool date_parse(const char *text, int *ret_year, int *ret_month, int *ret_day) {
        static const char form[] = "dddd-dd-dd";
        static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

        if (strlen(text) != strlen(form))
                return false;
        for (size_t i = 0; form[i]; i++)
                if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != '-')
                        return false;

        int year = (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + text[3] -
                   '0';
        int month = (text[5] - '0') * 10 + text[6] - '0';
        int day = (text[8] - '0') * 10 + text[9] - '0';
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

        if (year < 2000 || month < 1 || month > 12 || day < 1 ||
            day > month_days[month - 1] + (leap && month == 2))
                return false;
        *ret_year = year;
        *ret_month = month;
        *ret_day = day;
        return true;
}

bool lang_date_read(struct lang_reading *reading, const struct yaml_node *node,
                    int64_t *ret_end_ms) {
        int year, month, day;

        if (node->type != YAML_TEXT || !date_parse(node->text, &year, &month, &day)) {
                LANG_ERROR(reading, "R023", node, "write year-month-day, for example 2027-02-01",
                           "\"%s\" is not a date", node->type == YAML_TEXT ? node->text : "…");
                return false;
        }

        /* The offset at that midnight, found from an offset at most a day away. */
        int64_t midnight_ms = (zone_day(year, month, day) + 1) * 86400000;
        int64_t end_ms = midnight_ms - (int64_t)zone_offset_s(reading->zone, midnight_ms) * 1000;

        *ret_end_ms = midnight_ms - (int64_t)zone_offset_s(reading->zone, end_ms) * 1000;
        return true;
}

/* --- plausible limits ------------------------------------------------------------------------------------ */

/* Wider than any guideline on purpose: outside, somebody has typed something else than was meant. */
static const struct {
        enum event_kind kind;
        struct lang_plausible limits;
} plausible[] = {
        {KIND_HEART_RATE, {60, 220, 25, 100}},
        {KIND_RESPIRATION_RATE, {12, 60, 4, 20}},
        {KIND_SPO2, {90, 100, 70, 97}},
        {KIND_SYSTOLIC_BP, {110, 250, 60, 130}},
        {KIND_DIASTOLIC_BP, {60, 150, 30, 90}},
        {KIND_BODY_TEMPERATURE, {37, 42, 32, 36.5}},
        {KIND_SKIN_TEMPERATURE, {34, 45, 15, 35}},
        {KIND_BLOOD_GLUCOSE, {5, 35, 2, 7}},
        {KIND_BODY_WEIGHT, {30, 250, 25, 200}},
        {KIND_BODY_WATER, {30, 80, 20, 70}},
        {KIND_MUSCLE_MASS, {15, 70, 10, 60}},
        {KIND_CONSCIOUSNESS, {0, 3, 1, 4}},
        {KIND_OXYGEN_SUPPLEMENT, {0, 0.9, 0.1, 1}},
        {KIND_BATTERY, {50, 100, 3, 50}},
};

bool lang_plausible_limits(enum event_kind kind, struct lang_plausible *ret) {
        for (size_t i = 0; i < sizeof(plausible) / sizeof(plausible[0]); i++) {
                if (plausible[i].kind == kind) {
                        *ret = plausible[i].limits;
                        return true;
                }
        }
        return false;
}

const char *lang_number_text(double number, char *ret, size_t ret_bytes) {
        snprintf(ret, ret_bytes, "%g", number);
        return ret;
}
