/* SPDX-License-Identifier: MIT */
#include "cli/rule_test/timeline/timeline.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/language/wire_word.h"
#include "cli/rule_test/timeline/local_time.h"
#include "cli/term/text.h"
#include "common/base/err.h"
#include "common/language/say.h"

enum {
        FIRST_ROOM = 32,
        LOOKED_BACK = 12, /* entries searched for the same ledger entry */
};

int timeline_new(struct timeline **ret) {
        struct timeline *timeline = calloc(1, sizeof(*timeline));

        if (!timeline)
                return err_raise(-ENOMEM);
        *ret = timeline;
        return 0;
}

struct timeline *timeline_free(struct timeline *timeline) {
        if (!timeline)
                return NULL;
        for (size_t i = 0; i < timeline->alert_count; i++)
                free(timeline->alerts[i]);
        free(timeline->alerts);
        free(timeline->entries);
        free(timeline);
        return NULL;
}

/* --- writing ------------------------------------------------------------------------------------ */

static int entry_add(struct timeline *timeline, const struct timeline_entry *entry) {
        if (timeline->count == timeline->room) {
                size_t room = timeline->room ? 2 * timeline->room : FIRST_ROOM;
                void *entries = realloc(timeline->entries, room * sizeof(*timeline->entries));

                if (!entries)
                        return err_raise(-ENOMEM);
                timeline->entries = entries;
                timeline->room = room;
        }
        timeline->entries[timeline->count++] = *entry;
        return 0;
}

int timeline_found(struct timeline *timeline, const struct alert *alert) {
        struct alert *copy;

        if (timeline->alert_count == timeline->alert_room) {
                size_t room = timeline->alert_room ? 2 * timeline->alert_room : FIRST_ROOM;
                void *alerts = realloc(timeline->alerts, room * sizeof(*timeline->alerts));

                if (!alerts)
                        return err_raise(-ENOMEM);
                timeline->alerts = alerts;
                timeline->alert_room = room;
        }
        copy = malloc(sizeof(*copy));
        if (!copy)
                return err_raise(-ENOMEM);
        *copy = *alert;
        timeline->alerts[timeline->alert_count++] = copy;
        return entry_add(timeline, &(struct timeline_entry){.type = TIMELINE_FOUND,
                                                            .time_ms = alert->raised_time_ms,
                                                            .last_ms = alert->raised_time_ms,
                                                            .times = 1,
                                                            .alert = copy});
}

int timeline_note(struct timeline *timeline, int64_t time_ms, const char *note) {
        return entry_add(timeline, &(struct timeline_entry){.type = TIMELINE_NOTE,
                                                            .time_ms = time_ms,
                                                            .last_ms = time_ms,
                                                            .times = 1,
                                                            .note = note});
}

/* The timeline's copy of the alert, because alerting's own is freed at the end of the run. */
static const struct alert *alert_of(const struct timeline *timeline, const char *alert_id) {
        for (size_t i = timeline->alert_count; i-- > 0;) {
                if (strcmp(timeline->alerts[i]->alert_id, alert_id) == 0)
                        return timeline->alerts[i];
        }
        return NULL;
}

static bool same_word(const struct timeline_entry *a, const struct timeline_entry *b) {
        return a->type == TIMELINE_LEDGER && strcmp(a->alert->alert_id, b->alert->alert_id) == 0 &&
               strcmp(a->word.type, b->word.type) == 0 && a->word.step == b->word.step &&
               strcmp(a->word.recipient, b->word.recipient) == 0 &&
               strcmp(a->word.reason, b->word.reason) == 0;
}

/* The ladder step of a ledger entry. Entries state the step of the alert; the ladder step is known from the first
 * page of that step. */
static int rung_of(const struct timeline *timeline, const char *alert_id,
                   const struct rehearsal_entry *word) {
        if (word->rung)
                return word->rung;
        for (size_t i = timeline->count; i-- > 0;) {
                const struct timeline_entry *entry = &timeline->entries[i];

                if (entry->type == TIMELINE_LEDGER && entry->word.step == word->step &&
                    entry->word.recipient[0] && strcmp(entry->alert->alert_id, alert_id) == 0)
                        return entry->rung;
        }
        return (int)word->step + 1;
}

static int word_add(struct timeline *timeline, struct timeline_entry *entry) {
        size_t most = timeline->count < LOOKED_BACK ? timeline->count : LOOKED_BACK;

        for (size_t i = 1; i <= most; i++) {
                struct timeline_entry *before = &timeline->entries[timeline->count - i];

                if (!same_word(before, entry))
                        continue;
                if (before->times < TIMELINE_TIMES) {
                        entry->times = before->times + 1;
                        break;
                }
                before->times++;
                before->last_ms = entry->time_ms;
                return 0;
        }
        return entry_add(timeline, entry);
}

