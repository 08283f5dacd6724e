/* SPDX-License-Identifier: MIT
 *
 * Page client: a recipient's end of docs/wire/pages.md over ZeroMQ with CURVE. The terminal pager, the robots of
 * `vigil sim` and tests use it; one process can hold five hundred.
 *
 * It connects to every alerting process of the site, with one link each: an alert is paged by one of them, and by
 * another when that one dies. It sends hello on each new connection (libzmq reconnects by itself, its monitor
 * reports that), sends a beat every 5 s, reconnects after 15 s of silence, confirms each page at once and repeats
 * an answer until it is stored. Its state is a page_book.
 *
 * Event loop: wait until one of page_client_fds() is readable or the time returned by page_client_turn() has
 * passed, then call page_client_turn(). libzmq's descriptors are edge-triggered; one call reads all input.
 *
 * Thread: a client belongs to one thread. Blocks: never.
 */
#ifndef VIGIL_CLI_RECIPIENT_PAGE_CLIENT_H
#define VIGIL_CLI_RECIPIENT_PAGE_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/keys/curve.h"
#include "cli/recipient/book/page_book.h"
#include "cli/recipient/page_notice.h"
#include "common/files/conf.h"

enum {
        PAGE_CLIENT_BEAT_MS = 5000,
        PAGE_CLIENT_SILENCE_MS = 15000,
        PAGE_CLIENT_WELCOME_MS = 5000, /* repeat hello without welcome after this */
        PAGE_CLIENT_FDS_MAX = 2 * PAGE_CARD_LINKS_MAX,
};

enum page_client_link {
        PAGE_CLIENT_LINK_DOWN,    /* no connection */
        PAGE_CLIENT_LINK_REFUSED, /* alerting rejects this key */
        PAGE_CLIENT_LINK_UP,      /* connected, hello sent */
        PAGE_CLIENT_LINK_WELCOME, /* welcomed: pages arrive */
};

struct page_client;

/* Called from page_client_turn(). It may call page_client_answer() and must not free the client. */
typedef void (*page_client_news)(void *context, struct page_client *client,
                                 const struct page_news *news);

/* Called from page_client_turn() when a notice is new or settled. NULL: notices are not shown. */
typedef void (*page_client_notice)(void *context, const struct page_notice *notice);

struct page_client_options {
        void *zmq; /* owned by the caller; needs 3 sockets a link, see ZMQ_MAX_SOCKETS */
        const struct conf *conf; /* only alerting.instances, only during page_client_new() */
        const char *id;          /* for messages; the identity is the key */
        const char *language;    /* "zh" or "en" */
        const struct curve_pair *keys;
        const char *server_public;
        page_client_news news;
        page_client_notice notice;
        void *context;
};

/* Return: 0, -ENOMEM, -EMFILE, -EINVAL (invalid key or endpoint). */
int page_client_new(struct page_client **ret, const struct page_client_options *options,
                    int64_t now_mono_ms);
struct page_client *page_client_free(struct page_client *client);

/* Return: the number of descriptors, two per link. */
int page_client_fds(const struct page_client *client, int ret[PAGE_CLIENT_FDS_MAX]);

/* Read all input, send what is due. Return: milliseconds until the next call is due, or -errno. */
int page_client_turn(struct page_client *client, int64_t now_mono_ms);

/* As page_book_answer(), and sends the answer at once if the socket accepts it. Return: as page_book_answer(), or
 * -errno. */
int page_client_answer(struct page_client *client, const char *alert_id,
                       enum page_card_answer answer, int eta_s, const char *reason,
                       int64_t now_mono_ms);

const char *page_client_id(const struct page_client *client);
/* The best state of all links: WELCOME when at least one process sends pages. */
enum page_client_link page_client_link(const struct page_client *client);
/* Return: number of alerting processes that have not welcomed us, so that their pages do not arrive; *ret_count:
 * number of all processes, including those that the configuration does not list. */
int page_client_missing(const struct page_client *client, int *ret_count);
struct page_book *page_client_book(struct page_client *client);
/* NULL before the first notice. */
const struct page_notices *page_client_notices(const struct page_client *client);

/* Monotonic time of the last frame from any alerting process; 0: none on the present connections. */
int64_t page_client_heard_mono_ms(const struct page_client *client);

#endif
