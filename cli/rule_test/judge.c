/* SPDX-License-Identifier: MIT */
#include "cli/rule_test/judge.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/language/wire_word.h"
#include "cli/rule_test/timeline/local_time.h"
#include "cli/term/text.h"
#include "common/language/say.h"

enum { NAMES_MAX = 32, LIST_BYTES = 1024, SHOWN_MAX = 2 };

struct names {
        const char *name[NAMES_MAX];
        size_t count;
};

static bool names_have(const struct names *names, const char *name) {
        for (size_t i = 0; i < names->count; i++) {
                if (strcmp(names->name[i], name) == 0)
                        return true;
        }
        return false;
}

static void names_add(struct names *names, const char *name) {
        if (!names_have(names, name) && names->count < NAMES_MAX)
                names->name[names->count++] = name;
}

static const char *names_text(const struct names *names, char *ret) {
        size_t used = (size_t)snprintf(ret, LIST_BYTES, "[");

        for (size_t i = 0; i < names->count && used < LIST_BYTES - 80; i++)
                used += (size_t)snprintf(ret + used, LIST_BYTES - used, "%s%s", i ? ", " : " ",
                                         names->name[i]);
        snprintf(ret + used, LIST_BYTES - used, names->count ? " ]" : "]");
        return ret;
}

static struct names names_expected(const struct rule_test_expect *expect) {
        struct names names = {.count = 0};

        for (size_t i = 0; i < expect->name_count; i++)
                names_add(&names, expect->names[i]);
        return names;
}

static bool names_equal(const struct names *a, const struct names *b) {
        for (size_t i = 0; i < a->count; i++) {
                if (!names_have(b, a->name[i]))
                        return false;
        }
        return a->count == b->count;
}

/* --- which entries ------------------------------------------------------------------------------ */

static bool is_in_window(const struct rule_test_expect *expect,
                         const struct timeline_entry *entry) {
        return (entry->time_ms >= expect->from_ms && entry->time_ms <= expect->to_ms) ||
               (entry->last_ms >= expect->from_ms && entry->last_ms <= expect->to_ms);
}

static bool is_about(const struct rule_test_expect *expect, const struct alert *alert) {
        return strcmp(alert->elder_id, expect->elder) == 0 &&
               (!expect->rule[0] || strcmp(alert->rule_id, expect->rule) == 0);
}

/* Whether @entry is a ledger entry of that type. */
static bool is_word(const struct timeline_entry *entry, const char *type) {
        return entry->type == TIMELINE_LEDGER && strcmp(entry->word.type, type) == 0;
}

/* The recipient; "desk" for any desk, so that tests need not know the district's. */
static const char *name_of(const struct rehearsal_entry *word) {
        return strcmp(word->role, "desk") == 0 ? "desk" : word->recipient;
}

static bool is_who(const char *expected, const char *id, bool is_desk) {
        return !expected[0] || strcmp(expected, id) == 0 ||
               (is_desk && strcmp(expected, "desk") == 0);
}

/* Whether a recipient is asked, not counting a resend after a missing receipt. */
static bool is_asked(const struct rule_test_expect *expect, const struct timeline_entry *entry) {
        return is_word(entry, "planned") && strcmp(entry->word.reason, "not_received") != 0 &&
               is_in_window(expect, entry) && is_about(expect, entry->alert) &&
               (!expect->step || expect->step == entry->rung);
}

/* The number of entries it stands for: itself and the repeats folded into it. */
static int times_of(const struct timeline_entry *entry) {
        return entry->last_ms == entry->time_ms ? 1 : entry->times - (TIMELINE_TIMES - 1);
}

/* --- what went wrong, in words ------------------------------------------------------------------ */

static const char *window_text(const struct rule_test_case *test,
                               const struct rule_test_expect *expect, char *ret, size_t ret_bytes) {
        char from[LOCAL_TIME_BYTES], to[LOCAL_TIME_BYTES];
        const struct zone *zone = test->file->zone;

        if (expect->is_moment)
                snprintf(ret, ret_bytes, say(test->language, " at %s"),
                         local_time_text(expect->from_ms, zone, from));
        else if (expect->from_ms == INT64_MIN && expect->to_ms == INT64_MAX)
                ret[0] = '\0';
        else
                snprintf(ret, ret_bytes, say(test->language, " from %s to %s"),
                         expect->from_ms == INT64_MIN
                                 ? say(test->language, "the start")
                                 : local_time_text(expect->from_ms, zone, from),
                         expect->to_ms == INT64_MAX ? say(test->language, "the end")
                                                    : local_time_text(expect->to_ms, zone, to));
        return ret;
}

