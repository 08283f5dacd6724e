/* SPDX-License-Identifier: MIT */
#include "cli/backtest/print/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

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
                snprintf(ret, WORDS_NUMBER_BYTES, words_pick(backtest, "%s%lld s", "%s%lld 秒"),
                         sign, s);
        else if (s < 7200)
                snprintf(ret, WORDS_NUMBER_BYTES, words_pick(backtest, "%s%lld min", "%s%lld 分钟"),
                         sign, s / 60);
        else
                snprintf(ret, WORDS_NUMBER_BYTES,
                         words_pick(backtest, "%s%lld h %02lld min", "%s%lld 小时 %02lld 分"), sign,
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
        static const char *const words[CHANGE_TYPES][2] = {
                [CHANGE_GAINED] = {"gained", "新增"},
                [CHANGE_LOST] = {"lost", "消失"},
                [CHANGE_MOVED] = {"moved", "移动"},
                [CHANGE_SEVERITY] = {"severity", "级别"},
        };

        return words[type][!backtest->options->english];
}

const char *words_grade(const struct backtest *backtest, enum load_grade grade) {
        static const char *const words[][2] = {
                [LOAD_ACCEPTABLE] = {"ok", "可接受"},
                [LOAD_MANAGEABLE] = {"high", "偏高"},
                [LOAD_OVER] = {"TOO MUCH", "超限"},
        };

        return words[grade][!backtest->options->english];
}

const char *words_title(const struct backtest *backtest, const struct backtest_rule *rule) {
        const struct rule *one = rule->rule[SIDE_NEW] ? rule->rule[SIDE_NEW] : rule->rule[SIDE_OLD];

        return backtest->options->english ? one->title_en : one->title_zh;
}
