/* SPDX-License-Identifier: MIT */
#include "cli/explain/alert_table.h"

#include <math.h>
#include <string.h>

#include "cli/language/wire_word.h"
#include "cli/term/text.h"
#include "common/language/language.h"
#include "common/language/say.h"

enum { TEXT_BYTES = 256, WORD_CELLS = 14 };

static const struct language *language_of(const struct explain_alert *explain) {
        return explain->world->options->language;
}

static void print_time(const struct explain_alert *explain, const char *what, int64_t time_ms,
                       FILE *out) {
        char time[EXPLAIN_TIME_BYTES], line[TEXT_BYTES] = "  ";

        if (!time_ms)
                return;
        text_column(line, sizeof(line), what, WORD_CELLS, true);
        fprintf(out, "%s %s\n", line, explain_time(explain->zone, time_ms, time));
}

static void print_head(const struct explain_alert *explain, FILE *out) {
        const struct alert *alert = &explain->transitions[0];

        fprintf(out, "%s %s  %s\n", text_severity_mark(alert->severity),
                language_reads_chinese(language_of(explain)) ? alert->title_zh : alert->title_en,
                alert->alert_id);
        fprintf(out, say(language_of(explain), "rule %s, severity %s%s%s\n"), alert->rule_id,
                text_severity_word(alert->severity, language_of(explain)),
                alert->shadow ? say(language_of(explain), ", a shadow rule") : "",
                alert->drill ? say(language_of(explain), ", a drill") : "");
        fprintf(out, say(language_of(explain), "elder %s"), alert->elder_id);
        if (alert->device_id[0])
                fprintf(out, say(language_of(explain), ", device %s"), alert->device_id);
        fprintf(out, say(language_of(explain), ", caused by event %s\n"),
                alert->event_id[0] ? alert->event_id : "—");
        print_time(explain, say(language_of(explain), "event time"), alert->event_time_ms, out);
        print_time(explain, say(language_of(explain), "received"), alert->received_time_ms, out);
        print_time(explain, say(language_of(explain), "judged"), alert->raised_time_ms, out);
        if (alert->late_ms > 0)
                fprintf(out, say(language_of(explain), "  late by %lld s\n"),
                        (long long)alert->late_ms / 1000);
}

static const char *number(double value, char *ret) {
        if (isnan(value))
                snprintf(ret, 32, "—");
        else
                snprintf(ret, 32, "%g", value);
        return ret;
}

static void print_samples(const struct explain_alert *explain, const struct alert *alert,
                          FILE *out) {
        char time[EXPLAIN_TIME_BYTES], value[32];

        if (alert->history_count == 0)
                return;
        fprintf(out, "  %s\n", say(language_of(explain), "samples, oldest first"));
        for (uint8_t i = 0; i < alert->history_count; i++)
                fprintf(out, "    %s  %s\n",
                        explain_time(explain->zone, alert->history[i].time_ms, time),
                        number(alert->history[i].value, value));
}

static void print_evidence(const struct explain_alert *explain, FILE *out) {
        const struct alert *alert = &explain->transitions[0];
        char value[32], limit[32];

        fprintf(out, "\n%s\n", say(language_of(explain), "What led to it"));
        fprintf(out,
                say(language_of(explain), "  signal %s, value %s, limit then in force %s (%s)\n"),
                alert->signal[0] ? alert->signal : "—", number(alert->value, value),
                number(alert->limit, limit),
                isnan(alert->limit) ? say(language_of(explain), "none")
                : alert->overridden ? say(language_of(explain), "the elder's own or the district's")
                                    : say(language_of(explain), "the rule's"));
        print_time(explain, say(language_of(explain), "since"), alert->since_ms, out);
        if (alert->duration_ms || alert->needed_ms)
                fprintf(out, say(language_of(explain), "  lasted %lld s (required: %lld s)\n"),
                        (long long)alert->duration_ms / 1000, (long long)alert->needed_ms / 1000);
        if (alert->samples || alert->needed_samples)
                fprintf(out, say(language_of(explain), "  matching samples: %u (required: %u)\n"),
                        alert->samples, alert->needed_samples);
        fprintf(out, say(language_of(explain), "  confidence %u %%\n"), alert->confidence_pct);
        print_samples(explain, alert, out);
        fprintf(out, say(language_of(explain), "  rule set %s: %s\n"), alert->rule_set,
                !explain->loaded[0]
                        ? say(language_of(explain), "which one there is now is not known")
                : explain_same_rules(explain)
                        ? say(language_of(explain), "the one there is now")
                        : say(language_of(explain), "there is another one now"));
}

static void print_transitions(const struct explain_alert *explain, FILE *out) {
        char time[EXPLAIN_TIME_BYTES], value[32];

        fprintf(out, "\n%s\n", say(language_of(explain), "Transitions"));
        for (size_t i = 0; i < explain->transition_count; i++) {
                const struct alert *alert = &explain->transitions[i];
                char line[TEXT_BYTES] = "";

                text_column(line, sizeof(line),
                            wire_word_transition(language_of(explain), alert->transition),
                            WORD_CELLS, true);
                fprintf(out, say(language_of(explain), "  %s  %s %s, value %s\n"),
                        explain_time(explain->zone, alert->raised_time_ms, time), line,
                        text_severity_word(alert->severity, language_of(explain)),
                        number(alert->value, value));
        }
}

static void print_ledger(const struct explain_alert *explain, FILE *out) {
        char time[EXPLAIN_TIME_BYTES];

        if (!explain->ledger_read)
                return;
        fprintf(out, "\n%s\n", say(language_of(explain), "Pages and answers (the ledger)"));
        for (size_t i = 0; i < explain->ledger_count; i++) {
                const struct explain_ledger *entry = &explain->ledger[i];
                char line[TEXT_BYTES] = "";

                text_column(line, sizeof(line), wire_word_ledger(language_of(explain), entry->type),
                            WORD_CELLS, true);
                fprintf(out, "  %s  %s", explain_time(explain->zone, entry->time_ms, time), line);
                if (entry->recipient[0])
                        fprintf(out, say(language_of(explain), " %s %s, step %d, attempt %d"),
                                entry->role, entry->recipient, entry->step + 1, entry->attempt);
                if (entry->reason[0])
                        fprintf(out, " (%s)", entry->reason);
                if (entry->by[0] && strcmp(entry->by, entry->recipient) != 0)
                        fprintf(out, " %s %s", say(language_of(explain), "by"), entry->by);
                fputc('\n', out);
        }
        if (explain->ledger_count == 0)
                fprintf(out, "  %s\n", say(language_of(explain), "nothing"));
}

void explain_alert_table(const struct explain_alert *explain, FILE *out) {
        print_head(explain, out);
        print_evidence(explain, out);
        print_transitions(explain, out);
        print_ledger(explain, out);
}
