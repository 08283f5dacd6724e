/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: frames from alerting, as a pager and a reader of the feed take them. Input: frames of type, newline,
 * body, separated by zero bytes. For any input, numbers must be safe to print and to subtract, and every frame sent
 * back must be JSON.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "cli/recipient/book/page_book.h"
#include "cli/watch/feed_book.h"
#include "common/wire/json_number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool truth) {
        if (!truth)
                abort();
}

static void check_time(int64_t time_ms) {
        check(time_ms >= 0 && time_ms <= JSON_NUMBER_TIME_MAX_MS);
}

static void check_cards(const struct page_book *book) {
        const struct page_card *card;

        for (size_t i = 0; (card = page_book_at(book, i)); i++) {
                check(card->step >= 0 && card->attempt >= 0 && card->repeats >= 0);
                check((int)card->severity >= 0 && card->severity <= SEVERITY_INFO);
                check_time(card->late_ms);
                check_time(card->event_time_ms);
                check_time(card->raised_time_ms);
                check_time(card->answer_by_time_ms);
                check_time(card->trace.sent_us / 1000);
        }
}

static void on_change(void *context, const char *change, int64_t time_ms,
                      const struct feed_book_alert *alert, const char *json, size_t json_bytes) {
        check_time(time_ms);
        check_time(alert->raised_time_ms);
        check_time(alert->late_ms);
        check(alert->repeats >= 0 && alert->step >= 0);
}

static void send_all(struct page_book *book, int link, int64_t now_mono_ms) {
        const char *type;
        char *json;

        for (int i = 0; i < 1000 && page_book_next(book, link, now_mono_ms, &type, &json) == 0;
             i++) {
                yyjson_doc *doc = yyjson_read(json, strlen(json), 0);

                check(doc != NULL);
                yyjson_doc_free(doc);
                free(json);
                page_book_sent(book, now_mono_ms, now_mono_ms * 1000);
        }
}

static void frame(struct page_book *book, struct feed_book *feed, const uint8_t *data,
                  size_t bytes) {
        const uint8_t *newline = memchr(data, '\n', bytes);
        size_t type_bytes = newline ? (size_t)(newline - data) : bytes;
        const char *body = (const char *)data + type_bytes + (newline != NULL);
        size_t body_bytes = bytes - type_bytes - (newline != NULL);
        struct page_news news;

        check(page_book_take(book, (int)(type_bytes % 2), data, type_bytes, body, body_bytes, 1000,
                             1000000, &news) == 0);
        check_cards(book);
        check(feed_book_reply(feed, body, body_bytes) >= 0);
        check(feed_book_message(feed, body, body_bytes) >= 0);
        check(feed_book_beat(feed, body, body_bytes) >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct page_book *book = NULL;
        struct feed_book *feed = NULL;
        char *json = NULL;

        if (page_book_new(&book, 2) < 0 || feed_book_new(&feed, on_change, NULL) < 0)
                abort();
        page_book_connected(book, 0, "zh");
        page_book_connected(book, 1, "zh");
        while (size > 0) {
                const uint8_t *end = memchr(data, '\0', size);
                size_t bytes = end ? (size_t)(end - data) : size;

                frame(book, feed, data, bytes);
                data += bytes + (end != NULL);
                size -= bytes + (end != NULL);
        }
        send_all(book, 0, 1000);
        send_all(book, 1, 1000);
        if (page_book_beat(book, 0, &json) == 0)
                free(json);
        page_book_free(book);
        feed_book_free(feed);
        return 0;
}
