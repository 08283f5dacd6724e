/* SPDX-License-Identifier: MIT
 *
 * NEWS2: National Early Warning Score 2.
 *
 * Reproduced from: Royal College of Physicians. National Early Warning Score (NEWS) 2: Standardising the
 * assessment of acute-illness severity in the NHS. Updated report of a working party. London: RCP, 2017.
 * Chart 1, the NEWS scoring system.
 *
 * The chart has temperatures to one decimal and everything else in whole numbers. A reading is therefore rounded
 * first, to the nearest, halves up (38.04 becomes 38.0 and scores 0, 38.05 becomes 38.1 and scores 1).
 *
 * At home, all seven parameters are seldom measured. The sum of those that are is a lower bound of the score, never
 * the score; it is always reported together with the number of known parameters.
 *
 * Thread: any. Blocks: never. Pure.
 */
#ifndef VIGIL_RULES_EVAL_MEASURE_NEWS2_H
#define VIGIL_RULES_EVAL_MEASURE_NEWS2_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/eval/rule/condition.h"

struct news2_input {
        /* In the units of the kinds (common/wire/event_kind.h): breaths and beats per minute, per cent, mmHg, Cel;
         * oxygen 0 or 1; consciousness 0 alert, 1 to 4 CVPU. NAN: not measured. */
        double value[RULE_NEWS2_PARAMETERS];
        bool scale_2; /* SpO2 scale 2: a target of 88 to 92 % is prescribed */
};

struct news2_result {
        uint8_t points[RULE_NEWS2_PARAMETERS]; /* 0 to 3; 0 when not measured */
        uint8_t known;                         /* number of parameters measured */
        uint8_t total;                         /* 0 to 20; a lower bound if known is below 7 */
        bool has_three;                        /* one parameter alone scores 3 */
};

/* Compute the score. On scale 2, an SpO2 of 93 or more scores 0, as on air, unless the input says that the elder is
 * on oxygen. */
void news2_score(const struct news2_input *input, struct news2_result *ret);

/* The parameter that @kind measures, and the reverse. RULE_NEWS2_PARAMETERS: none. */
enum rule_news2 news2_parameter_of(uint16_t kind);
uint16_t news2_kind(enum rule_news2 parameter);

/* Convert a value to the resolution of the chart and back: tenths of a degree, otherwise whole numbers. */
int16_t news2_charted(enum rule_news2 parameter, double value);
double news2_uncharted(enum rule_news2 parameter, int16_t charted);

/* Points of one charted value, 0 to 3. */
uint8_t news2_points(enum rule_news2 parameter, int16_t charted, bool scale_2, bool on_oxygen);

#endif
