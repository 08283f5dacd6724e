/* SPDX-License-Identifier: MIT */
#include "alerting/intake/suppress.h"

#include <stddef.h>

static bool is_shadow(const struct alert *alert) {
        return alert->shadow;
}

/* A life-safety alert without a ladder is a mistake in a rule file: it uses the desk-only ladder. An unclaimed alert
 * never has a ladder: it pages the desk too. */
static bool has_no_ladder(const struct alert *alert) {
        return alert->ladder[0] == '\0' && alert->class != ALERT_LIFE_SAFETY &&
               !alert_is_unclaimed(alert);
}

static const struct suppress_stage stages[] = {
        {"shadow", is_shadow, true},
        {"no_ladder", has_no_ladder, false},
};

const struct suppress_stage *suppress_judge(const struct alert *alert) {
        for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
                if (stages[i].applies(alert))
                        return &stages[i];
        }
        return NULL;
}
