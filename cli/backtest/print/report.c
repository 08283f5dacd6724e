/* SPDX-License-Identifier: MIT
 *
 * The HTML report: a single file without scripts or external resources; elders appear by id only. It first states
 * whether the change is acceptable for the desk, then shows charts, then the tables.
 */
#include "cli/backtest/print/report.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/backtest/print/chart.h"
#include "cli/backtest/print/wording.h"
#include "cli/term/text.h"
#include "common/base/err.h"
#include "common/language/language.h"
#include "common/language/say.h"

enum { CHANGES_SHOWN = 200 };

struct page {
        const struct backtest *backtest;
        FILE *stream;
};

static const char style[] =
        "body{font:15px/1.5 system-ui,'Noto Sans','Noto Sans CJK SC','PingFang SC','Microsoft "
        "YaHei',sans-serif;color:#1c2530;max-width:1080px;margin:0 auto;padding:24px 20px "
        "60px;background:#fff}\n"
        "h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:34px 0 6px}\n"
        "p{margin:4px 0 10px}.s{color:#4a5768}\n"
        ".cards{display:flex;flex-wrap:wrap;gap:12px;margin:18px 0 6px}\n"
        ".card{border:1px solid #c8d0dc;border-radius:8px;padding:10px "
        "16px;min-width:130px;flex:1}\n"
        ".card b{display:block;font-size:28px;line-height:1.25}.card span{color:#4a5768}\n"
        "svg{width:100%;height:auto;display:block}svg.line{display:inline;width:34px;margin-right:"
        "6px}\n"
        "table{border-collapse:collapse;width:100%;margin:16px 0 6px}\n"
        "th,td{text-align:right;padding:4px 8px;border-bottom:1px solid #e3e8ef}\n"
        "th{color:#4a5768;font-weight:600;border-bottom:2px solid #c8d0dc}\n"
        "th:first-child,td:first-child,th.w,td.w{text-align:left}\n"
        "code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}\n"
        ".badge{white-space:nowrap;border:1.5px solid;border-radius:10px;padding:0 "
        "9px;font-weight:600}\n"
        ".g0{color:#17663a}.g1{color:#8a5a00}.g2{color:#b3261e;background:#fdeceb}\n"
        ".k{display:inline-block;width:26px;height:12px;vertical-align:-1px;border:1px solid "
        "#5d6b80;margin-right:6px}\n"
        ".ko{background:repeating-linear-gradient(45deg,#fff,#fff 2px,#8a97aa 2px,#8a97aa 4px)}\n"
        ".kn{background:#1f5fbf;border-color:#1f5fbf}\n"
        ".o{fill:url(#h);stroke:#5d6b80;stroke-width:.7}.n{fill:#1f5fbf}\n"
        ".g{stroke:#e3e8ef}.t{font-size:12px;fill:#4a5768}.l{font-size:13px;fill:#1c2530}\n"
        ".b{font-size:12px;fill:#1c2530;paint-order:stroke;stroke:#fff;stroke-width:4px}\n"
        ".lo{fill:none;stroke:#5d6b80;stroke-width:1.4;stroke-dasharray:4 3}\n"
        ".ln{fill:none;stroke:#1f5fbf;stroke-width:1.6}\n"
        ".lf{stroke:#b3261e;stroke-width:1.6}.lm{stroke:#8a5a00;stroke-width:1.4;stroke-dasharray:"
        "9 "
        "4}\n"
        ".note{border-left:4px solid #8a5a00;background:#fff8e8;padding:6px 12px;margin:6px 0}\n"
        ".scroll{overflow-x:auto}\n"
        "@media print{body{padding:0;max-width:none}h2{break-after:avoid}svg,.card,tr{break-inside:"
        "avoid}}\n";

static const char *pick(const struct page *page, const char *english)
        __attribute__((format_arg(2)));

static const char *pick(const struct page *page, const char *english) {
        return wording_pick(page->backtest, english);
}

static void put(const struct page *page, const char *html) {
        fputs(html, page->stream);
}

static void text(const struct page *page, const char *value) {
        chart_text(page->stream, value);
}

static void heading(const struct page *page, const char *english) {
        fprintf(page->stream, "<h2>%s</h2>\n", pick(page, english));
}

/* @words: columns from this index on contain text instead of numbers. */
static void header_row(const struct page *page, const char *const *columns, size_t count,
                       size_t words) {
        put(page, "<div class=\"scroll\"><table><tr>");
        for (size_t i = 0; i < count; i++)
                fprintf(page->stream, "<th%s>%s</th>", i >= words ? " class=\"w\"" : "",
                        pick(page, columns[i]));
        put(page, "</tr>\n");
}

