/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/cli.h"
#include "cli/command/verbs.h"
#include "cli/rule_test/print_machine.h"
#include "cli/rule_test/print_table.h"
#include "cli/rule_test/suite.h"
#include "common/base/err.h"
#include "common/language/say.h"

enum {
        OPTION_COVERAGE = 256,
        OPTION_COVERAGE_AT_LEAST,
        OPTION_JUNIT,
        OPTION_ONLY,
        OPTION_TIMELINE
};

enum format { FORMAT_TABLE, FORMAT_TAP, FORMAT_JUNIT, FORMAT_JSON };

struct testing {
        struct cli *cli;
        enum format format;
        const char *junit_path;
        const char *only;
        bool coverage;
        double at_least_pct; /* NAN: not asked */
        bool timeline;
};

static bool format_read(const struct cli *cli, const char *text, enum format *ret) {
        static const char *const names[] = {"table", "tap", "junit", "json"};

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                if (strcmp(text, names[i]) != 0)
                        continue;
                *ret = (enum format)i;
                return true;
        }
        cli_usage(cli, "unknown output \"%s\"; one of: table, tap, junit, json", text);
        return false;
}

static bool option_take(struct testing *testing, int option) {
        long long pct;

        switch (option) {
        case 'o':
                return format_read(testing->cli, optarg, &testing->format);
        case OPTION_COVERAGE_AT_LEAST:
                if (!cli_number(testing->cli, "--coverage-at-least", optarg, 0, 100, &pct))
                        return false;
                testing->at_least_pct = (double)pct;
                return true;
        case OPTION_COVERAGE:
                testing->coverage = true;
                return true;
        case OPTION_JUNIT:
                testing->junit_path = optarg;
                return true;
        case OPTION_ONLY:
                testing->only = optarg;
                return true;
        case OPTION_TIMELINE:
                testing->timeline = true;
                return true;
        default:
                return true;
        }
}

static enum cli_exit junit_write(const struct testing *testing,
                                 const struct rule_test_suite *suite) {
        FILE *stream;
        int why = 0;

        if (!testing->junit_path)
                return CLI_DONE;
        stream = fopen(testing->junit_path, "we");
        if (stream) {
                rule_test_print_junit(suite, stream);
                why = ferror(stream) ? EIO : 0;
                if (fclose(stream) != 0 && why == 0)
                        why = errno;
        } else {
                why = errno;
        }
        if (why) {
                cli_tell(testing->cli, "%s: %s", testing->junit_path, err_text(why));
                return CLI_BAD;
        }
        return CLI_DONE;
}

static int print(const struct testing *testing, const struct rule_test_suite *suite) {
        const struct rule_test_print how = {.language = testing->cli->language,
                                            .colour = testing->cli->colour,
                                            .verbose = testing->timeline,
                                            .coverage = testing->coverage};

        switch (testing->format) {
        case FORMAT_TABLE:
                return rule_test_print_table(suite, &how, stdout);
        case FORMAT_TAP:
                rule_test_print_tap(suite, stdout);
                return 0;
        case FORMAT_JUNIT:
                rule_test_print_junit(suite, stdout);
                return 0;
        case FORMAT_JSON:
                return rule_test_print_json(suite, testing->coverage, stdout);
        }
        return 0;
}

/* Report on standard error, so that TAP and XML on standard output stay valid. */
static enum cli_exit coverage_judge(const struct testing *testing,
                                    const struct rule_test_suite *suite) {
        double pct = coverage_pct(suite->coverage);

        if (isnan(testing->at_least_pct) || pct >= testing->at_least_pct)
                return CLI_DONE;
        coverage_print_uncovered(suite->coverage, testing->cli->language, stderr);
        cli_tell(testing->cli, "coverage is %.1f %%; required: at least %.0f %%", pct,
                 testing->at_least_pct);
        return CLI_BAD;
}

static enum cli_exit suite_run(const struct testing *testing, struct rule_test_suite *suite) {
        const struct rule_test_suite_totals *totals = rule_test_suite_totals(suite);
        enum cli_exit written, covered;
        int r = rule_test_suite_run(suite, testing->only, testing->cli->language);

