/* SPDX-License-Identifier: MIT
 *
 * The words of rule files and what they stand for.
 */
#include "rules/lang/reading/words.h"

#include <stdio.h>
#include <string.h>

#include "rules/lang/reading/reading.h"

/* --- kinds ---------------------------------------------------------------------------------------- */

const struct lang_word lang_happening_words[] = {
        {"sos", KIND_SOS, 0},
        {"fall", KIND_FALL, 0},
        {"smoke", KIND_SMOKE, 0},
        {"gas", KIND_GAS, 0},
        {"carbon_monoxide", KIND_CARBON_MONOXIDE, 0},
        {"heat", KIND_HEAT, 0},
        {"water_leak", KIND_WATER_LEAK, 0},
        {"seizure", KIND_SEIZURE, 0},
        {"door_open", KIND_DOOR_OPEN, 0},
        {"mains_lost", KIND_MAINS_LOST, 0},
        {"tamper", KIND_TAMPER, 0},
        {"off_body", KIND_OFF_BODY, 0},
        {"link_lost", KIND_LINK_LOST, 0},
        {"fault", KIND_FAULT, 0},
        {NULL, 0, 0},
};

/* Every vital of common/wire/event_kind.c. */
#define READING_WORDS                                                                              \
        {"heart_rate", KIND_HEART_RATE, 0}, {"respiration_rate", KIND_RESPIRATION_RATE, 0},        \
                {"spo2", KIND_SPO2, 0}, {"systolic_bp", KIND_SYSTOLIC_BP, 0},                      \
                {"diastolic_bp", KIND_DIASTOLIC_BP, 0},                                            \
                {"body_temperature", KIND_BODY_TEMPERATURE, 0},                                    \
                {"skin_temperature", KIND_SKIN_TEMPERATURE, 0},                                    \
                {"blood_glucose", KIND_BLOOD_GLUCOSE, 0}, {"body_weight", KIND_BODY_WEIGHT, 0},    \
                {"body_water", KIND_BODY_WATER, 0}, {"muscle_mass", KIND_MUSCLE_MASS, 0},          \
                {"consciousness", KIND_CONSCIOUSNESS, 0}, {                                        \
                "oxygen_supplement", KIND_OXYGEN_SUPPLEMENT, 0                                     \
        }

const struct lang_word lang_reading_words[] = {READING_WORDS, {NULL, 0, 0}};
/* With the one technical kind that has a level. */
const struct lang_word lang_vital_words[] = {
        READING_WORDS, {"battery", KIND_BATTERY, 0}, {NULL, 0, 0}};

/* Signs of life. A pair of kinds has a word of its own beside their two. */
const struct lang_word lang_signal_words[] = {
        {"motion", KIND_MOTION, 0},
        {"door", KIND_DOOR_OPEN, KIND_DOOR_CLOSED},
        {"bed", KIND_BED_IN, KIND_BED_OUT},
        {"chair", KIND_CHAIR_IN, KIND_CHAIR_OUT},
        {"toilet", KIND_TOILET, 0},
        {"appliance", KIND_APPLIANCE, 0},
        {"steps", KIND_STEPS, 0},
        {"care_visit", KIND_CARE_VISIT, 0},
        {"home", KIND_HOME, 0},
        {"button_cancel", KIND_BUTTON_CANCEL, 0},
        {"door_open", KIND_DOOR_OPEN, 0},
        {"door_closed", KIND_DOOR_CLOSED, 0},
        {"bed_in", KIND_BED_IN, 0},
        {"bed_out", KIND_BED_OUT, 0},
        {"chair_in", KIND_CHAIR_IN, 0},
        {"chair_out", KIND_CHAIR_OUT, 0},
        {NULL, 0, 0},
};

/* Everything that happens, for counts, sequences and parts. */
#define EVENT_WORDS                                                                                \
        {"sos", KIND_SOS, 0}, {"fall", KIND_FALL, 0}, {"smoke", KIND_SMOKE, 0},                    \
                {"gas", KIND_GAS, 0}, {"carbon_monoxide", KIND_CARBON_MONOXIDE, 0},                \
                {"heat", KIND_HEAT, 0}, {"water_leak", KIND_WATER_LEAK, 0},                        \
                {"seizure", KIND_SEIZURE, 0}, {"door_open", KIND_DOOR_OPEN, 0},                    \
                {"door_closed", KIND_DOOR_CLOSED, 0}, {"button_cancel", KIND_BUTTON_CANCEL, 0},    \
                {"motion", KIND_MOTION, 0}, {"bed_in", KIND_BED_IN, 0},                            \
                {"bed_out", KIND_BED_OUT, 0}, {"chair_in", KIND_CHAIR_IN, 0},                      \
                {"chair_out", KIND_CHAIR_OUT, 0}, {"toilet", KIND_TOILET, 0},                      \
                {"appliance", KIND_APPLIANCE, 0}, {"steps", KIND_STEPS, 0},                        \
                {"care_visit", KIND_CARE_VISIT, 0}, {"home", KIND_HOME, 0},                        \
                {"away", KIND_AWAY, 0}, {"mains_lost", KIND_MAINS_LOST, 0},                        \
                {"mains_restored", KIND_MAINS_RESTORED, 0}, {"tamper", KIND_TAMPER, 0},            \
                {"off_body", KIND_OFF_BODY, 0}, {"worn", KIND_WORN, 0},                            \
                {"link_lost", KIND_LINK_LOST, 0}, {"link_restored", KIND_LINK_RESTORED, 0}, {      \
                "fault", KIND_FAULT, 0                                                             \
        }

