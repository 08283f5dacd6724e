/* SPDX-License-Identifier: MIT
 *
 * Page book: what one recipient has received and which receipts and answers it still owes alerting. The pure half
 * of page_client: it takes frames of docs/wire/pages.md, and returns news for the person and frames to send.
 *
 * A site may run several alerting processes. The book has a link for each, and each alert has an owner: the process
 * that sent the last frame about it. Answers go to the owner. While the owner's link is down, or after the owner
 * replied that it does not know the alert, they go to all processes. An alert is one card, whichever process pages
 * it, also if it moves to another process.
 *
 * There is one card per alert, whatever the step or attempt. A further page of the same alert is one of:
 *
 *      PAGE_NEWS_RESENT     Alerting could not know that the page has arrived: it had no receipt from this
 *                      connection yet. Or it lists, after a hello, what is open, with our answer.
 *                      The receipt is repeated. The card does not change, except that it takes over
 *                      an answer of ours that it did not know to be stored.
 *      PAGE_NEWS_NEXT_STEP  A later step of the ladder, or the same step started again because nobody
 *                      answered in time: the same card, and the person is asked again.
 *      PAGE_NEWS_DOUBLED    Alerting repeats the step although it must know better. This is a fault of
 *                      the sender; it is never expected and always counted:
 *                      - the alert was closed, or this person was stood down and not asked again
 *                        since; or
 *                      - an answer is stored, and the page does not contain it; or
 *                      - another attempt was sent more than PAGE_CARD_CONFIRM_MS after our receipt
 *                        for this step, without a reconnection in between; or
 *                      - a second alert of the same rule and elder arrives while the first is open on
 *                        this pager (it must arrive as an update "repeated"). Only this one gets a
 *                        card of its own: a page must not be reduced to a count.
 *
 * An answer is repeated until it is stored or refused: after 1, 2, 4, then every 5 s. "unknown_page" counts as
 * refused only when every process has replied so and the alert has had PAGE_CARD_UNKNOWN_MS to move between them.
 *
 * A recipient may have several devices with one key. Alerting informs all of them of an answer given on one
 * (PAGE_NEWS_ANSWERED on the others). A beat lists the cards that are open or held, so that a device that was
 * disconnected is told what it missed.
 *
 * An accept and a stand-down may cross: the family accepted first, and the team's accept still counts, because a
 * team has precedence over family (docs/wire/pages.md). The last frame from alerting decides: "stored", or a page
 * with state "accepted", makes the card accepted again.
 *
 * Thread: a book belongs to one thread. Blocks: never. Time is an argument.
 */
#ifndef VIGIL_CLI_RECIPIENT_BOOK_PAGE_BOOK_H
#define VIGIL_CLI_RECIPIENT_BOOK_PAGE_BOOK_H

#include <stddef.h>
#include <stdint.h>

#include "cli/recipient/book/page_card.h"
#include "cli/recipient/book/page_news.h"

struct page_book;

/* @links: number of alerting processes, 1 to PAGE_CARD_LINKS_MAX; a link is an index below it. Return: 0 or
 * -ENOMEM. */
int page_book_new(struct page_book **ret, int links);
struct page_book *page_book_free(struct page_book *book);

/* Call on every new connection: hello is owed again, and receipts and answers that are still owed become due.
 * @language: for hello. */
void page_book_connected(struct page_book *book, int link, const char *language);
void page_book_disconnected(struct page_book *book, int link);

/* Number of processes of the site, as alerting reports it; 0: not reported yet. */
int page_book_instances(const struct page_book *book);

/* Process one frame received on @link. Return: 0 or -ENOMEM. *ret: what it means, see page_news.h. */
int page_book_take(struct page_book *book, int link, const void *type, size_t type_bytes,
                   const void *json, size_t json_bytes, int64_t now_mono_ms, int64_t now_time_us,
                   struct page_news *ret);

/* The next frame due on @link: its type and its JSON (malloc'd, the caller frees it). After handing it over, the
 * caller calls page_book_sent(); a frame without that call is returned again. Return: 0, PAGE_BOOK_IDLE, -ENOMEM. */
enum { PAGE_BOOK_IDLE = 1 };
int page_book_next(struct page_book *book, int link, int64_t now_mono_ms, const char **ret_type,
                   char **ret_json);
void page_book_sent(struct page_book *book, int64_t now_mono_ms, int64_t now_time_us);

/* The JSON of a beat on @link: ids of open and held cards, at most PAGE_CARD_BEAT_MAX; the next beat continues with
 * the others. *ret_json: malloc'd, the caller frees it. Return: 0 or -ENOMEM. */
int page_book_beat(struct page_book *book, int link, char **ret_json);

/* Milliseconds until a frame is due; -1: none. */
int64_t page_book_due_ms(const struct page_book *book, int64_t now_mono_ms);

/* Record the person's answer; page_book_next() then sends it. @eta_s: 0 when not given. @reason may be NULL.
 * Return: 0; PAGE_BOOK_NO_CARD; PAGE_BOOK_TWICE when the same answer was given before (nothing changes). */
enum { PAGE_BOOK_NO_CARD = 1, PAGE_BOOK_TWICE };
int page_book_answer(struct page_book *book, const char *alert_id, enum page_card_answer answer,
                     int eta_s, const char *reason, int64_t now_mono_ms);

/* Card @index: finished cards first, then the others, each group newest last; NULL past the end. Finished cards are
 * kept for PAGE_CARD_KEPT_MS. A card is valid until page_book_prune(). */
const struct page_card *page_book_at(const struct page_book *book, size_t index);
/* The card of an alert, or NULL. */
const struct page_card *page_book_card(const struct page_book *book, const char *alert_id);

/* Free the cards that ended more than PAGE_CARD_KEPT_MS ago. */
void page_book_prune(struct page_book *book, int64_t now_mono_ms);

#endif