        if (r == 0)
                r = print(testing, suite);
        fflush(stdout);
        if (r < 0)
                return cli_fail(testing->cli, r);
        if (totals->tests == 0) {
                cli_tell(testing->cli, "no test has \"%s\" in its name", testing->only);
                return CLI_BAD;
        }
        written = junit_write(testing, suite);
        covered = coverage_judge(testing, suite);
        return totals->failed ? CLI_BAD : written != CLI_DONE ? written : covered;
}

static enum cli_exit paths_run(const struct testing *testing, const char *const *paths,
                               size_t count) {
        struct rule_test_suite *suite = NULL;
        struct diag *diag = NULL;
        enum cli_exit left = CLI_BAD;
        int r = cli_diag_new(testing->cli, &diag);

        if (r == 0)
                r = rule_test_suite_load(&suite, paths, count, diag);
        if (diag && r != 0)
                cli_diag_print(testing->cli, diag);
        if (r == 0)
                left = suite_run(testing, suite);
        else if (r < 0)
                left = cli_fail(testing->cli, r);
        rule_test_suite_free(suite);
        diag_free(diag);
        return left;
}

static enum cli_exit run(struct cli *cli, int argc, char **argv) {
        struct testing testing = {.cli = cli, .at_least_pct = NAN};
        struct conf *conf = NULL;
        const char *rules;
        enum cli_exit left;
        int option;

        while ((option = cli_option_next(cli, argc, argv)) >= 0) {
                if (!option_take(&testing, option))
                        return CLI_USAGE;
        }
        if (option == CLI_OPTION_LEFT)
                return cli_option_exit(cli);
        if (cli->json)
                testing.format = FORMAT_JSON;
        if (optind < argc)
                return paths_run(&testing, (const char *const *)argv + optind,
                                 (size_t)(argc - optind));
        left = cli_conf_load(cli, &conf);
        if (left == CLI_DONE) {
                rules = conf->rules.files;
                left = paths_run(&testing, &rules, 1);
        }
        conf_free(conf);
        return left;
}

static const struct cli_option options[] = {
        {'o', "output", "FORMAT", N_("table, tap, junit or json (default: table)")},
        {OPTION_JUNIT, "junit", "FILE", N_("also write JUnit XML to this file")},
        {OPTION_COVERAGE, "coverage", NULL, N_("show the coverage of each rule")},
        {OPTION_COVERAGE_AT_LEAST, "coverage-at-least", "PERCENT",
         N_("exit code 1 below this coverage; lists what is not covered")},
        {OPTION_ONLY, "only", "TEXT", N_("only tests with TEXT in their name")},
        {OPTION_TIMELINE, "timeline", NULL, N_("show what happened, for passed tests too")},
        {0},
};

static const struct cli_example examples[] = {
        {"vigil test", N_("the tests beside the rules of this site")},
        {"vigil test configs/rules --coverage", N_("with their coverage")},
        {"vigil test 30-vitals.test.yaml --only spike --timeline", NULL},
        {"vigil test configs/rules --coverage-at-least 100 -o tap", N_("for CI")},
        {NULL, NULL},
};

const struct cli_verb verb_test = {
        .name = "test",
        .group = CLI_GROUP_RULES,
        .summary = N_("run the tests beside the rule files on a simulated clock"),
        .usage = "test [--coverage] [--coverage-at-least PERCENT] [--only TEXT] [--timeline]\n"
                 " [-o table|tap|junit|json] [--junit FILE] [FILE|FOLDER]...",
        .examples = examples,
        .details = N_(
                "A test gives events at local times (overnight, across a clock change, late, after "
                "a restart) and checks the alerts, pages and ladder steps they lead to, using the "
                "live engine. It needs no server and does not wait: a year of one elder takes less "
                "than a second. How to write a test: docs/rule-tests.md.\n\nExit code 1 if a test "
                "fails, or if coverage is below the required value."),
        .options = options,
        .run = run,
};
