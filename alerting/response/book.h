/* SPDX-License-Identifier: MIT
 *
 * Book 告警簿: every alert that alerting holds, open or closed within 24 hours, with its response; and the ids of alerts
 * closed before that (told.h).
 *
 * It is indexed by alert id, by rule and elder, by holder, by recipient and by due time. An alert belongs to the Kafka
 * partition it was read from and is removed when that partition is lost. A response that is passed to a call must be
 * in the book.
 *
 * Thread: one at a time. Blocks: never.
 */
#ifndef VIGIL_ALERTING_RESPONSE_BOOK_H
#define VIGIL_ALERTING_RESPONSE_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerting/response/outcome.h"
#include "alerting/response/told.h"
#include "alerting/route/route.h"

struct book;

int book_new(struct book **ret);
struct book *book_free(struct book *book);

/* Add a new response; call book_settle() next. Its id must not be that of a response in the book, nor of a repeat.
 * The book takes @response over; on failure it is freed. Return: 0 or -ENOMEM. */
int book_add(struct book *book, int32_t partition, struct response *response);
/* Let book_find() return @response for @alert_id too, the id of a repeat folded into it. Return: 0 or -ENOMEM. */
int book_add_id(struct book *book, const struct response *response, const char *alert_id);

/* Add and settle a response that was read back from vigil.pages; an earlier state of the same alert is replaced and
 * freed. The book takes @response over; on failure it is freed. Return: 0 or -ENOMEM. */
int book_restore(struct book *book, int32_t partition, struct response *response);

/* The response with that id, else the one that a repeat with that id is folded into; NULL: neither. */
struct response *book_find(const struct book *book, const char *alert_id);
/* The open response that @alert is a repeat of: same rule and elder; NULL: none. */
struct response *book_find_same(const struct book *book, const struct alert *alert);
int32_t book_partition(const struct book *book, const struct response *response);

/* Call after every change of a response: it updates the indexes and the due time. */
void book_settle(struct book *book, struct response *response);

/* The response with the earliest due time, if that is not after @now_ms; NULL: nothing is due. */
struct response *book_due(const struct book *book, int64_t now_ms);
/* Make @response due at @until_ms, until it is settled again: for a response that cannot be acted on yet, because its
 * plan is not in Kafka or its partition is not ready. */
void book_defer(struct book *book, struct response *response, int64_t until_ms);
/* The wall clock was set by @by_ms (forward: > 0): shift every response (response_shift()) and due time by it. */
void book_shift(struct book *book, int64_t by_ms);
/* The earliest due time; INT64_MAX: none. */
int64_t book_next_ms(const struct book *book);

/* Remove @response and free it. */
void book_forget(struct book *book, struct response *response);
/* As book_forget(), but its id and those of its repeats are kept as told (told.h). Return: 0; -ENOMEM: it stays. */
int book_retire(struct book *book, struct response *response);
/* Call @each for the id of @response and for those of the repeats folded into it. */
void book_each_id(const struct book *book, const struct response *response,
                  void (*each)(void *context, const char *alert_id), void *context);
/* The told ids. They belong to the book; the caller may add to them. */
struct told *book_told(const struct book *book);
/* Another instance owns @partition now: remove and free its responses, remove its told ids. */
void book_drop(struct book *book, int32_t partition);

/* Is @team the holder of an open alert other than @alert_id? */
bool book_is_busy(const struct book *book, const char *team, const char *alert_id);

/* Of how many open alerts other than @alert_id does @team still owe an answer? */
size_t book_asked(const struct book *book, const char *team, const char *alert_id);

/* Every response, in no order; the callback must not change the book. */
void book_each(const struct book *book, void (*each)(void *context, struct response *response),
               void *context);
/* The same for responses of which @recipient has a page to show or is owed a stand-down: what a pager that connects
 * must be sent. It may be every response, if memory was short once. */
void book_each_of(const struct book *book, const char *recipient,
                  void (*each)(void *context, struct response *response), void *context);
/* The same as a list, so that the book may change while the caller goes through it; @recipient NULL: every response.
 * The caller frees the list. Return: 0 or -ENOMEM. */
int book_list(const struct book *book, const char *recipient, struct response ***ret,
              size_t *ret_count);
size_t book_count(const struct book *book);

#endif
