/* SPDX-License-Identifier: MIT
 *
 * Page book: what one recipient has been told and what it still owes alerting. The pure half of
 * page_client: frames of docs/wire/pages.md in, news for the person and frames to send out.
 *
 * A site may run several alerting processes. Each has a link here, and each alert belongs to one of them: the
 * one that spoke of it last. Its answers go there; while that link is down, or when that process does not
 * know the alert (any more), they go to all. A card is one card whichever of them pages, also when an
 * alert moves from one to another in the middle.
 *
 * One card per alert, whatever the step or attempt. A page that comes again is told apart:
 *
 *      PAGE_NEWS_RESENT     alerting could not know that we have it: it had no receipt from this
 *                      connection yet. Or it shows after a hello what is open, our answer with
 *                      it. Receipt is repeated, the card stays as it is, but for an answer that
 *                      it did not know to count.
 *      PAGE_NEWS_NEXT_STEP  the same alert on a later step of its ladder, or a step that nobody
 *                      answered in time and that is begun anew: same card, asked afresh.
 *      PAGE_NEWS_DOUBLED    alerting tells this person the same step once more although it must
 *                      know better. A fault of the sender, never expected, always counted:
 *                      - the alert was closed, or this person stood down and nothing asked
 *                        anew since; or
 *                      - its answer is stored, and the page does not say so; or
 *                      - another attempt sent more than PAGE_CARD_CONFIRM_MS after our receipt of
 *                        this step, with no reconnection between; or
 *                      - a second alert of the same rule and elder while the first is open on
 *                        this pager (it must come as an update "repeated"). Only this one is
 *                        shown as a card of its own: nobody may lose a page to a count.
 *
 * Answers are repeated until they are stored or refused: after 1, 2, 4, then every 5 s. "unknown_page" is a
 * refusal when every process has said so, and the alert has had the time to move between them.
 *
 * A recipient may have several devices on one key. Alerting tells each of them what one has answered
 * (PAGE_NEWS_ANSWERED here), and a beat names the cards that still ask something, so that who was
 * away learns what became of them.
 *
 * An accept and a stand-down may cross: the daughter was first, and yet the team's accept counts, since a
 * team comes before family (docs/wire/pages.md). What alerting says last holds: "stored", or the page
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

/* @links: how many alerting processes there are, 1 to PAGE_CARD_LINKS_MAX; a link is a number below it. */
int page_book_new(struct page_book **ret, int links);
struct page_book *page_book_free(struct page_book *book);

/* Every new connection: receipts and answers still owed become due, hello is owed. */
void page_book_connected(struct page_book *book, int link, const char *language);
void page_book_disconnected(struct page_book *book, int link);

/* How many processes the site has, as far as alerting has said; 0: it has not. */
int page_book_instances(const struct page_book *book);

/* Take one frame that came over @link. Return: 0 or -ENOMEM. */
int page_book_take(struct page_book *book, int link, const void *type, size_t type_bytes,
                   const void *json, size_t json_bytes, int64_t now_mono_ms, int64_t now_time_us,
                   struct page_news *ret);

/* The next frame that is due on @link: type and JSON (malloc'd, the caller frees). The caller reports with
 * page_book_sent() when it could be handed over; otherwise it comes again.
 * Return: 0, PAGE_BOOK_IDLE, -ENOMEM. */
enum { PAGE_BOOK_IDLE = 1 };
int page_book_next(struct page_book *book, int link, int64_t now_mono_ms, const char **ret_type,
                   char **ret_json);
void page_book_sent(struct page_book *book, int64_t now_mono_ms, int64_t now_time_us);

/* The body of a beat over @link: the cards that ask something, a part of them when they are many. malloc'd.
 * Return: 0 or -ENOMEM. */
int page_book_beat(struct page_book *book, int link, char **ret_json);

/* Milliseconds until something is due; -1: nothing. */
int64_t page_book_due_ms(const struct page_book *book, int64_t now_mono_ms);

/* The person's answer. @reason may be NULL. Return: 0; PAGE_BOOK_NO_CARD; PAGE_BOOK_TWICE (the
 * same answer was given before: nothing changes). */
enum { PAGE_BOOK_NO_CARD = 1, PAGE_BOOK_TWICE };
int page_book_answer(struct page_book *book, const char *alert_id, enum page_card_answer answer,
                     int eta_s, const char *reason, int64_t now_mono_ms);

/* Finished cards first, then the others, each newest last; NULL past the end. Finished cards stay until PAGE_CARD_KEPT_MS have passed. */
const struct page_card *page_book_at(const struct page_book *book, size_t index);
const struct page_card *page_book_card(const struct page_book *book, const char *alert_id);

/* Forget cards that ended long ago. */
void page_book_prune(struct page_book *book, int64_t now_mono_ms);

#endif