static void table_end(const struct page *page) {
        put(page, "</table></div>\n");
}

static void count_cell(const struct page *page, uint32_t count) {
        if (count)
                fprintf(page->stream, "<td>%u</td>", count);
        else
                put(page, "<td class=\"s\">–</td>");
}

static void number_cell(const struct page *page, double number) {
        char digits[WORDING_NUMBER_BYTES];

        fprintf(page->stream, "<td>%s</td>", isnan(number) ? "" : wording_number(number, digits));
}

static void badge(const struct page *page, enum load_grade grade, const char *word) {
        static const char *const marks[] = {"✓", "!", "✕"};

        fprintf(page->stream, "<span class=\"badge g%d\">%s %s</span>", (int)grade, marks[grade],
                word);
}

/* Symbol of a type of change, so that it does not depend on colour. */
static const char *change_mark(enum match_change_type type) {
        static const char *const marks[MATCH_CHANGE_TYPES] = {"▲", "▼", "↔", "◆"};

        return marks[type];
}

/* --- the top -------------------------------------------------------------------------------------------- */

static void origin_put(const struct page *page) {
        const struct backtest *backtest = page->backtest;
        char from[WORDING_TIME_BYTES], to[WORDING_TIME_BYTES];

        fprintf(page->stream, "<h1>%s</h1>\n<p class=\"s\">",
                pick(page, "What the rule change would have done"));
        fprintf(page->stream, pick(page, "%s to %s (%s), %.1f days, %u elders, %llu events"),
                wording_time(backtest, backtest->from_ms, from),
                wording_time(backtest, backtest->to_ms, to),
                backtest->options->time_zone ? backtest->options->time_zone : "UTC",
                (double)(backtest->to_ms - backtest->from_ms) / 86400000.0,
                backtest->twin->people.count, (unsigned long long)backtest->twin->counted_events);
        for (int side = 0; side < TWIN_SIDES; side++) {
                fprintf(page->stream, "<br><span class=\"k %s\"></span>%s <code>",
                        side == TWIN_OLD ? "ko" : "kn",
                        side == TWIN_OLD ? pick(page, "old rules") : pick(page, "new rules"));
                text(page, backtest->options->rules[side]);
                fprintf(page->stream, "</code> (%s %s)", pick(page, "version"),
                        rule_set_version(backtest->sets[side]));
        }
        put(page, "</p>\n");
}

static void card(const struct page *page, const char *big, const char *small) {
        fprintf(page->stream, "<div class=\"card\"><b>%s</b><span>%s</span></div>\n", big, small);
}

static void cards_put(const struct page *page) {
        const struct backtest_tally *total = &page->backtest->total;
        char big[96], small[128];

        put(page, "<div class=\"cards\">\n");
        snprintf(big, sizeof(big), "%u → %u", total->count[TWIN_OLD], total->count[TWIN_NEW]);
        snprintf(small, sizeof(small), pick(page, "alerts (%+.0f%%)"),
                 total->count[TWIN_OLD]
                         ? 100.0 * total->count[TWIN_NEW] / total->count[TWIN_OLD] - 100
                         : 0.0);
        card(page, big, small);
        for (int type = 0; type < MATCH_CHANGE_TYPES; type++) {
                if (type == MATCH_SEVERITY && !total->changes[type])
                        continue;
                snprintf(big, sizeof(big), "%s %u", change_mark(type), total->changes[type]);
                card(page, big, wording_change(page->backtest, type));
        }
        put(page, "</div>\n");
}

static void verdict_put(const struct page *page) {
        const struct backtest *backtest = page->backtest;
        double old = backtest->loads[TWIN_OLD].values[LOAD_PER_DAY],
               now = backtest->loads[TWIN_NEW].values[LOAD_PER_DAY];
        enum load_grade grade = load_grade(LOAD_PER_DAY, now);
        char before[WORDING_NUMBER_BYTES], after[WORDING_NUMBER_BYTES];

        put(page, "<p style=\"margin-top:14px\">");
        badge(page, grade, wording_grade(backtest, grade));
        fprintf(page->stream,
                pick(page,
                     " %s alerts a day for each operator (%u at the desk), %s before; ISA-18.2 "
                     "calls about "
                     "150 acceptable and 300 the most that can be managed."),
                wording_number(now, after), backtest->operators, wording_number(old, before));
        put(page, "</p>\n");
}

