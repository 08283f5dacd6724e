/* SPDX-License-Identifier: MIT
 *
 * Book 告警簿: every alert that alerting holds, open or closed within 24 hours, with its response; and the ids of those that
 * were told before (told.h).
 *
 * It answers: is this id known? is another alert of this rule and elder open? who is busy? what is due next? An alert belongs to the Kafka partition it came from and leaves the book with it.
 *
 * Thread: one. Blocks: never.
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

/* A new one, which belongs to the book from now on, also when there is no memory for it. Settle it. Return: 0 or -ENOMEM. */
int book_add(struct book *book, int32_t partition, struct response *response);
/* @alert_id, of a repeat, leads to @response too. Return: 0 or -ENOMEM. */
int book_add_id(struct book *book, const struct response *response, const char *alert_id);

/* Put back what was stored; @response belongs to the book now. An older form is replaced. */
int book_restore(struct book *book, int32_t partition, struct response *response);

/* Find by the id of the alert or of a repeat folded into it; NULL. */
struct response *book_find(const struct book *book, const char *alert_id);
/* The open one that @alert would be one more of: of the same rule and elder; NULL. */
struct response *book_find_same(const struct book *book, const struct alert *alert);
int32_t book_partition(const struct book *book, const struct response *response);

/* After any call that changed a response: find its place again. */
void book_settle(struct book *book, struct response *response);

/* The response whose time has come and that has waited longest, or NULL. */
struct response *book_due(const struct book *book, int64_t now_ms);
/* Not before @until_ms (its plan is still on the way to Kafka). */
void book_defer(struct book *book, struct response *response, int64_t until_ms);
/* The wall clock was set by @by_ms (forward: > 0): every time of every response moves with it. */
void book_shift(struct book *book, int64_t by_ms);
/* When book_due() will next have something; INT64_MAX: never. */
int64_t book_next_ms(const struct book *book);

/* Out of the book, and freed. */
void book_forget(struct book *book, struct response *response);
/* The same of one that was closed long ago: its ids, and those of repeats, stay known. Return: 0 or -ENOMEM. */
int book_retire(struct book *book, struct response *response);
/* Its id and those of repeats folded into it. */
void book_each_id(const struct book *book, const struct response *response,
                  void (*each)(void *context, const char *alert_id), void *context);
/* The book's own, and its caller's to add to. */
struct told *book_told(const struct book *book);
/* The partition is another instance's now. */
void book_drop(struct book *book, int32_t partition);

/* Has @team accepted an open alert other than @alert_id? */
bool book_is_busy(const struct book *book, const char *team, const char *alert_id);

/* Of how many open alerts other than @alert_id does @team still owe an answer? */
size_t book_asked(const struct book *book, const char *team, const char *alert_id);

/* Every response, in no order; the callback must not change the book. */
void book_each(const struct book *book, void (*each)(void *context, struct response *response),
               void *context);
/* The same, of those alone that @recipient is asked about or owed a word of: what a pager that connects must hear. */
void book_each_of(const struct book *book, const char *recipient,
                  void (*each)(void *context, struct response *response), void *context);
/* The same as a list, that the book may be changed while it is gone through; @recipient NULL: every response. The caller
 * frees it. Return: 0 or -ENOMEM. */
int book_list(const struct book *book, const char *recipient, struct response ***ret,
              size_t *ret_count);
size_t book_count(const struct book *book);

#endif
