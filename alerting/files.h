/* SPDX-License-Identifier: MIT
 *
 * Files: reload ladders and keys when their files change. A thread checks the files every FILES_EVERY_MS and reads a
 * changed one; the loop then only replaces a pointer, so that paging never waits for a file to be read or parsed.
 *
 *      F1 the thread   ladders read        ->  F2 files_take   in force
 *
 * Thread: files_open(), files_look(), files_take() and files_close() the loop's. Blocks: files_close(), until the
 * thread has finished the file that it is reading.
 * Proof: tests/unit/alerting/files.c
 */
#ifndef VIGIL_ALERTING_FILES_H
#define VIGIL_ALERTING_FILES_H

#include "alerting/act/alerting.h"

enum { FILES_EVERY_MS = 2000 };

struct files;

/* Start the thread. @gate: the ZAP handler whose list of keys the thread reloads. @ladders_ns: files_modified_ns() of
 * the ladders in force. @conf and @gate must outlive it. Return: 0 or -errno. */
int files_open(struct files **ret, const struct conf *conf, struct zap *gate, int64_t ladders_ns);
/* Stop the thread and wait for it. Takes NULL. */
struct files *files_close(struct files *files);

/* Have the thread check the files now. */
void files_look(struct files *files);

/* Put the ladders into force that the thread has read since the last call, if any. */
void files_take(struct files *files, struct alerting *alerting);

/* When @path was last modified, in nanoseconds; 0: it cannot be read. Blocks: calls stat(). */
int64_t files_modified_ns(const char *path);
/* Log V0442 if no channel reaches the default desk, at which every ladder ends. */
void files_warn_of_desks(const struct alerting *alerting);

#endif
