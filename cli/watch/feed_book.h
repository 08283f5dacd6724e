/* SPDX-License-Identifier: MIT
 *
 * Feed book: one subscriber's state of docs/wire/feed.md; the pure half of feed_client. It always converges:
 * messages follow a snapshot without a gap in their sequence, and after a gap the book requests what is missing.
 *
 *      unknown ── snapshot ──▶ following ── gap, or beat ahead ──▶ asking (replay) ── replay ──▶ following
 *         ▲                                                                │ gone
 *         └────────── another epoch: alerting was restarted ◀──────────────┘
 *
 * While a request is open, messages are dropped: the reply contains them, in order and once.
 *
 * Thread: a book belongs to one thread. Blocks: never. Time is an argument.
 */
#ifndef VIGIL_CLI_WATCH_FEED_BOOK_H
#define VIGIL_CLI_WATCH_FEED_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/alert.h"
#include "common/registry/registry.h"

enum {
        FEED_BOOK_ASK_AGAIN_MS = 2000,
        FEED_BOOK_PEOPLE_MAX = 8,
};

struct feed_book_alert {
        char alert_id[ALERT_ID_BYTES];
        char rule[ALERT_RULE_ID_BYTES];
        char elder_id[EVENT_ELDER_ID_BYTES];
        char district[REGISTRY_ID_BYTES];
        char class[24];
        enum severity severity;
        char condition[16]; /* active, cleared */
        char response[16];  /* unacked, acked, dispatched, on_scene, closed */
        char title_zh[ALERT_TEXT_BYTES], title_en[ALERT_TEXT_BYTES];
        int64_t event_time_ms, raised_time_ms, late_ms;
        int repeats, step;
        char holder[REGISTRY_ID_BYTES];
        char reason[64];
        bool drill;
        char people[FEED_BOOK_PEOPLE_MAX][REGISTRY_ID_BYTES]; /* the last recipients paged */
        int people_count;
};

/* Called for each change, in order. @change: a word of feed.md, or "open" for an alert of a snapshot. @time_ms: 0
 * in a snapshot. @json: the message, or the alert's state in a snapshot, as received. Pointers are valid during the
 * call. */
typedef void (*feed_book_change)(void *context, const char *change, int64_t time_ms,
                                 const struct feed_book_alert *alert, const char *json,
                                 size_t json_bytes);

struct feed_book;

/* Return: 0 or -ENOMEM. @change is called from the calls below. */
int feed_book_new(struct feed_book **ret, feed_book_change change, void *context);
struct feed_book *feed_book_free(struct feed_book *book);

/* Process a feed message or a heartbeat of the XPUB socket. Return: 0, FEED_BOOK_UNREADABLE, -ENOMEM. */
enum { FEED_BOOK_UNREADABLE = 1 };
int feed_book_message(struct feed_book *book, const char *json, size_t json_bytes);
int feed_book_beat(struct feed_book *book, const char *json, size_t json_bytes);

/* Process a reply of the snapshot socket. Return: as above. */
int feed_book_reply(struct feed_book *book, const char *json, size_t json_bytes);

/* Write the request that must be sent now to @ret. It is repeated every FEED_BOOK_ASK_AGAIN_MS until the reply
 * arrives. Return: false when there is none. */
bool feed_book_request(struct feed_book *book, int64_t now_mono_ms, char *ret, size_t ret_bytes);

/* Call after a reconnection: an open request is due at once. */
void feed_book_connected(struct feed_book *book);

/* True while there is a snapshot, no known gap and no open request. */
bool feed_book_is_following(const struct feed_book *book);
/* Number of alerting processes of the site, as of the last snapshot; 0: unknown. */
int feed_book_instances(const struct feed_book *book);
/* Sequence of the last change applied. */
uint64_t feed_book_sequence(const struct feed_book *book);

#endif
