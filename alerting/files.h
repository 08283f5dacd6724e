/* SPDX-License-Identifier: MIT
 *
 * Files: ladders and keys that change while alerting runs. A thread checks them every FILES_EVERY_MS and reads a changed file;
 * the loop replaces its ladders by one pointer, so that paging never waits for a file to be read or parsed.
 *
 *      F1 the thread   ladders read        ->  F2 files_take   in force
 *
 * Thread: files_open(), files_look(), files_take() and files_close() are the loop's. Blocks: files_close() until a file that is
 * being read is read.
 * Proof: tests/unit/alerting/files.c
 */
#ifndef VIGIL_ALERTING_FILES_H
#define VIGIL_ALERTING_FILES_H

#include "alerting/act/alerting.h"

enum { FILES_EVERY_MS = 2000 };

struct files;

/* Starts the thread. @gate: the thread replaces its list of keys. @ladders_ns: files_modified_ns() of the ladders in force.
 * Return: 0 or -errno. */
int files_open(struct files **ret, const struct conf *conf, struct zap *gate, int64_t ladders_ns);
struct files *files_close(struct files *files);

/* Have the thread check the files now. */
void files_look(struct files *files);

/* Use the ladders that the thread has read since the last call, if any. */
void files_take(struct files *files, struct alerting *alerting);

/* When @path was changed; 0: it cannot be read. */
int64_t files_modified_ns(const char *path);
/* A desk that nobody can be is the end of every ladder. */
void files_warn_of_desks(const struct alerting *alerting);

#endif
