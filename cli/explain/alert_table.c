/* SPDX-License-Identifier: MIT */
#include "cli/explain/alert_table.h"

#include <math.h>
#include <string.h>

#include "cli/language/say.h"
#include "cli/term/text.h"

enum { TEXT_BYTES = 256, WORD_CELLS = 14 };

static bool is_english(const struct explain_alert *explain) {
        return explain->world->options->english;
}

static const char *words(const struct explain_alert *explain, const char *zh, const char *en) {
        return say(is_english(explain), zh, en);
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
                words(explain, alert->title_zh, alert->title_en), alert->alert_id);
        fprintf(out, words(explain, "规则 %s，级别 %s%s%s\n", "rule %s, severity %s%s%s\n"),
                alert->rule_id, text_severity_word(alert->severity, is_english(explain)),
                alert->shadow ? words(explain, "，影子规则", ", a shadow rule") : "",
                alert->drill ? words(explain, "，演练", ", a drill") : "");
        fprintf(out, words(explain, "老人 %s", "elder %s"), alert->elder_id);
        if (alert->device_id[0])
                fprintf(out, words(explain, "，设备 %s", ", device %s"), alert->device_id);
        fprintf(out, words(explain, "，起因事件 %s\n", ", caused by event %s\n"),
                alert->event_id[0] ? alert->event_id : "—");
        print_time(explain, words(explain, "设备时间", "event time"), alert->event_time_ms, out);
        print_time(explain, words(explain, "收到时间", "received"), alert->received_time_ms, out);
        print_time(explain, words(explain, "判断时间", "judged"), alert->raised_time_ms, out);
        if (alert->late_ms > 0)
                fprintf(out, words(explain, "  迟到 %lld 秒\n", "  late by %lld s\n"),
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
        fprintf(out, "  %s\n", words(explain, "读数（旧的在前）", "samples, oldest first"));
        for (uint8_t i = 0; i < alert->history_count; i++)
                fprintf(out, "    %s  %s\n",
                        explain_time(explain->zone, alert->history[i].time_ms, time),
                        number(alert->history[i].value, value));
}

static void print_evidence(const struct explain_alert *explain, FILE *out) {
        const struct alert *alert = &explain->transitions[0];
        char value[32], limit[32];

        fprintf(out, "\n%s\n", words(explain, "依据", "What led to it"));
        fprintf(out,
                words(explain, "  信号 %s，值 %s，当时的界限 %s（%s）\n",
                      "  signal %s, value %s, limit then in force %s (%s)\n"),
                alert->signal[0] ? alert->signal : "—", number(alert->value, value),
                number(alert->limit, limit),
                isnan(alert->limit) ? words(explain, "没有界限", "none")
                : alert->overridden ? words(explain, "这位老人自己的或其片区的",
                                            "the elder's own or the district's")
                                    : words(explain, "规则的", "the rule's"));
        print_time(explain, words(explain, "从", "since"), alert->since_ms, out);
        if (alert->duration_ms || alert->needed_ms)
                fprintf(out,
                        words(explain, "  持续 %lld 秒，要求 %lld 秒\n",
                              "  it lasted %lld s, %lld s were asked for\n"),
                        (long long)alert->duration_ms / 1000, (long long)alert->needed_ms / 1000);
        if (alert->samples || alert->needed_samples)
                fprintf(out,
                        words(explain, "  %u 个读数符合，要求 %u 个\n",
                              "  %u samples agreed, %u were asked for\n"),
                        alert->samples, alert->needed_samples);
        fprintf(out, words(explain, "  把握 %u%%\n", "  confidence %u %%\n"),
                alert->confidence_pct);
        print_samples(explain, alert, out);
        fprintf(out, words(explain, "  规则集 %s：%s\n", "  rule set %s: %s\n"), alert->rule_set,
                !explain->loaded[0] ? words(explain, "不知道现在是哪一版",
                                            "which one there is now is not known")
                : explain_same_rules(explain)
                        ? words(explain, "就是现在的这一版", "the one there is now")
                        : words(explain, "现在已是另一版", "there is another one now"));
}

static void print_transitions(const struct explain_alert *explain, FILE *out) {
        char time[EXPLAIN_TIME_BYTES], value[32];

        fprintf(out, "\n%s\n", words(explain, "变化", "Transitions"));
        for (size_t i = 0; i < explain->transition_count; i++) {
                const struct alert *alert = &explain->transitions[i];
                char line[TEXT_BYTES] = "";

                text_column(line, sizeof(line),
                            say_transition(is_english(explain), alert->transition), WORD_CELLS,
                            true);
                fprintf(out, words(explain, "  %s  %s %s，值 %s\n", "  %s  %s %s, value %s\n"),
                        explain_time(explain->zone, alert->raised_time_ms, time), line,
                        text_severity_word(alert->severity, is_english(explain)),
                        number(alert->value, value));
        }
}

static void print_ledger(const struct explain_alert *explain, FILE *out) {
        char time[EXPLAIN_TIME_BYTES];

        if (!explain->ledger_read)
                return;
        fprintf(out, "\n%s\n",
                words(explain, "呼叫与答复（台账）", "Pages and answers (the ledger)"));
        for (size_t i = 0; i < explain->ledger_count; i++) {
                const struct explain_ledger *entry = &explain->ledger[i];
                char line[TEXT_BYTES] = "";

                text_column(line, sizeof(line), say_ledger(is_english(explain), entry->type),
                            WORD_CELLS, true);
                fprintf(out, "  %s  %s", explain_time(explain->zone, entry->time_ms, time), line);
                if (entry->recipient[0])
                        fprintf(out,
                                words(explain, " %s %s，第 %d 步第 %d 次",
                                      " %s %s, step %d, attempt %d"),
                                entry->role, entry->recipient, entry->step + 1, entry->attempt);
                if (entry->reason[0])
                        fprintf(out, " (%s)", entry->reason);
                if (entry->by[0] && strcmp(entry->by, entry->recipient) != 0)
                        fprintf(out, " %s %s", words(explain, "由", "by"), entry->by);
                fputc('\n', out);
        }
        if (explain->ledger_count == 0)
                fprintf(out, "  %s\n", words(explain, "台账里没有", "nothing"));
}

void explain_alert_table(const struct explain_alert *explain, FILE *out) {
        print_head(explain, out);
        print_evidence(explain, out);
        print_transitions(explain, out);
        print_ledger(explain, out);
}
