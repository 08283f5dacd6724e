/* SPDX-License-Identifier: MIT */
#include "common/wire/alert.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <yyjson.h>

#include "common/base/err.h"
#include "common/wire/json_number.h"
#include "common/base/utf8.h"

enum {
        ALERT_VERSION = 1,
        BUFFERED_MS = 2 * 60 * 1000, /* same as MOMENT_LATE_MS of rules/eval/core/moment.h */
};

static const char *const class_names[] = {"life_safety", "vital", "activity", "technical", NULL};
static const char *const transition_names[] = {"raised", "severity_changed", "cleared", "cancelled",
                                               NULL};
static const char *const severity_names[] = {"", "critical", "major", "minor", "info", NULL};

const char *severity_name(enum severity severity) {
        return severity >= SEVERITY_CRITICAL && severity <= SEVERITY_INFO ? severity_names[severity]
                                                                          : "";
}

bool alert_is_buffered(const struct alert *alert) {
        return alert->class != ALERT_LIFE_SAFETY && alert->received_time_ms > 0 &&
               alert->received_time_ms - alert->event_time_ms > BUFFERED_MS;
}

bool alert_is_unclaimed(const struct alert *alert) {
        return !alert->elder_id[0] || alert->district[0];
}

const char *alert_class_name(enum alert_class class) {
        return class <= ALERT_TECHNICAL ? class_names[class] : "";
}

const char *alert_transition_name(enum alert_transition transition) {
        return transition <= ALERT_CANCELLED ? transition_names[transition] : "";
}

void alert_id_make(const char *rule_id, const char *elder_id, uint64_t first_event_key, char *ret) {
        char name[ALERT_RULE_ID_BYTES + EVENT_ELDER_ID_BYTES + sizeof(first_event_key)];
        size_t rule_bytes = strnlen(rule_id, ALERT_RULE_ID_BYTES - 1);
        size_t elder_bytes = strnlen(elder_id, EVENT_ELDER_ID_BYTES - 1);
        size_t used = 0;

        /* The NUL separates them: "ab" + "c" must differ from "a" + "bc". */
        memcpy(name, rule_id, rule_bytes);
        used += rule_bytes;
        name[used++] = '\0';
        memcpy(name + used, elder_id, elder_bytes);
        used += elder_bytes;
        name[used++] = '\0';
        memcpy(name + used, &first_event_key, sizeof(first_event_key));
        used += sizeof(first_event_key);

        XXH128_canonical_t hash;

        XXH128_canonicalFromHash(&hash, XXH3_128bits(name, used));
        for (size_t i = 0; i < sizeof(hash.digest); i++) {
                *ret++ = "0123456789abcdef"[hash.digest[i] >> 4];
                *ret++ = "0123456789abcdef"[hash.digest[i] & 15];
        }
        *ret = '\0';
}

/* --- writing ---------------------------------------------------------------------------------- */

/* Replace invalid bytes by '?': yyjson refuses a document that is not UTF-8, and the alert must not be lost. */
static void text_mend(char *text) {
        size_t left = strlen(text);

        while (left) {
                uint32_t character;
                size_t length = utf8_read(text, left, &character);

                if (length == 0) {
                        *text = '?';
                        length = 1;
                }
                text += length;
                left -= length;
        }
}

static void alert_mend(struct alert *alert) {
        char *const texts[] = {
                alert->alert_id,  alert->rule_id,  alert->rule_set,  alert->elder_id,
                alert->device_id, alert->district, alert->event_id,  alert->ladder,
                alert->title_zh,  alert->title_en, alert->advice_zh, alert->advice_en,
                alert->signal,
        };

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                text_mend(texts[i]);
}

static bool add_real(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, double value) {
        if (!isfinite(value))
                return yyjson_mut_obj_add_null(doc, object, key);
        return yyjson_mut_obj_add_real(doc, object, key, value);
}

static bool add_words(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, const char *zh,
                      const char *en) {
        yyjson_mut_val *words = yyjson_mut_obj_add_obj(doc, object, key);

        return words && yyjson_mut_obj_add_str(doc, words, "zh", zh) &&
               yyjson_mut_obj_add_str(doc, words, "en", en);
}