const struct lang_word lang_single_event_words[] = {EVENT_WORDS, {NULL, 0, 0}};
const struct lang_word lang_event_words[] = {
        EVENT_WORDS,
        {"door", KIND_DOOR_OPEN, KIND_DOOR_CLOSED},
        {"bed", KIND_BED_IN, KIND_BED_OUT},
        {"chair", KIND_CHAIR_IN, KIND_CHAIR_OUT},
        {NULL, 0, 0},
};

/* Only what the elder alone can do: motion in the room may be a visitor bending over her. */
const struct lang_word lang_cancel_words[] = {
        {"button_cancel", KIND_BUTTON_CANCEL, 0},
        {"steps", KIND_STEPS, 0},
        {NULL, 0, 0},
};

enum alert_class lang_kind_class(unsigned int kind) {
        const struct event_kind_info *info = event_kind_info(kind);

        if (kind == KIND_DOOR_OPEN || kind == KIND_DOOR_CLOSED || kind == KIND_BUTTON_CANCEL)
                return ALERT_ACTIVITY;
        switch (info ? info->shape : SHAPE_ACTIVITY) {
        case SHAPE_HAPPENING:
        case SHAPE_WAVEFORM:
                return ALERT_LIFE_SAFETY;
        case SHAPE_VITAL:
                return ALERT_VITAL;
        case SHAPE_TECHNICAL:
                return ALERT_TECHNICAL;
        default:
                return ALERT_ACTIVITY;
        }
}

enum alert_class lang_kinds_class(const struct kind_set *kinds) {
        enum alert_class class = ALERT_TECHNICAL;

        for (unsigned int kind = 0; kind < KIND_LIMIT; kind++)
                if (kind_set_has(kinds, kind) && lang_kind_class(kind) < class)
                        class = lang_kind_class(kind);
        return class;
}

enum event_kind lang_kind_clears(unsigned int kind) {
        switch (kind) {
        case KIND_DOOR_OPEN:
                return KIND_DOOR_CLOSED;
        case KIND_MAINS_LOST:
                return KIND_MAINS_RESTORED;
        case KIND_OFF_BODY:
                return KIND_WORN;
        case KIND_LINK_LOST:
                return KIND_LINK_RESTORED;
        default:
                return KIND_NONE;
        }
}

/* --- other words -------------------------------------------------------------------------------------- */

const struct lang_word lang_severity_words[] = {
        {"critical", SEVERITY_CRITICAL, 0},
        {"major", SEVERITY_MAJOR, 0},
        {"minor", SEVERITY_MINOR, 0},
        {"info", SEVERITY_INFO, 0},
        {NULL, 0, 0},
};

const struct lang_word lang_care_level_words[] = {
        {"self_reliant", 0, 0},
        {"partial", 0, 0},
        {"full", 0, 0},
        {NULL, 0, 0},
};

const struct lang_word lang_day_words[] = {
        {"mon", 0, 0}, {"tue", 1, 0}, {"wed", 2, 0}, {"thu", 3, 0},
        {"fri", 4, 0}, {"sat", 5, 0}, {"sun", 6, 0}, {NULL, 0, 0},
};

bool lang_id_is_fine(const char *id, size_t bytes) {
        static const char letters[] =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

        return *id && strlen(id) < bytes && id[strspn(id, letters)] == '\0';
}

bool lang_list_is_there(struct lang_reading *reading, const struct yaml_node *list,
                        const char *example) {
        if (list->type == YAML_LIST && list->child)
                return true;
        diag_hint(reading->diag, "write  %s: [ %s ]", list->key, example);
        LANG_ERROR(reading, "R017", list, NULL, "\"%s\" must be a list of at least one word",
                   list->key);
        return false;
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

bool lang_plausible_limits(unsigned int kind, struct lang_plausible *ret) {
        for (size_t i = 0; i < sizeof(plausible) / sizeof(plausible[0]); i++) {
                if (plausible[i].kind == kind) {
                        *ret = plausible[i].limits;
                        return true;
                }
        }
        return false;
}