static void notes_put(const struct page *page) {
        const struct backtest *backtest = page->backtest;
        const struct twin *twin = backtest->twin;

        if (twin->people.unregistered)
                fprintf(page->stream,
                        pick(page,
                             "<p class=\"note\">%u elders are not in the registry: rules for "
                             "certain "
                             "care levels, conditions, tags or device classes pass them by.</p>\n"),
                        twin->people.unregistered);
        if (backtest->source->bad)
                fprintf(page->stream,
                        pick(page, "<p class=\"note\">%llu lines could not be read.</p>\n"),
                        (unsigned long long)backtest->source->bad);
        if (twin->backwards)
                fprintf(page->stream,
                        pick(page,
                             "<p class=\"note\">%llu events lay before the one in front of them: "
                             "the "
                             "file is not in the order received.</p>\n"),
                        (unsigned long long)twin->backwards);
}

/* --- pictures --------------------------------------------------------------------------------------------- */

/* @lines: the legend of a line chart, else of a bar chart. */
static void legend_put(const struct page *page, bool lines) {
        static const char *const words[TWIN_SIDES] = {N_("old rules"), N_("new rules")};

        put(page, "<p class=\"s\">");
        for (int side = 0; side < TWIN_SIDES; side++) {
                if (lines)
                        fprintf(page->stream,
                                "<svg class=\"line\" viewBox=\"0 0 34 12\"><path class=\"%s\" "
                                "d=\"M0 "
                                "6H34\"/></svg>",
                                side == TWIN_OLD ? "lo" : "ln");
                else
                        fprintf(page->stream, "<span class=\"k %s\"></span>",
                                side == TWIN_OLD ? "ko" : "kn");
                fprintf(page->stream, "%s &emsp;", pick(page, words[side]));
        }
        put(page, "</p>\n");
}

static int pictures_put(const struct page *page) {
        static const char *const steps[] = {[CHART_HOURS] = N_("Alerts per hour"),
                                            [CHART_DAYS] = N_("Alerts per day"),
                                            [CHART_WEEKS] = N_("Alerts per week")};
        enum chart_step step = chart_step(page->backtest);
        int r;

        heading(page, steps[step]);
        legend_put(page, false);
        r = chart_bars(page->backtest, page->stream);
        if (r < 0)
                return r;
        heading(page, N_("By hour of the day"));
        chart_hours(page->backtest, page->stream);
        heading(page, N_("Load of each operator: most alerts in any 10 minutes"));
        legend_put(page, true);
        return chart_load(page->backtest, page->stream);
}

/* --- tables ------------------------------------------------------------------------------------------------ */

static void load_put(const struct page *page) {
        static const char *const columns[] = {N_("measure, for each operator"),
                                              N_("old"),
                                              N_("new"),
                                              N_("acceptable"),
                                              N_("at most"),
                                              "",
                                              N_("source")};
        const struct backtest *backtest = page->backtest;

        header_row(page, columns, 7, 5);
        for (int i = 0; i < LOAD_MEASURES; i++) {
                const struct load_limit *limit = load_limit(i);
                enum load_grade grade = load_grade(i, backtest->loads[TWIN_NEW].values[i]);

                fprintf(page->stream, "<tr><td>%s</td>", pick(page, limit->title));
                number_cell(page, backtest->loads[TWIN_OLD].values[i]);
                number_cell(page, backtest->loads[TWIN_NEW].values[i]);
                number_cell(page, limit->acceptable);
                number_cell(page, limit->manageable);
                put(page, "<td class=\"w\">");
                badge(page, grade, wording_grade(backtest, grade));
                fprintf(page->stream, "</td><td class=\"w s\">%s</td></tr>\n", limit->source);
        }
        table_end(page);
}

static void tally_cells(const struct page *page, const struct backtest_tally *tally) {
        count_cell(page, tally->count[TWIN_OLD]);
        count_cell(page, tally->count[TWIN_NEW]);
        for (int type = 0; type < MATCH_CHANGE_TYPES; type++)
                count_cell(page, tally->changes[type]);
}