static bool add_history(yyjson_mut_doc *doc, yyjson_mut_val *evidence, const struct alert *alert) {
        yyjson_mut_val *history = yyjson_mut_obj_add_arr(doc, evidence, "history");

        for (uint8_t i = 0; history && i < alert->history_count; i++) {
                yyjson_mut_val *sample = yyjson_mut_arr_add_arr(doc, history);
                double value = alert->history[i].value;

                if (!sample || !yyjson_mut_arr_add_sint(doc, sample, alert->history[i].time_ms) ||
                    !(isfinite(value) ? yyjson_mut_arr_add_real(doc, sample, value)
                                      : yyjson_mut_arr_add_null(doc, sample)))
                        return false;
        }
        return history != NULL;
}

static bool add_evidence(yyjson_mut_doc *doc, yyjson_mut_val *root, const struct alert *alert) {
        yyjson_mut_val *evidence = yyjson_mut_obj_add_obj(doc, root, "evidence");

        return evidence && yyjson_mut_obj_add_str(doc, evidence, "signal", alert->signal) &&
               add_real(doc, evidence, "value", alert->value) &&
               add_real(doc, evidence, "limit", alert->limit) &&
               yyjson_mut_obj_add_sint(doc, evidence, "duration_ms", alert->duration_ms) &&
               yyjson_mut_obj_add_uint(doc, evidence, "samples", alert->samples) &&
               yyjson_mut_obj_add_uint(doc, evidence, "confidence_pct", alert->confidence_pct) &&
               yyjson_mut_obj_add_bool(doc, evidence, "overridden", alert->overridden) &&
               yyjson_mut_obj_add_sint(doc, evidence, "since_ms", alert->since_ms) &&
               yyjson_mut_obj_add_sint(doc, evidence, "for_ms", alert->needed_ms) &&
               yyjson_mut_obj_add_uint(doc, evidence, "min_samples", alert->needed_samples) &&
               add_history(doc, evidence, alert);
}

static bool add_trace(yyjson_mut_doc *doc, yyjson_mut_val *root, const struct alert *alert) {
        yyjson_mut_val *trace = yyjson_mut_obj_add_obj(doc, root, "trace");

        return trace && yyjson_mut_obj_add_sint(doc, trace, "received_us", alert->received_us) &&
               yyjson_mut_obj_add_sint(doc, trace, "judged_us", alert->judged_us);
}

static bool add_alert(yyjson_mut_doc *doc, yyjson_mut_val *root, const struct alert *alert) {
        return yyjson_mut_obj_add_int(doc, root, "v", ALERT_VERSION) &&
               yyjson_mut_obj_add_str(doc, root, "alert_id", alert->alert_id) &&
               yyjson_mut_obj_add_str(doc, root, "rule", alert->rule_id) &&
               yyjson_mut_obj_add_str(doc, root, "rule_set", alert->rule_set) &&
               yyjson_mut_obj_add_str(doc, root, "elder", alert->elder_id) &&
               yyjson_mut_obj_add_str(doc, root, "device", alert->device_id) &&
               (!alert->district[0] ||
                yyjson_mut_obj_add_str(doc, root, "district", alert->district)) &&
               yyjson_mut_obj_add_str(doc, root, "event_id", alert->event_id) &&
               yyjson_mut_obj_add_str(doc, root, "transition",
                                      alert_transition_name(alert->transition)) &&
               yyjson_mut_obj_add_str(doc, root, "class", alert_class_name(alert->class)) &&
               yyjson_mut_obj_add_int(doc, root, "severity", alert->severity) &&
               yyjson_mut_obj_add_str(doc, root, "severity_name", severity_name(alert->severity)) &&
               yyjson_mut_obj_add_bool(doc, root, "latching", alert->latching) &&
               yyjson_mut_obj_add_bool(doc, root, "drill", alert->drill) &&
               yyjson_mut_obj_add_bool(doc, root, "shadow", alert->shadow) &&
               yyjson_mut_obj_add_sint(doc, root, "event_time_ms", alert->event_time_ms) &&
               yyjson_mut_obj_add_sint(doc, root, "received_time_ms", alert->received_time_ms) &&
               yyjson_mut_obj_add_sint(doc, root, "raised_time_ms", alert->raised_time_ms) &&
               yyjson_mut_obj_add_sint(doc, root, "late_ms", alert->late_ms) &&
               yyjson_mut_obj_add_str(doc, root, "ladder", alert->ladder) &&
               add_words(doc, root, "title", alert->title_zh, alert->title_en) &&
               add_words(doc, root, "advice", alert->advice_zh, alert->advice_en) &&
               add_evidence(doc, root, alert) && add_trace(doc, root, alert);
}

