/* SPDX-License-Identifier: MIT
 *
 * The result as text: first what has changed, then where, then what it means for the desk.
 */
#include "cli/backtest/print/print_table.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/backtest/print/wording.h"
#include "cli/term/table.h"
#include "cli/term/text.h"
#include "common/language/say.h"

enum { NAME_CELLS = 30, NUMBER_CELLS = 9, COLUMNS_MAX = 6, CELL_BYTES = 256 };

struct page {
        const struct backtest *backtest;
        FILE *stream;
        struct term_table *table; /* set between heading() and */
        int failed;               /* -ENOMEM */
};

static const char *pick(const struct page *page, const char *english)
        __attribute__((format_arg(2)));

static const char *pick(const struct page *page, const char *english) {
        return wording_pick(page->backtest, english);
}

/* Start a table: a name, right-aligned numbers, and a last column for a note. */
static void heading(struct page *page, const char *name, const char *const *columns, size_t count) {
        struct term_table_column all[COLUMNS_MAX + 2] = {{name, NAME_CELLS, false}};

        for (size_t i = 0; i < count; i++)
                all[i + 1] = (struct term_table_column){pick(page, columns[i]), NUMBER_CELLS, true};
        all[count + 1] = (struct term_table_column){"", 0, false};
        fputc('\n', page->stream);
        page->table = term_table_new("  ", all, count + 2);
}

static void table_end(struct page *page) {
        if (page->failed == 0)
                page->failed = term_table_print(page->table, page->stream);
        page->table = term_table_free(page->table);
}

static void name_add(const struct page *page, const char *name) {
        term_table_row(page->table);
        term_table_cell(page->table, "%s", name);
}

static void count_add(const struct page *page, uint32_t count) {
        if (count)
                term_table_cell(page->table, "%u", count);
        else
                term_table_cell(page->table, "·");
}

static void number_add(const struct page *page, double number) {
        char text[WORDING_NUMBER_BYTES];

        term_table_cell(page->table, "%s", isnan(number) ? "" : wording_number(number, text));
}

/* --- where it comes from ------------------------------------------------------------------------------ */

static void origin_print(const struct page *page) {
        const struct backtest *backtest = page->backtest;
        const struct twin *twin = backtest->twin;
        char from[WORDING_TIME_BYTES], to[WORDING_TIME_BYTES];

        fprintf(page->stream, pick(page, "%llu events of %u elders, %s to %s (%.1f days, %s)\n"),
                (unsigned long long)twin->counted_events, twin->people.count,
                wording_time(backtest, backtest->from_ms, from),
                wording_time(backtest, backtest->to_ms, to),
                (double)(backtest->to_ms - backtest->from_ms) / 86400000.0,
                backtest->options->time_zone ? backtest->options->time_zone : "UTC");
        for (int side = 0; side < TWIN_SIDES; side++)
                fprintf(page->stream, "%s  %s  (%s %s, %u %s)\n",
                        side == TWIN_OLD ? pick(page, "old") : pick(page, "new"),
                        backtest->options->rules[side], pick(page, "version"),
                        rule_set_version(backtest->sets[side]),
                        rule_set_count(backtest->sets[side]), pick(page, "rules"));
}

static void strangers_print(const struct page *page) {
        const struct backtest_elders *people = &page->backtest->twin->people;
        uint32_t shown = 0;

        if (people->unregistered == 0)
                return;
        fprintf(page->stream,
                pick(page,
                     "note: %u elders are not in the registry; rules for certain care levels, "
                     "conditions, tags or device classes pass them by:"),
                people->unregistered);
        for (uint32_t i = 0; i < people->count && shown < 5; i++)
                if (!people->all[i].registered)
                        fprintf(page->stream, "%s %s", shown++ ? "," : "", people->all[i].elder_id);
        fprintf(page->stream, "%s\n", shown < people->unregistered ? " …" : "");
}

static void notes_print(const struct page *page) {
        const struct backtest *backtest = page->backtest;
        const struct twin *twin = backtest->twin;
        char behind[WORDING_NUMBER_BYTES];

        strangers_print(page);
        if (backtest->source->bad)
                fprintf(page->stream,
                        pick(page, "note: %llu lines could not be read and were left out\n"),
                        (unsigned long long)backtest->source->bad);
        if (twin->backwards)
                fprintf(page->stream,
                        pick(page,
                             "note: %llu times an event was received before the one in front of "
                             "it, at most %s behind the clock, and was judged as late as it stands "
                             "there; --sort judges by the time received\n"),
                        (unsigned long long)twin->backwards,
                        wording_moved(backtest, twin->backwards_max_ms, behind) + 1);
        if (backtest->events_outside)
                fprintf(page->stream,
                        pick(page, "note: %llu events were received after --to and left out\n"),
                        (unsigned long long)backtest->events_outside);
}