static void rules_put(const struct page *page) {
        static const char *const columns[] = {N_("rule"),       N_("old"),        N_("new"),
                                              N_("▲ gained"),   N_("▼ lost"),     N_("↔ moved"),
                                              N_("◆ severity"), N_("in the rule")};
        const struct backtest *backtest = page->backtest;
        char differs[128];

        heading(page, N_("By rule"));
        header_row(page, columns, 8, 7);
        for (uint32_t i = 0; i < backtest->rule_count; i++) {
                const struct backtest_rule *rule = &backtest->rules[i];

                backtest_rule_differs(rule, differs);
                if (!rule->tally.count[TWIN_OLD] && !rule->tally.count[TWIN_NEW] && !differs[0])
                        continue;
                put(page, "<tr><td>");
                text(page, wording_title(backtest, rule));
                fprintf(page->stream, " <code class=\"s\">%s</code></td>", rule->id);
                tally_cells(page, &rule->tally);
                fprintf(page->stream, "<td class=\"w s\">%s</td></tr>\n", differs);
        }
        put(page, "<tr><td><b>");
        put(page, pick(page, "all"));
        put(page, "</b></td>");
        tally_cells(page, &backtest->total);
        put(page, "<td></td></tr>\n");
        table_end(page);
}

static void found_row(const struct page *page, const char *name, const struct found *old,
                      const struct found *now) {
        const struct found *both[TWIN_SIDES] = {old, now};
        char share[16];

        put(page, "<tr><td>");
        text(page, name);
        put(page, "</td>");
        for (int side = 0; side < TWIN_SIDES; side++) {
                const struct found *found = both[side];

                count_cell(page, found->alerts);
                count_cell(page, found_false(found));
                number_cell(page, found_per_week(found, page->backtest->watched_ms));
                snprintf(share, sizeof(share), "%.0f%%",
                         found->truths ? 100.0 * found->met / found->truths : 0.0);
                fprintf(page->stream, "<td>%s</td>", found->truths ? share : "");
        }
        put(page, "</tr>\n");
}

static void found_put(const struct page *page) {
        static const char *const columns[] = {
                N_("rule"),       N_("old: alerts"), N_("false"), N_("per person-week"),
                N_("real found"), N_("new: alerts"), N_("false"), N_("per person-week"),
                N_("real found")};
        const struct backtest *backtest = page->backtest;
        const struct found_set *sets = backtest->found;
        double week = found_per_week(&sets[TWIN_NEW].falls, backtest->watched_ms);
        bool set = !isnan(backtest->options->budget_per_week);
        double budget = set ? backtest->options->budget_per_week : FOUND_BUDGET_PER_WEEK;
        char now[WORDING_NUMBER_BYTES], limit[WORDING_NUMBER_BYTES];

        heading(page, N_("Real or false"));
        put(page, "<p>");
        badge(page, week > budget ? LOAD_OVER : LOAD_ACCEPTABLE,
              week > budget ? pick(page, "over the budget") : pick(page, "within the budget"));
        fprintf(page->stream,
                pick(page, " %s false fall alerts per person and week; the budget is %s%s.</p>\n"),
                wording_number(week, now), wording_number(budget, limit),
                set ? ""
                    : pick(page, " (what AIDE-MOI reached in the homes of 20 people, PMC6470846)"));
        header_row(page, columns, 9, 9);
        for (uint32_t i = 0; i < backtest->rule_count; i++)
                if (found_is_told(&sets[TWIN_OLD].rules[i]) ||
                    found_is_told(&sets[TWIN_NEW].rules[i]) || backtest_rule_is_fall(backtest, i))
                        found_row(page, wording_title(backtest, &backtest->rules[i]),
                                  &sets[TWIN_OLD].rules[i], &sets[TWIN_NEW].rules[i]);
        found_row(page, pick(page, "falls, all rules"), &sets[TWIN_OLD].falls,
                  &sets[TWIN_NEW].falls);
        table_end(page);
        put(page,
            pick(page, "<p class=\"s\">An alert nobody confirmed as real counts as false.</p>\n"));
}

static void people_put(const struct page *page) {
        static const char *const columns[] = {N_("elder"),     N_("old"),    N_("new"),
                                              N_("▲ gained"),  N_("▼ lost"), N_("↔ moved"),
                                              N_("◆ severity")};
        const struct backtest *backtest = page->backtest;
        const struct backtest_elders *people = &backtest->twin->people;

        heading(page, N_("Elders, most changed first"));
        header_row(page, columns, 7, 7);
        for (uint32_t i = 0; i < people->count && i < backtest->options->top; i++) {
                uint32_t person = backtest->people_order[i];

                put(page, "<tr><td><code>");
                text(page, people->all[person].elder_id);
                put(page, "</code></td>");
                tally_cells(page, &backtest->people[person]);
                put(page, "</tr>\n");
        }
        table_end(page);
}

