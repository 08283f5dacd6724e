/* SPDX-License-Identifier: MIT */
#include "cli/backtest/print/wording.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/language/language.h"
#include "common/language/say.h"

const char *wording_pick(const struct backtest *backtest, const char *english) {
        return say(backtest->options->language, english);
}

const char *wording_time(const struct backtest *backtest, int64_t time_ms, char *ret) {
        time_t local = (time_t)(time_ms / 1000) + zone_offset_s(backtest->zone, time_ms);
        struct tm tm;

        gmtime_r(&local, &tm);
        strftime(ret, WORDING_TIME_BYTES, "%Y-%m-%d %H:%M", &tm);
        return ret;
}

const char *wording_moved(const struct backtest *backtest, int64_t moved_ms, char *ret) {
        const char *sign = moved_ms < 0 ? "-" : "+";
        long long s = llabs(moved_ms) / 1000;

        if (s < 120)
                snprintf(ret, WORDING_NUMBER_BYTES, wording_pick(backtest, "%s%lld s"), sign, s);
        else if (s < 7200)
                snprintf(ret, WORDING_NUMBER_BYTES, wording_pick(backtest, "%s%lld min"), sign,
                         s / 60);
        else
                snprintf(ret, WORDING_NUMBER_BYTES, wording_pick(backtest, "%s%lld h %02lld min"),
                         sign, s / 3600, s / 60 % 60);
        return ret;
}

const char *wording_number(double number, char *ret) {
        double size = fabs(number);
        int decimals = number == round(number) || size >= 100 ? 0
                       : size >= 1                            ? 1
                       : size >= 0.1                          ? 2
                                                              : 3;

        snprintf(ret, WORDING_NUMBER_BYTES, "%.*f", decimals, number);
        return ret;
}

const char *wording_change(const struct backtest *backtest, enum match_change_type type) {
        static const char *const words[MATCH_CHANGE_TYPES] = {
                [MATCH_GAINED] = N_("gained"),
                [MATCH_LOST] = N_("lost"),
                [MATCH_MOVED] = N_("moved"),
                [MATCH_SEVERITY] = N_("severity"),
        };

        return wording_pick(backtest, words[type]);
}

const char *wording_grade(const struct backtest *backtest, enum load_grade grade) {
        static const char *const words[] = {
                [LOAD_ACCEPTABLE] = N_("ok"),
                [LOAD_MANAGEABLE] = N_("high"),
                [LOAD_OVER] = N_("TOO MUCH"),
        };

        return wording_pick(backtest, words[grade]);
}

const char *wording_title(const struct backtest *backtest, const struct backtest_rule *rule) {
        const struct rule *one = rule->rule[TWIN_NEW] ? rule->rule[TWIN_NEW] : rule->rule[TWIN_OLD];

        return language_reads_chinese(backtest->options->language) ? one->title_zh : one->title_en;
}