int timeline_ledger(struct timeline *timeline, const char *alert_id,
                    const struct rehearsal_entry *word) {
        struct timeline_entry entry = {
                .type = TIMELINE_LEDGER,
                .time_ms = word->time_ms,
                .last_ms = word->time_ms,
                .times = 1,
                .alert = alert_of(timeline, alert_id),
                .word = *word,
                .rung = rung_of(timeline, alert_id, word),
        };

        return entry.alert ? word_add(timeline, &entry) : 0;
}

/* --- printing ----------------------------------------------------------------------------------- */

static void found_text(const struct alert *alert, const struct language *language, char *ret,
                       size_t ret_bytes) {
        char late[48] = "", value[48] = "", limit[64] = "";

        if (alert->late_ms > 0)
                snprintf(late, sizeof(late), say(language, ", %lld min old"),
                         (long long)alert->late_ms / 60000);
        if (isfinite(alert->value))
                snprintf(value, sizeof(value), say(language, ", value %g"), alert->value);
        if (isfinite(alert->limit))
                snprintf(limit, sizeof(limit), say(language, ", limit %g%s"), alert->limit,
                         alert->overridden ? say(language, " (own)") : "");
        snprintf(ret, ret_bytes, say(language, "%s %s of %s, %s%s%s%s%s%s%s"), alert->rule_id,
                 wire_word_transition(language, alert->transition), alert->elder_id,
                 text_severity_word(alert->severity, language), value, limit, late,
                 alert->device_id[0] ? say(language, ", device ") : "", alert->device_id,
                 alert->drill ? say(language, ", drill") : "");
}

void timeline_entry_text(const struct timeline_entry *entry, const struct language *language,
                         char *ret, size_t ret_bytes) {
        const struct rehearsal_entry *word = &entry->word;

        if (entry->type == TIMELINE_NOTE)
                snprintf(ret, ret_bytes, "%s", say(language, entry->note));
        else if (entry->type == TIMELINE_FOUND)
                found_text(entry->alert, language, ret, ret_bytes);
        else if (word->recipient[0])
                snprintf(ret, ret_bytes, say(language, "%s: %s %s %s, step %d%s%s"),
                         entry->alert->rule_id, wire_word_ledger(language, word->type),
                         wire_word_role(language, word->role), word->recipient, entry->rung,
                         word->reason[0] ? ", " : "", word->reason);
        else
                snprintf(ret, ret_bytes, say(language, "%s: %s%s%s"), entry->alert->rule_id,
                         wire_word_ledger(language, word->type), word->reason[0] ? ", " : "",
                         word->reason);
}

/* Entries that another line implies: what the rules found, and that a planned page was sent and received. */
static bool is_told(const struct timeline_entry *entry) {
        static const char *const told[] = {"raised", "severity_changed", "cleared",  "cancelled",
                                           "sent",   "received",         "delivered"};

        for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
                if (entry->type == TIMELINE_LEDGER && strcmp(entry->word.type, told[i]) == 0)
                        return true;
        }
        return false;
}

static void entry_print(const struct timeline_entry *entry, const struct zone *zone,
                        const struct language *language, const char *indent, FILE *stream) {
        char time[LOCAL_TIME_BYTES], last[LOCAL_TIME_BYTES], text[320];

        timeline_entry_text(entry, language, text, sizeof(text));
        fprintf(stream, "%s%s  %s", indent, local_time_text(entry->time_ms, zone, time), text);
        if (entry->last_ms != entry->time_ms) {
                snprintf(text, sizeof(text), say(language, " (and %d times more until %s)"),
                         entry->times - TIMELINE_TIMES,
                         local_time_text(entry->last_ms, zone, last));
                fputs(text, stream);
        }
        fputc('\n', stream);
}

void timeline_print(const struct timeline *timeline, const struct zone *zone,
                    const struct language *language, size_t most, const char *indent,
                    FILE *stream) {
        size_t shown = 0, left = 0;

        for (size_t i = 0; i < timeline->count; i++) {
                const struct timeline_entry *entry = &timeline->entries[i];

                if (is_told(entry))
                        continue;
                if (shown == most) {
                        left++;
                        continue;
                }
                entry_print(entry, zone, language, indent, stream);
                shown++;
        }
        if (left)
                fprintf(stream, say(language, "%s… %zu more\n"), indent, left);
        else if (!shown)
                fprintf(stream, "%s–\n", indent);
}
