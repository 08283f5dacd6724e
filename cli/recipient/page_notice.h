/* SPDX-License-Identifier: MIT
 *
 * Notices at a desk's end (docs/wire/pages.md, "Notices"): alarms that Kafka has not taken, told as they are. The same one
 * comes from every alerting process, and again until ingest knows that it is here; it is shown once.
 *
 * Pure. Thread: the caller's.
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
        bool settled; /* Kafka has it now, and the page follows as always */
};

/* The last of them, newest last; the oldest makes room: a settled one, or one that is no cry, before a cry. */
struct page_notices {
        struct page_notice list[PAGE_NOTICES_MAX];
        size_t count;
};

/* Is it a frame of these? */
bool page_notice_is(const void *type, size_t type_bytes);

/* Return: the notice when this frame is news of it, else NULL. *ret_known: what the frame is about is here, so that it may be
 * confirmed. */
const struct page_notice *page_notice_take(struct page_notices *notices, const void *type,
                                           size_t type_bytes, const void *body, size_t body_bytes,
                                           const struct page_notice **ret_known);

/* The body of `noticed`, malloc'd, or NULL. */
char *page_notice_confirm(const struct page_notice *notice);

/* Somebody may need help: not a door, not a cancel. */
bool page_notice_is_cry(const struct page_notice *notice);

/* How many are not settled, and into @ret the first @most of them: cries first, the newest of each first. @notices may be
 * NULL. */
size_t page_notice_open(const struct page_notices *notices, const struct page_notice **ret,
                        size_t most);

/* One line for a person; what a narrow screen cuts off is at its end. */
void page_notice_line(const struct page_notice *notice, const struct language *language, char *ret,
                      size_t ret_bytes);

#endif
