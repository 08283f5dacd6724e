/* SPDX-License-Identifier: MIT */
#include "cli/explain/rule_table.h"

#include <stdlib.h>
#include <string.h>

#include "cli/language/wire_word.h"
#include "cli/term/text.h"
#include "common/language/language.h"
#include "common/language/say.h"

enum { KEY_CELLS = 18, VALUE_CELLS = 26, WHOSE_CELLS = 18, LINE_BYTES = 2048 };

static const struct language *language_of(const struct explain_rule *explain) {
        return explain->world->options->language;
}

/* Print "  key  value  whose  file:line:col" without a line end, so that the caller can add to it. A long value
 * gets a line of its own. */
static void print_row(FILE *out, const char *key, const char *value, const char *whose,
                      const struct lang_origin *origin) {
        bool fits = text_cells(value) <= VALUE_CELLS;
        char line[LINE_BYTES] = "  ";

        text_column(line, sizeof(line), key, KEY_CELLS, true);
        if (!fits)
                fprintf(out, "%s %s\n", line, value);
        if (!fits)
                snprintf(line, sizeof(line), "%*s", KEY_CELLS + 3, "");
        strncat(line, " ", sizeof(line) - strlen(line) - 1);
        text_column(line, sizeof(line), fits ? value : "", VALUE_CELLS, true);
        strncat(line, " ", sizeof(line) - strlen(line) - 1);
        text_column(line, sizeof(line), whose, WHOSE_CELLS, true);
        fprintf(out, "%s %s:%d:%d", line, origin->file, origin->line, origin->column);
}

static void print_head(const struct explain_rule *explain, FILE *out) {
        const struct rule *rule = explain->rule;
        char time[EXPLAIN_TIME_BYTES];

        fprintf(out, "%s  %s  %s:%d:%d\n", rule->id,
                language_reads_chinese(language_of(explain)) ? rule->title_zh : rule->title_en,
                explain->source->here.file, explain->source->here.line,
                explain->source->here.column);
        explain_time(explain->zone, explain->world->options->now_ms, time);
        if (!explain->elder) {
                fprintf(out,
                        say(language_of(explain),
                            "for no particular elder, %s; --elder ID shows what applies to one\n"),
                        time);
                return;
        }
        fprintf(out, say(language_of(explain), "for elder %s"), explain->elder->id);
        for (uint8_t i = 0; i < explain->profile.district_count; i++)
                fprintf(out, "%s%s", i ? " < " : say(language_of(explain), ", district "),
                        explain->profile.districts[i]);
        fprintf(out, say(language_of(explain), ", %s\n"), time);
}

static void print_selectors(const struct explain_rule *explain, FILE *out) {
        if (!explain->elder)
                return;
        if (explain->applies)
                fprintf(out, "\n%s\n",
                        say(language_of(explain), "Applies: yes, this rule watches this elder"));
        else
                fprintf(out, "\n%s\n",
                        say(language_of(explain),
                            "Applies: no, because of the selectors marked ✗"));
        for (size_t i = 0; i < explain->selector_count; i++) {
                const struct explain_selector *selector = &explain->selectors[i];
                const char *key = strchr(selector->origin->key, '.');

                fputs(selector->passes ? "✓" : "✗", out);
                print_row(out, key ? key + 1 : selector->origin->key, selector->origin->text,
                          say(language_of(explain), "rule"), selector->origin);
                fprintf(out, say(language_of(explain), "  elder: %s\n"),
                        selector->has[0] ? selector->has : "—");
        }
}

static void print_reason(const struct explain_rule *explain, const struct lang_source *layer,
                         FILE *out) {
        fprintf(out, say(language_of(explain), "    because: %s; until %s (%s:%d)\n"),
                layer->reason.text ? layer->reason.text : "—",
                layer->until.text ? layer->until.text : "—", layer->here.file, layer->here.line);
}