static void change_row(const struct page *page, const struct match_change *change) {
        const struct backtest *backtest = page->backtest;
        const struct raised *alert = match_change_alert(change);
        char when[WORDING_TIME_BYTES], moved[WORDING_NUMBER_BYTES];

        fprintf(page->stream, "<tr><td>%s</td><td class=\"w\">%s %s</td><td class=\"w\">",
                wording_time(backtest, alert->raised_ms, when), change_mark(change->type),
                wording_change(backtest, change->type));
        text(page, wording_title(backtest, &backtest->rules[alert->rule]));
        put(page, "</td><td class=\"w\"><code>");
        text(page, backtest->twin->people.all[alert->person].elder_id);
        put(page, "</code></td><td class=\"w\">");
        if (change->type == MATCH_SEVERITY)
                fprintf(page->stream, "%s → %s",
                        text_severity_word((enum severity)change->before->worst,
                                           backtest->options->language),
                        text_severity_word((enum severity)change->after->worst,
                                           backtest->options->language));
        else if (change->type == MATCH_MOVED)
                put(page, wording_moved(backtest, match_change_moved_ms(change), moved));
        put(page, "</td></tr>\n");
}

static void changes_put(const struct page *page) {
        static const char *const columns[] = {N_("raised at"), "", N_("rule"), N_("elder"),
                                              N_("difference")};
        const struct match_list *matches = &page->backtest->matches;

        heading(page, N_("What changes, in order of time"));
        if (matches->count == 0) {
                put(page,
                    pick(page, "<p>No alert is gained, lost, moved or of another severity.</p>\n"));
                return;
        }
        header_row(page, columns, 5, 0);
        for (uint32_t i = 0; i < matches->count && i < CHANGES_SHOWN; i++)
                change_row(page, &matches->all[i]);
        table_end(page);
        if (matches->count > CHANGES_SHOWN)
                fprintf(page->stream,
                        pick(page, "<p class=\"s\">The first %d of %u; --json has all.</p>\n"),
                        CHANGES_SHOWN, matches->count);
}

static void foot_put(const struct page *page) {
        fprintf(page->stream,
                pick(page,
                     "<p class=\"s\">Made by vigil replay %s: both rule sets judged the same "
                     "recorded "
                     "events with the engine that runs live. Shadow rules and drills are left out. "
                     "Alerts of one rule and elder with the same cause, or within %lld minutes, "
                     "are the "
                     "same. The numbers of ISA-18.2, IEC 62682 and EEMUA 191 are measures to plan "
                     "by; "
                     "no conformity is claimed.</p>\n"),
                VIGIL_VERSION, (long long)page->backtest->options->window_ms / 60000);
}

/* The language tag of HTML, as "zh-CN". */
static const char *html_language(const struct page *page, char ret[LANGUAGE_NAME_BYTES]) {
        const struct language *language = page->backtest->options->language;

        snprintf(ret, LANGUAGE_NAME_BYTES, "%s", language ? language->name : "en");
        for (char *at = ret; *at; at++)
                *at = *at == '_' ? '-' : *at;
        return ret;
}

static int page_put(const struct page *page) {
        char code[LANGUAGE_NAME_BYTES];
        int r;

        fprintf(page->stream,
                "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><meta "
                "name=\"viewport\" content=\"width=device-width\"><title>%s</title>\n"
                "<style>%s</style></head><body>\n"
                "<svg width=\"0\" height=\"0\" style=\"position:absolute\"><defs><pattern id=\"h\" "
                "width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\" "
                "patternTransform=\"rotate(45)\"><rect width=\"4\" height=\"4\" "
                "fill=\"#fff\"/><rect width=\"2\" height=\"4\" "
                "fill=\"#8a97aa\"/></pattern></defs></svg>\n",
                html_language(page, code), pick(page, "Vigil: rule change"), style);
        origin_put(page);
        cards_put(page);
        verdict_put(page);
        notes_put(page);
        r = pictures_put(page);
        if (r < 0)
                return r;
        load_put(page);
        if (page->backtest->options->verdicts)
                found_put(page);
        rules_put(page);
        people_put(page);
        changes_put(page);
        foot_put(page);
        put(page, "</body></html>\n");
        return 0;
}

int backtest_report(const struct backtest *backtest, const char *path) {
        const struct page page = {backtest, fopen(path, "we")};
        int r;

        if (!page.stream)
                return err_raise_why(-errno, "%s: %s", path, err_text(errno));
        r = page_put(&page);
        if (r == 0 && ferror(page.stream))
                r = err_raise_why(-EIO, "%s: cannot be written", path);
        if (fclose(page.stream) != 0 && r == 0)
                r = err_raise_why(-errno, "%s: %s", path, err_text(errno));
        return r;
}
