/* SPDX-License-Identifier: MIT
 *
 * Notices at a desk's pager (docs/wire/pages.md, "Notices"): alarms that Kafka has not accepted, reported
 * unprocessed. Every alerting process sends the same notice, and repeats it until ingest knows that it has arrived;
 * it is shown once.
 *
 * Pure. Thread: any; a struct page_notices belongs to one thread. Blocks: never.
 */
#ifndef VIGIL_CLI_RECIPIENT_PAGE_NOTICE_H
#define VIGIL_CLI_RECIPIENT_PAGE_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/event.h"
#include "common/registry/registry.h"

struct language;

enum { PAGE_NOTICES_MAX = 256 };

struct page_notice {
        char id[EVENT_ID_TEXT_BYTES];
        char kind[32];
        char device_id[EVENT_DEVICE_ID_BYTES];
        char district[REGISTRY_ID_BYTES];
        char elder_id[EVENT_ELDER_ID_BYTES];
        char elder_name[REGISTRY_NAME_BYTES];
        char address[160];
        char phone[32];
        int64_t received_time_ms;
        bool drill;
        bool settled; /* Kafka has accepted the alarm; the page follows */
};

/* The last notices, newest last. When full, the first of these makes room: the oldest settled one, the oldest that
 * is no call for help, the oldest. All zero: empty. */
struct page_notices {
        struct page_notice list[PAGE_NOTICES_MAX];
        size_t count;
};

/* Whether @type is that of a notice frame: notice or settled. */
bool page_notice_is(const void *type, size_t type_bytes);

/* Process a notice frame. Return: the notice when it is new or has become settled, else NULL. *ret_known: the
 * notice that the frame is about, to be confirmed; NULL when it is unknown or the frame is unreadable. */
const struct page_notice *page_notice_take(struct page_notices *notices, const void *type,
                                           size_t type_bytes, const void *body, size_t body_bytes,
                                           const struct page_notice **ret_known);

/* The JSON of `noticed`: malloc'd, the caller frees it; NULL when out of memory. */
char *page_notice_confirm(const struct page_notice *notice);

/* A call for help: not a door, not a cancel. */
bool page_notice_is_cry(const struct page_notice *notice);

/* Return: number of notices that are not settled; into @ret the first @most of them: calls for help first, each
 * group newest first. @notices may be NULL. */
size_t page_notice_open(const struct page_notices *notices, const struct page_notice **ret,
                        size_t most);

/* One line for a person, the least important text last, since a narrow screen cuts the end. */
void page_notice_line(const struct page_notice *notice, const struct language *language, char *ret,
                      size_t ret_bytes);

#endif