static void print_settings(const struct explain_rule *explain, FILE *out) {
        char whose[64];

        fprintf(out, "\n%s\n",
                say(language_of(explain), "Values in force, and where they come from"));
        for (size_t i = 0; i < explain->setting_count; i++) {
                const struct explain_setting *setting = &explain->settings[i];

                fputs(setting->layer ? "*" : " ", out);
                print_row(out, setting->origin->key, setting->origin->text,
                          explain_whose(setting->layer, language_of(explain), whose),
                          setting->origin);
                if (setting->former)
                        fprintf(out, say(language_of(explain), "  instead of %s (%s:%d)"),
                                setting->former->text, setting->former->file,
                                setting->former->line);
                fputc('\n', out);
        }
        for (size_t i = 0; i < explain->layer_count; i++) {
                fprintf(out, "* %s\n",
                        explain_whose(explain->layers[i], language_of(explain), whose));
                print_reason(explain, explain->layers[i], out);
        }
        if (explain->contradictory)
                fprintf(out, "  %s\n",
                        say(language_of(explain),
                            "the layers contradict each other: only the one nearest to the elder "
                            "holds"));
        for (size_t i = 0; i < explain->ended_count; i++) {
                fprintf(out, say(language_of(explain), "  has ended: %s\n"),
                        explain_whose(explain->ended[i], language_of(explain), whose));
                print_reason(explain, explain->ended[i], out);
        }
}

static void print_slots(const struct explain_rule *explain, const char *what,
                        const struct day_slot *slots, uint8_t count, FILE *out) {
        int now = explain_slot_now(explain, slots, count);

        if (count == 0)
                return;
        fprintf(out, "\n%s\n", what);
        for (uint8_t i = 0; i < count; i++) {
                char age[32] = "";

                if (slots[i].longer_than_ms)
                        text_age(age, sizeof(age), slots[i].longer_than_ms, language_of(explain));
                fprintf(out, "  %02d:%02d–%02d:%02d  %s%s\n", slots[i].from_minute / 60,
                        slots[i].from_minute % 60, slots[i].to_minute / 60, slots[i].to_minute % 60,
                        age, (int)i == now ? say(language_of(explain), "  <- now") : "");
        }
        if (now < 0)
                fprintf(out, "  %s\n", say(language_of(explain), "now is in none of them"));
}

static void print_pages(const struct explain_rule *explain, FILE *out) {
        const struct rule *rule = explain->rule;

        fputc('\n', out);
        if (rule->shadow)
                fprintf(out, "%s\n",
                        say(language_of(explain),
                            "Shadow: it is judged and counted, and pages nobody"));
        if (!rule->ladder[0]) {
                fprintf(out, "%s\n",
                        say(language_of(explain), "Pages nobody: shown on the feed only"));
                return;
        }
        fprintf(out, say(language_of(explain), "Ladder %s"), rule->ladder);
        if (!explain->ladder) {
                fprintf(out, "%s\n",
                        say(language_of(explain),
                            " (no escalation.yaml here; name it with --ladders)"));
                return;
        }
        fprintf(out, say(language_of(explain), ", %zu steps; the first"),
                explain->ladder->step_count);
        if (explain->elder)
                fputs(say(language_of(explain), " would page now:"), out);
        for (size_t i = 0; i < explain->first_count; i++)
                fprintf(out, "%s %s %s", i ? "," : "",
                        wire_word_role(language_of(explain), explain->first[i].role),
                        explain->first[i].id);
        if (explain->elder && explain->first_count == 0)
                fputs(say(language_of(explain), " nobody (the next step follows)"), out);
        fprintf(out, say(language_of(explain), "; to answer within %lld s\n"),
                (long long)explain->ladder->steps[0].answer_within_ms / 1000);
}

void explain_rule_table(const struct explain_rule *explain, FILE *out) {
        const struct rule_condition *condition = &explain->condition;

        print_head(explain, out);
        print_selectors(explain, out);
        print_settings(explain, out);
        if (condition->type == CONDITION_QUIET)
                print_slots(explain,
                            say(language_of(explain), "Times of day and their limits (local time)"),
                            condition->quiet.slots, condition->quiet.slot_count, out);
        print_slots(explain, say(language_of(explain), "Only at these times"), condition->during,
                    condition->during_count, out);
        print_pages(explain, out);
}
