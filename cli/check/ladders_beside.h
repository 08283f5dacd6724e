/* SPDX-License-Identifier: MIT
 *
 * Where the ladders of rule files are when nobody says so: configs/rules -> configs/escalation.yaml.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_CLI_CHECK_LADDERS_BESIDE_H
#define VIGIL_CLI_CHECK_LADDERS_BESIDE_H

/* "escalation.yaml" beside @rules, a file or a folder; it need not be there. malloc'd; NULL: no memory. */
char *ladders_beside(const char *rules);

#endif