static void lists_differ(struct rule_test_case *test, const struct rule_test_expect *expect,
                         const char *what, const struct names *expected,
                         const struct names *found) {
        char expected_text[LIST_BYTES], found_text[LIST_BYTES], window[160];

        rule_test_fail(test, "T020", expect->node, NULL, "expected %s %s%s; found: %s", what,
                       names_text(expected, expected_text),
                       window_text(test, expect, window, sizeof(window)),
                       names_text(found, found_text));
}

/* List the rule's actual alerts, in time order. */
static void instead_text(const struct rule_test_case *test, const struct rule_test_expect *expect,
                         char *ret, size_t ret_bytes) {
        size_t used = 0, shown = 0;

        ret[0] = '\0';
        for (size_t i = 0; i < test->timeline->count && shown < SHOWN_MAX; i++) {
                const struct timeline_entry *entry = &test->timeline->entries[i];
                char time[LOCAL_TIME_BYTES], text[256];

                if (entry->type != TIMELINE_FOUND || !is_about(expect, entry->alert) ||
                    used + 320 > ret_bytes)
                        continue;
                timeline_entry_text(entry, test->language, text, sizeof(text));
                used += (size_t)snprintf(ret + used, ret_bytes - used,
                                         say(test->language, "%s%s at %s"), shown ? "; " : "", text,
                                         local_time_text(entry->time_ms, test->file->zone, time));
                shown++;
        }
        if (!shown)
                snprintf(ret, ret_bytes, "%s", say(test->language, "nothing of this rule"));
}