int alert_encode(const struct alert *alert, char **ret_json, size_t *ret_bytes) {
        struct alert mended = *alert;
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = yyjson_mut_obj(doc);
        char *json = NULL;
        size_t bytes;

        alert_mend(&mended);
        if (root && add_alert(doc, root, &mended)) {
                yyjson_mut_doc_set_root(doc, root);
                json = yyjson_mut_write(doc, 0, &bytes);
        }
        yyjson_mut_doc_free(doc);
        if (!json)
                return err_raise(-ENOMEM);

        *ret_json = json;
        *ret_bytes = bytes;
        return 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* State of decoding. Reading continues after an error, but only the first one is reported. */
struct alert_reading {
        yyjson_val *object;
        const char *missing; /* first key that is missing or invalid; NULL: none */
};

static void read_text(struct alert_reading *reading, const char *key, bool required, char *ret,
                      size_t ret_bytes) {
        yyjson_val *value = yyjson_obj_get(reading->object, key);
        const char *text = yyjson_get_str(value);

        if (!text || yyjson_get_len(value) >= ret_bytes || strlen(text) != yyjson_get_len(value) ||
            (required && !*text)) {
                if ((value || required) && !reading->missing)
                        reading->missing = key;
                return;
        }
        memcpy(ret, text, yyjson_get_len(value) + 1);
}

static void read_words(struct alert_reading *reading, const char *key, char *ret_zh, char *ret_en) {
        yyjson_val *words = yyjson_obj_get(reading->object, key);
        const struct {
                const char *key;
                char *ret;
        } rows[] = {{"zh", ret_zh}, {"en", ret_en}};

        for (size_t i = 0; i < 2; i++) {
                yyjson_val *value = yyjson_obj_get(words, rows[i].key);
                const char *text = yyjson_get_str(value);

                /* Texts for people: truncate a long one instead of refusing the alert. */
                if (!text)
                        continue;

                size_t bytes = utf8_prefix(text, strlen(text), ALERT_TEXT_BYTES - 1);

                memcpy(rows[i].ret, text, bytes);
                rows[i].ret[bytes] = '\0';
        }
}

static int64_t read_number(struct alert_reading *reading, const char *key, bool required) {
        yyjson_val *value = yyjson_obj_get(reading->object, key);

        if (!yyjson_is_int(value) ||
            (yyjson_is_uint(value) && yyjson_get_uint(value) > INT64_MAX)) {
                if ((value || required) && !reading->missing)
                        reading->missing = key;
                return 0;
        }
        /* Limited so that differences of two results cannot overflow. */
        return json_number(value, -JSON_NUMBER_TIME_MAX_MS, JSON_NUMBER_TIME_MAX_MS);
}

static int read_name(struct alert_reading *reading, const char *key, const char *const *names) {
        const char *text = yyjson_get_str(yyjson_obj_get(reading->object, key));

        for (int i = 0; text && names[i]; i++)
                if (strcmp(text, names[i]) == 0)
                        return i;
        if (!reading->missing)
                reading->missing = key;
        return 0;
}

static double read_real(yyjson_val *object, const char *key) {
        yyjson_val *value = yyjson_obj_get(object, key);

        return yyjson_is_num(value) ? yyjson_get_num(value) : NAN;
}

/* Data for people: skip invalid samples instead of refusing the alert. */
static void read_history(yyjson_val *evidence, struct alert *ret) {
        yyjson_val *history = yyjson_obj_get(evidence, "history");
        size_t count = yyjson_arr_size(history);

        for (size_t i = count > ALERT_HISTORY_MAX ? count - ALERT_HISTORY_MAX : 0; i < count; i++) {
                yyjson_val *sample = yyjson_arr_get(history, i);
                yyjson_val *time_ms = yyjson_arr_get(sample, 0);
                yyjson_val *value = yyjson_arr_get(sample, 1);

                if (yyjson_is_int(time_ms))
                        ret->history[ret->history_count++] = (struct alert_sample){
                                .time_ms = json_number(time_ms, 0, JSON_NUMBER_TIME_MAX_MS),
                                .value = yyjson_is_num(value) ? yyjson_get_num(value) : NAN,
                        };
        }
}

static void read_evidence(struct alert_reading *root, struct alert *ret) {
        struct alert_reading reading = {.object = yyjson_obj_get(root->object, "evidence")};

        read_text(&reading, "signal", false, ret->signal, sizeof(ret->signal));
        ret->value = read_real(reading.object, "value");
        ret->limit = read_real(reading.object, "limit");
        ret->duration_ms = read_number(&reading, "duration_ms", false);
        ret->samples = (uint32_t)read_number(&reading, "samples", false);
        ret->confidence_pct = (uint8_t)read_number(&reading, "confidence_pct", false);
        ret->overridden = yyjson_get_bool(yyjson_obj_get(reading.object, "overridden"));
        ret->since_ms = read_number(&reading, "since_ms", false);
        ret->needed_ms = read_number(&reading, "for_ms", false);
        ret->needed_samples = (uint8_t)read_number(&reading, "min_samples", false);
        read_history(reading.object, ret);
        if (reading.missing && !root->missing)
                root->missing = "evidence";
}

static void read_alert(struct alert_reading *reading, struct alert *ret) {
        read_text(reading, "alert_id", true, ret->alert_id, sizeof(ret->alert_id));
        read_text(reading, "rule", true, ret->rule_id, sizeof(ret->rule_id));
        read_text(reading, "rule_set", false, ret->rule_set, sizeof(ret->rule_set));
        read_text(reading, "elder", false, ret->elder_id, sizeof(ret->elder_id));
        read_text(reading, "device", false, ret->device_id, sizeof(ret->device_id));
        read_text(reading, "district", false, ret->district, sizeof(ret->district));
        read_text(reading, "event_id", false, ret->event_id, sizeof(ret->event_id));
        read_text(reading, "ladder", false, ret->ladder, sizeof(ret->ladder));
        ret->transition = (enum alert_transition)read_name(reading, "transition", transition_names);
        ret->class = (enum alert_class)read_name(reading, "class", class_names);
        ret->latching = yyjson_get_bool(yyjson_obj_get(reading->object, "latching"));
        ret->drill = yyjson_get_bool(yyjson_obj_get(reading->object, "drill"));
        ret->shadow = yyjson_get_bool(yyjson_obj_get(reading->object, "shadow"));
        ret->event_time_ms = read_number(reading, "event_time_ms", true);
        ret->received_time_ms = read_number(reading, "received_time_ms", false);
        ret->raised_time_ms = read_number(reading, "raised_time_ms", true);
        ret->late_ms = read_number(reading, "late_ms", false);

        int64_t severity = read_number(reading, "severity", true);

        if ((severity < SEVERITY_CRITICAL || severity > SEVERITY_INFO) && !reading->missing)
                reading->missing = "severity";
        ret->severity = (enum severity)severity;

        read_words(reading, "title", ret->title_zh, ret->title_en);
        read_words(reading, "advice", ret->advice_zh, ret->advice_en);
        read_evidence(reading, ret);

        yyjson_val *trace = yyjson_obj_get(reading->object, "trace");

        ret->received_us = json_time_us(trace, "received_us");
        ret->judged_us = json_time_us(trace, "judged_us");
}

int alert_decode(struct alert *ret, const char *json, size_t json_bytes) {
        struct alert alert = {.transition = ALERT_RAISED};
        yyjson_read_err error;
        /* yyjson writes to the text only with YYJSON_READ_INSITU. */
        yyjson_doc *doc = yyjson_read_opts((char *)(uintptr_t)json, json_bytes, 0, NULL, &error);

        if (!doc) {
                if (error.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
                        return err_raise(-ENOMEM);
                return err_raise_why(ALERT_REFUSED, "alert is not JSON: %s at byte %zu", error.msg,
                                     error.pos);
        }

        struct alert_reading reading = {.object = yyjson_doc_get_root(doc)};
        int r = 0;

        if (yyjson_get_int(yyjson_obj_get(reading.object, "v")) != ALERT_VERSION) {
                r = err_raise_why(ALERT_REFUSED, "alert is not of version %d", ALERT_VERSION);
                goto out;
        }
        read_alert(&reading, &alert);
        if (reading.missing) {
                r = err_raise_why(ALERT_REFUSED, "alert: \"%s\" is missing or not what it must be",
                                  reading.missing);
                goto out;
        }
        *ret = alert;
out:
        yyjson_doc_free(doc);
        return err_trace(r);
}
