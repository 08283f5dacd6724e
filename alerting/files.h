/* SPDX-License-Identifier: MIT
 *
 * Files: ladders and keys that are changed while we run.
 *
 * Thread: the loop's. Blocks: reads files.
 */
#ifndef VIGIL_ALERTING_FILES_H
#define VIGIL_ALERTING_FILES_H

#include "alerting/act/alerting.h"

/* Take into force what has changed. */
void files_reload(struct alerting *alerting);

/* When @path was changed; 0: it cannot be read. */
int64_t files_modified_ns(const char *path);
/* A desk that nobody can be is the end of every ladder. */
void files_warn_of_desks(const struct alerting *alerting);

#endif
