/* SPDX-License-Identifier: MIT */
#include "cli/backtest/print/wording.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/language/language.h"
#include "common/language/say.h"

const char *words_pick(const struct backtest *backtest, const char *english) {
        return say(backtest->options->language, english);
}

const char *words_time(const struct backtest *backtest, int64_t time_ms, char *ret) {
        time_t local = (time_t)(time_ms / 1000) + zone_offset_s(backtest->zone, time_ms);
        struct tm tm;

        gmtime_r(&local, &tm);
        strftime(ret, WORDS_TIME_BYTES, "%Y-%m-%d %H:%M", &tm);
        return ret;
}

const char *words_moved(const struct backtest *backtest, int64_t moved_ms, char *ret) {
        const char *sign = moved_ms < 0 ? "-" : "+";
        long long s = llabs(moved_ms) / 1000;

        if (s < 120)
                snprintf(ret, WORDS_NUMBER_BYTES, words_pick(backtest, "%s%lld s"), sign, s);
        else if (s < 7200)
                snprintf(ret, WORDS_NUMBER_BYTES, words_pick(backtest, "%s%lld min"), sign, s / 60);
        else
                snprintf(ret, WORDS_NUMBER_BYTES, words_pick(backtest, "%s%lld h %02lld min"), sign,
                         s / 3600, s / 60 % 60);
        return ret;
}

const char *words_number(double number, char *ret) {
        double size = fabs(number);
        int decimals = number == round(number) || size >= 100 ? 0
                       : size >= 1                            ? 1
                       : size >= 0.1                          ? 2
                                                              : 3;

        snprintf(ret, WORDS_NUMBER_BYTES, "%.*f", decimals, number);
        return ret;
}

const char *words_change(const struct backtest *backtest, enum change_type type) {
        static const char *const words[CHANGE_TYPES] = {
                [CHANGE_GAINED] = N_("gained"),
                [CHANGE_LOST] = N_("lost"),
                [CHANGE_MOVED] = N_("moved"),
                [CHANGE_SEVERITY] = N_("severity"),
        };

        return words_pick(backtest, words[type]);
}

const char *words_grade(const struct backtest *backtest, enum load_grade grade) {
        static const char *const words[] = {
                [LOAD_ACCEPTABLE] = N_("ok"),
                [LOAD_MANAGEABLE] = N_("high"),
                [LOAD_OVER] = N_("TOO MUCH"),
        };

        return words_pick(backtest, words[grade]);
}

const char *words_title(const struct backtest *backtest, const struct backtest_rule *rule) {
        const struct rule *one = rule->rule[SIDE_NEW] ? rule->rule[SIDE_NEW] : rule->rule[SIDE_OLD];

        return language_reads_chinese(backtest->options->language) ? one->title_zh : one->title_en;
}