/* Append to a text. */
static void detail_add(char *ret, size_t ret_bytes, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

static void detail_add(char *ret, size_t ret_bytes, const char *format, ...) {
        size_t used = strlen(ret);
        va_list args;

        va_start(args, format);
        vsnprintf(ret + used, ret_bytes - used, format, args);
        va_end(args);
}

static void details_text(const struct rule_test_expect *expect, const struct language *language,
                         char *ret, size_t ret_bytes) {
        ret[0] = '\0';
        if (expect->late)
                detail_add(ret, ret_bytes, "%s", say(language, ", late"));
        if (expect->late_at_least_ms)
                detail_add(ret, ret_bytes, say(language, " by at least %lld min"),
                           (long long)expect->late_at_least_ms / 60000);
        if (!isnan(expect->value))
                detail_add(ret, ret_bytes, say(language, ", value %g"), expect->value);
        if (!isnan(expect->limit))
                detail_add(ret, ret_bytes, say(language, ", limit %g"), expect->limit);
        if (expect->severity)
                detail_add(ret, ret_bytes, say(language, ", %s"),
                           text_severity_word(expect->severity, language));
        if (expect->overridden >= 0)
                detail_add(ret, ret_bytes, "%s",
                           expect->overridden ? say(language, ", own values")
                                              : say(language, ", the rule's values"));
        if (expect->drill >= 0)
                detail_add(ret, ret_bytes, "%s",
                           expect->drill ? say(language, ", a drill")
                                         : say(language, ", no drill"));
        if (expect->device[0])
                detail_add(ret, ret_bytes, say(language, ", device %s"), expect->device);
}

/* --- one expectation ---------------------------------------------------------------------------- */

/* Whether @entry ends the alert that @raised began. A latching alert stays open when its condition clears. If
 * alerting closes an alert itself (of a shadow rule), it has ended for people but not for the rules. */
static bool is_end(const struct alert *raised, const struct timeline_entry *entry) {
        if (entry->type == TIMELINE_FOUND)
                return strcmp(entry->alert->alert_id, raised->alert_id) == 0 &&
                       (entry->alert->transition == ALERT_CANCELLED ||
                        (entry->alert->transition == ALERT_CLEARED && !raised->latching));
        return is_word(entry, "closed") && strcmp(entry->word.by, "alerting") != 0 &&
               strcmp(entry->alert->rule_id, raised->rule_id) == 0 &&
               strcmp(entry->alert->elder_id, raised->elder_id) == 0;
}

static bool is_open(const struct timeline *timeline, size_t raised, int64_t to_ms) {
        const struct timeline_entry *entries = timeline->entries;

        for (size_t i = raised + 1; i < timeline->count && entries[i].time_ms <= to_ms; i++) {
                if (is_end(entries[raised].alert, &entries[i]))
                        return false;
        }
        return true;
}

/* Compare the rules that have an open alert at the end of the window. */
static void judge_open(struct rule_test_case *test, const struct rule_test_expect *expect) {
        const struct timeline *timeline = test->timeline;
        struct names open = {.count = 0}, expected = names_expected(expect);

        for (size_t i = 0; i < timeline->count; i++) {
                const struct timeline_entry *entry = &timeline->entries[i];

                if (entry->type == TIMELINE_FOUND && entry->alert->transition == ALERT_RAISED &&
                    entry->time_ms <= expect->to_ms && is_about(expect, entry->alert) &&
                    is_open(timeline, i, expect->to_ms))
                        names_add(&open, entry->alert->rule_id);
        }
        if (!names_equal(&open, &expected))
                lists_differ(test, expect, say(test->language, "open"), &expected, &open);
}

static bool is_found(const struct rule_test_expect *expect, const struct timeline_entry *entry) {
        const struct alert *alert = entry->alert;

        return entry->type == TIMELINE_FOUND && is_in_window(expect, entry) &&
               is_about(expect, alert) && alert->transition == expect->transition &&
               (!expect->late || alert->late_ms > 0) &&
               alert->late_ms >= expect->late_at_least_ms &&
               (isnan(expect->value) || alert->value == expect->value) &&
               (isnan(expect->limit) || alert->limit == expect->limit) &&
               (!expect->severity || alert->severity == expect->severity) &&
               (expect->overridden < 0 || alert->overridden == (expect->overridden != 0)) &&
               (expect->drill < 0 || alert->drill == (expect->drill != 0)) &&
               (!expect->device[0] || strcmp(alert->device_id, expect->device) == 0);
}

static void judge_found(struct rule_test_case *test, const struct rule_test_expect *expect) {
        char window[160], details[256], instead[1200], times[32] = "";
        int count = 0;

        for (size_t i = 0; i < test->timeline->count; i++)
                count += is_found(expect, &test->timeline->entries[i]);
        if (expect->count < 0 ? count > 0 : count == expect->count)
                return;
        if (expect->count >= 0)
                snprintf(times, sizeof(times), say(test->language, " %d times"), expect->count);
        details_text(expect, test->language, details, sizeof(details));
        instead_text(test, expect, instead, sizeof(instead));
        rule_test_fail(test, "T020", expect->node, NULL, "expected %s %s%s%s%s; found: %s",
                       expect->rule, wire_word_transition(test->language, expect->transition),
                       times, window_text(test, expect, window, sizeof(window)), details, instead);
}

static bool is_listed(const struct rule_test_expect *expect, const char *rule) {
        for (size_t i = 0; i < expect->name_count; i++) {
                if (strcmp(expect->names[i], rule) == 0)
                        return true;
        }
        return expect->any;
}

static void judge_none(struct rule_test_case *test, const struct rule_test_expect *expect,
                       struct coverage *coverage) {
        for (size_t i = 0; i < test->timeline->count; i++) {
                const struct timeline_entry *entry = &test->timeline->entries[i];
                char time[LOCAL_TIME_BYTES], text[256], window[160];

                if (entry->type != TIMELINE_FOUND || entry->alert->transition != ALERT_RAISED ||
                    !is_in_window(expect, entry) || !is_about(expect, entry->alert) ||
                    !is_listed(expect, entry->alert->rule_id))
                        continue;
                timeline_entry_text(entry, test->language, text, sizeof(text));
                rule_test_fail(test, "T020", expect->node, NULL,
                               "expected no alert%s; found: %s at %s",
                               window_text(test, expect, window, sizeof(window)), text,
                               local_time_text(entry->time_ms, test->file->zone, time));
                return;
        }
        coverage_held(coverage, test, expect);
}

static void judge_paged(struct rule_test_case *test, const struct rule_test_expect *expect) {
        struct names paged = {.count = 0}, expected = names_expected(expect);
        char what[96];

        for (size_t i = 0; i < test->timeline->count; i++) {
                const struct timeline_entry *entry = &test->timeline->entries[i];

                if (!is_asked(expect, entry))
                        continue;
                if (names_have(&expected, entry->word.recipient))
                        names_add(&paged, entry->word.recipient);
                else
                        names_add(&paged, name_of(&entry->word));
        }
        if (names_equal(&paged, &expected))
                return;
        snprintf(what, sizeof(what), say(test->language, "%s%spages to"), expect->rule,
                 expect->rule[0] ? " " : "");
        lists_differ(test, expect, what, &expected, &paged);
}

static void judge_pages(struct rule_test_case *test, const struct rule_test_expect *expect) {
        char window[160];
        int count = 0;

        for (size_t i = 0; i < test->timeline->count; i++) {
                const struct timeline_entry *entry = &test->timeline->entries[i];

                if (is_asked(expect, entry))
                        count += times_of(entry);
        }
        if (count == expect->count)
                return;
        window_text(test, expect, window, sizeof(window));
        if (expect->rule[0])
                rule_test_fail(test, "T020", expect->node, NULL,
                               "expected %d pages of %s%s; found %d", expect->count, expect->rule,
                               window, count);
        else
                rule_test_fail(test, "T020", expect->node, NULL, "expected %d pages%s; found %d",
                               expect->count, window, count);
}

static void judge_response(struct rule_test_case *test, const struct rule_test_expect *expect) {
        const char *holder = say(test->language, ", holder ");
        const struct timeline_entry *last = NULL;
        bool is_desk = false;
        char window[160];

        for (size_t i = 0; i < test->timeline->count; i++) {
                const struct timeline_entry *entry = &test->timeline->entries[i];

                if (entry->type != TIMELINE_LEDGER || entry->time_ms > expect->to_ms ||
                    !is_about(expect, entry->alert))
                        continue;
                last = entry;
                is_desk |= strcmp(entry->word.role, "desk") == 0 &&
                           strcmp(entry->word.recipient, entry->word.holder) == 0;
        }
        if (last && strcmp(last->word.state, expect->state) == 0 &&
            is_who(expect->who, last->word.holder, is_desk))
                return;
        rule_test_fail(test, "T020", expect->node, NULL,
                       "expected response %s%s%s%s; found: %s%s%s",
                       wire_word_state(test->language, expect->state), expect->who[0] ? holder : "",
                       expect->who, window_text(test, expect, window, sizeof(window)),
                       last ? wire_word_state(test->language, last->word.state)
                            : say(test->language, "none: no such alert"),
                       last && last->word.holder[0] ? holder : "", last ? last->word.holder : "");
}

static void judge_ledger(struct rule_test_case *test, const struct rule_test_expect *expect) {
        char window[160];
        int count = 0;

        for (size_t i = 0; i < test->timeline->count; i++) {
                const struct timeline_entry *entry = &test->timeline->entries[i];

                if (is_word(entry, expect->ledger) && is_in_window(expect, entry) &&
                    is_about(expect, entry->alert) &&
                    (!expect->step || expect->step == entry->rung) &&
                    is_who(expect->who, entry->word.recipient,
                           strcmp(entry->word.role, "desk") == 0) &&
                    (!expect->reason[0] || strcmp(expect->reason, entry->word.reason) == 0))
                        count += times_of(entry);
        }
        if (expect->count < 0 ? count == 0 : count != expect->count)
                rule_test_fail(test, "T020", expect->node, NULL,
                               "expected %s%s%s%s%s in the ledger%s; found %d times",
                               expect->ledger, expect->who[0] ? say(test->language, " of ") : "",
                               expect->who, expect->reason[0] ? ", " : "", expect->reason,
                               window_text(test, expect, window, sizeof(window)), count);
}

static void judge(struct rule_test_case *test, const struct rule_test_expect *expect,
                  struct coverage *coverage) {
        switch (expect->type) {
        case RULE_TEST_EXPECT_OPEN:
                judge_open(test, expect);
                break;
        case RULE_TEST_EXPECT_FOUND:
                judge_found(test, expect);
                break;
        case RULE_TEST_EXPECT_NONE:
                judge_none(test, expect, coverage);
                break;
        case RULE_TEST_EXPECT_PAGED:
                judge_paged(test, expect);
                break;
        case RULE_TEST_EXPECT_PAGES:
                judge_pages(test, expect);
                break;
        case RULE_TEST_EXPECT_RESPONSE:
                judge_response(test, expect);
                break;
        case RULE_TEST_EXPECT_LEDGER:
                judge_ledger(test, expect);
                break;
        }
}

void rule_test_judge(struct rule_test_case *test, struct coverage *coverage) {
        for (size_t i = 0; i < test->expect_count; i++)
                judge(test, &test->expects[i], coverage);
}
