/* SPDX-License-Identifier: MIT
 *
 * Page client: a recipient's end of docs/wire/pages.md over ZeroMQ with CURVE. The terminal pager,
 * the robots of `vigil sim` and tests are made of it; five hundred fit into one process.
 *
 * It connects to every alerting process of the site, each by a link of its own: an alert is told by one of them,
 * and which one changes when one dies. It says hello on every new connection (libzmq reconnects by itself, and its monitor tells us),
 * beats every 5 s, connects anew after 15 s of silence, confirms every page at once and
 * repeats an answer until it is stored. What it knows is a page_book.
 *
 * Driving it: wait until one of page_client_fds() is readable or the time that page_client_turn()
 * returned has passed, then call page_client_turn(). libzmq's descriptors are edges, not
 * levels: one turn reads everything there is.
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
        PAGE_CLIENT_WELCOME_MS = 5000, /* a hello without welcome is said again after this */
        PAGE_CLIENT_FDS_MAX = 2 * PAGE_CARD_LINKS_MAX,
};

enum page_client_link {
        PAGE_CLIENT_LINK_DOWN,    /* no connection */
        PAGE_CLIENT_LINK_REFUSED, /* alerting does not admit this key */
        PAGE_CLIENT_LINK_UP,      /* connected, hello said */
        PAGE_CLIENT_LINK_WELCOME, /* pages come */
};

struct page_client;

/* Called from page_client_turn(). It may answer, and must not free the client. */
typedef void (*page_client_news)(void *context, struct page_client *client,
                                 const struct page_news *news);

/* A notice is new, or settled: NULL for who shows none. */
typedef void (*page_client_notice)(void *context, const struct page_notice *notice);

struct page_client_options {
        void *zmq; /* context, the caller's; raise ZMQ_MAX_SOCKETS for many clients (3 a link) */
        const struct conf *conf; /* its alerting.instances; read by page_client_new() alone */
        const char *id;          /* only names the client in messages: who we are is our key */
        const char *language;    /* "zh" or "en" */
        const struct curve_pair *keys;
        const char *server_public;
        page_client_news news;
        page_client_notice notice;
        void *context;
};

/* Return: 0, -ENOMEM, -EMFILE, -EINVAL (a bad key or endpoint). */
int page_client_new(struct page_client **ret, const struct page_client_options *options,
                    int64_t now_mono_ms);
struct page_client *page_client_free(struct page_client *client);

/* Return: how many descriptors there are, two a link. */
int page_client_fds(const struct page_client *client, int ret[PAGE_CLIENT_FDS_MAX]);

/* Read what has come, send what is due. Return: milliseconds until the next turn is due, or -errno. */
int page_client_turn(struct page_client *client, int64_t now_mono_ms);

/* As page_book_answer(); leaves with this call when the socket takes it. */
int page_client_answer(struct page_client *client, const char *alert_id,
                       enum page_card_answer answer, int eta_s, const char *reason,
                       int64_t now_mono_ms);

const char *page_client_id(const struct page_client *client);
/* The best of the links: WELCOME when pages come from one process at least. */
enum page_client_link page_client_link(const struct page_client *client);
/* How many alerting processes have not welcomed us, of how many, with those that the configuration does not name.
 * Their pages do not come. */
int page_client_missing(const struct page_client *client, int *ret_count);
struct page_book *page_client_book(struct page_client *client);
/* NULL: there was none yet. */
const struct page_notices *page_client_notices(const struct page_client *client);

/* Monotonic time of the last frame from any alerting process, 0: none on these connections. */
int64_t page_client_heard_mono_ms(const struct page_client *client);

#endif
