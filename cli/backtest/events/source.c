/* SPDX-License-Identifier: MIT */
#include "cli/backtest/events/source.h"

#include <stddef.h>

void source_free(struct source *source) {
        if (source)
                source->free(source);
}
