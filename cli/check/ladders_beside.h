/* SPDX-License-Identifier: MIT
 *
 * Default path of the ladders for given rule files: configs/rules -> configs/escalation.yaml. Used when neither
 * --ladders nor a configuration names the file.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_CLI_CHECK_LADDERS_BESIDE_H
#define VIGIL_CLI_CHECK_LADDERS_BESIDE_H

/* Path of "escalation.yaml" in the folder that contains @rules (a file or a folder). The file need not exist. Return:
 * malloc'd, the caller frees it; NULL when out of memory. */
char *ladders_beside(const char *rules);

#endif