/* --- rules and elders ------------------------------------------------------------------------------ */

static void tally_print(const struct page *page, const char *name,
                        const struct backtest_tally *tally, const char *note) {
        name_add(page, name);
        count_add(page, tally->count[TWIN_OLD]);
        count_add(page, tally->count[TWIN_NEW]);
        for (int type = 0; type < MATCH_CHANGE_TYPES; type++)
                count_add(page, tally->changes[type]);
        term_table_cell(page->table, "%s%s", note[0] ? " " : "", note);
}

static const char *const tally_columns[] = {N_("old"),  N_("new"),   N_("gained"),
                                            N_("lost"), N_("moved"), N_("severity")};

static void rules_print(struct page *page) {
        const struct backtest *backtest = page->backtest;
        uint32_t silent = 0;
        char note[CELL_BYTES], differs[128];

        heading(page, pick(page, "Alerts"), tally_columns, 2 + MATCH_CHANGE_TYPES);
        tally_print(page, pick(page, "all rules"), &backtest->total, "");
        for (uint32_t i = 0; i < backtest->rule_count; i++) {
                const struct backtest_rule *rule = &backtest->rules[i];
                uint32_t shadows = backtest->twin->sides[TWIN_NEW].shadows[i];

                backtest_rule_differs(rule, differs);
                if (!rule->tally.count[TWIN_OLD] && !rule->tally.count[TWIN_NEW] && !differs[0] &&
                    !shadows) {
                        silent++;
                        continue;
                }
                snprintf(note, sizeof(note), "%s", differs);
                if (shadows)
                        snprintf(note + strlen(note), sizeof(note) - strlen(note),
                                 pick(page, "%s%u in the shadow"), note[0] ? "; " : "", shadows);
                tally_print(page, rule->id, &rule->tally, note);
        }
        table_end(page);
        if (silent)
                fprintf(page->stream, pick(page, "  %u more rules raised nothing in either set\n"),
                        silent);
}

static void people_print(struct page *page) {
        const struct backtest *backtest = page->backtest;
        const struct backtest_elders *people = &backtest->twin->people;

        if (backtest->matches.count == 0)
                return;
        heading(page, pick(page, "Elders, most changed first"), tally_columns,
                2 + MATCH_CHANGE_TYPES);
        for (uint32_t i = 0; i < people->count && i < backtest->options->top; i++) {
                uint32_t person = backtest->people_order[i];
                const struct backtest_tally *tally = &backtest->people[person];
                uint32_t changed = 0;

                for (int type = 0; type < MATCH_CHANGE_TYPES; type++)
                        changed += tally->changes[type];
                if (changed)
                        tally_print(page, people->all[person].elder_id, tally, "");
        }
        table_end(page);
}

static void change_print(const struct page *page, const struct match_change *change) {
        const struct backtest *backtest = page->backtest;
        const struct raised *alert = match_change_alert(change);
        char time[WORDING_TIME_BYTES], moved[WORDING_NUMBER_BYTES], kind[CELL_BYTES] = "",
                                                                    name[CELL_BYTES] = "";

        text_column(kind, sizeof(kind), wording_change(backtest, change->type), 9, true);
        text_column(name, sizeof(name), backtest->rules[alert->rule].id, 26, true);
        fprintf(page->stream, "  %s  %s %s %s", wording_time(backtest, alert->raised_ms, time),
                kind, name, backtest->twin->people.all[alert->person].elder_id);
        if (change->type == MATCH_MOVED)
                fprintf(page->stream, "  %s",
                        wording_moved(backtest, match_change_moved_ms(change), moved));
        if (change->type == MATCH_SEVERITY)
                fprintf(page->stream, "  %s -> %s",
                        text_severity_word((enum severity)change->before->worst,
                                           backtest->options->language),
                        text_severity_word((enum severity)change->after->worst,
                                           backtest->options->language));
        fputc('\n', page->stream);
}

static void changes_print(const struct page *page) {
        const struct match_list *matches = &page->backtest->matches;
        uint32_t top = page->backtest->options->top;

        fputc('\n', page->stream);
        if (matches->count == 0) {
                fputs(pick(page, "No alert is gained, lost, moved or of another severity.\n"),
                      page->stream);
                return;
        }
        fputs(pick(page, "  What changes, in order of time\n"), page->stream);
        for (uint32_t i = 0; i < matches->count && i < top; i++)
                change_print(page, &matches->all[i]);
        if (matches->count > top)
                fprintf(page->stream,
                        pick(page, "  … and %u more: --top %u, or --json has all of them\n"),
                        matches->count - top, matches->count);
}

/* --- the desk ---------------------------------------------------------------------------------------- */

