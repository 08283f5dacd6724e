/* SPDX-License-Identifier: MIT
 *
 * The output of a simulation: live lines on standard error, and the result.
 *
 * Thread: main. Blocks: writes.
 */
#ifndef VIGIL_CLI_SIM_REPORT_H
#define VIGIL_CLI_SIM_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "cli/sim/sim.h"

void report_start(struct sim *sim);
void report_story(struct sim *sim, const struct story *story);
void report_step(struct sim *sim, const struct story *story, const struct story_step *step);
void report_page(struct sim *sim, const struct sim_people_news *news, enum score_verdict verdict);
void report_notice(struct sim *sim, const char *recipient, const struct page_notice *notice);
void report_answer(struct sim *sim, const struct sim_people_news *news);
void report_status(struct sim *sim, int64_t now_mono_ms);
void report_wait(struct sim *sim, const char *english);
/* Print the result as one line of JSON to @out. Return: 0; SIM_FAILED; -errno. */
int report_result(struct sim *sim, FILE *out);

#endif
