/* SPDX-License-Identifier: MIT */
#include "cli/sim/sim.h"

bool sim_has_story(const struct sim *sim, const struct story *story) {
        if (!sim->options.stories || story->elder >= sim->options.people)
                return false;
        return sim->options.for_ms == 0 ||
               story_end_ms(story) <=
                       sim->options.for_ms + SIM_DRAIN_MS + sim->options.allow_late_ms - 2000;
}