static void load_print(struct page *page) {
        static const char *const columns[] = {N_("old"), N_("new"), N_("accept."), N_("at most")};
        const struct backtest *backtest = page->backtest;
        char title[CELL_BYTES];

        snprintf(title, sizeof(title), pick(page, "Each operator (of %u)"), backtest->operators);
        heading(page, title, columns, 4);
        for (int i = 0; i < LOAD_MEASURES; i++) {
                const struct load_limit *limit = load_limit(i);
                double value = backtest->loads[TWIN_NEW].values[i];

                name_add(page, pick(page, limit->title));
                number_add(page, backtest->loads[TWIN_OLD].values[i]);
                number_add(page, value);
                number_add(page, limit->acceptable);
                number_add(page, limit->manageable);
                term_table_cell(page->table, " %s (%s)",
                                wording_grade(backtest, load_grade(i, value)), limit->source);
        }
        table_end(page);
}

static void found_row(const struct page *page, const char *name, const struct found *found) {
        name_add(page, name);
        count_add(page, found->alerts);
        count_add(page, found->real);
        count_add(page, found_false(found));
        count_add(page, found->unjudged);
        number_add(page, found_per_week(found, page->backtest->watched_ms));
        if (found->truths)
                term_table_cell(page->table, "%.0f%%", 100.0 * found->met / found->truths);
}

static void found_side(struct page *page, int side) {
        static const char *const columns[] = {N_("alerts"),   N_("real"),     N_("false"),
                                              N_("unjudged"), N_("per week"), N_("found")};
        const struct backtest *backtest = page->backtest;
        const struct found_set *set = &backtest->found[side];

        heading(page,
                side == TWIN_OLD ? pick(page, "Real or false, old")
                                 : pick(page, "Real or false, new"),
                columns, 6);
        for (uint32_t i = 0; i < backtest->rule_count; i++)
                if (found_is_told(&set->rules[i]) || backtest_rule_is_fall(backtest, i))
                        found_row(page, backtest->rules[i].id, &set->rules[i]);
        found_row(page, pick(page, "falls, all rules"), &set->falls);
        table_end(page);
}

static void devices_print(const struct page *page) {
        const struct backtest *backtest = page->backtest;
        const struct found_set *set = &backtest->found[TWIN_NEW];
        uint32_t shown = 0;

        for (uint32_t most = UINT32_MAX; shown < 5;) {
                uint32_t next = 0;

                for (uint32_t i = 0; i < set->device_count; i++)
                        if (set->devices[i] < most && set->devices[i] > next)
                                next = set->devices[i];
                if (next == 0)
                        break;
                for (uint32_t i = 0; i < set->device_count && shown < 5; i++)
                        if (set->devices[i] == next)
                                fprintf(page->stream, "%s%s %u",
                                        shown++ ? ", "
                                                : pick(page, "  most false fall alerts by: "),
                                        backtest->twin->devices.all[i], next);
                most = next;
        }
        if (shown)
                fputc('\n', page->stream);
}

static void budget_print(const struct page *page) {
        const struct backtest *backtest = page->backtest;
        bool set = !isnan(backtest->options->budget_per_week);
        double budget = set ? backtest->options->budget_per_week : FOUND_BUDGET_PER_WEEK;
        char now[WORDING_NUMBER_BYTES], limit[WORDING_NUMBER_BYTES];
        double week = found_per_week(&backtest->found[TWIN_NEW].falls, backtest->watched_ms);

        fprintf(page->stream, pick(page, "  false fall alerts per person and week: %s, %s %s%s\n"),
                wording_number(week, now),
                week > budget ? pick(page, "OVER the budget of")
                              : pick(page, "within the budget of"),
                wording_number(budget, limit),
                set ? "" : pick(page, " (none was set: AIDE-MOI, PMC6470846)"));
        for (uint32_t i = 0; week > budget && i < backtest->rule_count; i++)
                if (backtest_rule_is_fall(backtest, i) &&
                    found_false(&backtest->found[TWIN_NEW].rules[i]))
                        fprintf(page->stream, pick(page, "  by rule %s: %u\n"),
                                backtest->rules[i].id,
                                found_false(&backtest->found[TWIN_NEW].rules[i]));
}

int backtest_print(const struct backtest *backtest, FILE *stream) {
        struct page page = {.backtest = backtest, .stream = stream};

        origin_print(&page);
        notes_print(&page);
        rules_print(&page);
        people_print(&page);
        changes_print(&page);
        load_print(&page);
        if (!backtest->options->verdicts)
                return page.failed;
        for (int side = 0; side < TWIN_SIDES; side++)
                found_side(&page, side);
        devices_print(&page);
        budget_print(&page);
        return page.failed;
}
