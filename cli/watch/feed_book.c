/* SPDX-License-Identifier: MIT */
#include "cli/watch/feed_book.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "cli/command/json_field.h"
#include "common/base/err.h"
#include "common/wire/json_number.h"

enum wanting {
        WANT_NOTHING,
        WANT_SNAPSHOT,
        WANT_REPLAY,
};

struct feed_book {
        char epoch[64];
        uint64_t sequence; /* of the last change applied */
        uint64_t newest;   /* latest known, from a message or heartbeat */
        enum wanting wanting;
        int64_t asked_mono_ms; /* 0: not requested yet */
        int instances;
        feed_book_change change;
        void *context;
};

int feed_book_new(struct feed_book **ret, feed_book_change change, void *context) {
        struct feed_book *book = calloc(1, sizeof(*book));

        if (!book)
                return err_raise(-ENOMEM);
        book->wanting = WANT_SNAPSHOT;
        book->change = change;
        book->context = context;
        *ret = book;
        return 0;
}

struct feed_book *feed_book_free(struct feed_book *book) {
        free(book);
        return NULL;
}

bool feed_book_is_following(const struct feed_book *book) {
        return book->wanting == WANT_NOTHING;
}

uint64_t feed_book_sequence(const struct feed_book *book) {
        return book->sequence;
}

int feed_book_instances(const struct feed_book *book) {
        return book->instances;
}

static void want(struct feed_book *book, enum wanting wanting) {
        if (book->wanting == wanting)
                return;
        book->wanting = wanting;
        book->asked_mono_ms = 0;
}

void feed_book_connected(struct feed_book *book) {
        book->asked_mono_ms = 0;
}

/* --- reading ------------------------------------------------------------------------------------- */

/* Keep the last FEED_BOOK_PEOPLE_MAX recipients; a long ladder pages more. */
static void people_get(yyjson_val *object, struct feed_book_alert *ret) {
        yyjson_val *pages = yyjson_obj_get(object, "pages");
        size_t count = yyjson_arr_size(pages);
        size_t skip = count > FEED_BOOK_PEOPLE_MAX ? count - FEED_BOOK_PEOPLE_MAX : 0;

        for (size_t i = skip; i < count; i++)
                json_field(yyjson_arr_get(pages, i), "recipient", ret->people[ret->people_count++],
                           sizeof(ret->people[0]));
}

static void alert_get(yyjson_val *object, struct feed_book_alert *ret) {
        *ret = (struct feed_book_alert){0};
        json_field(object, "alert_id", ret->alert_id, sizeof(ret->alert_id));
        json_field(object, "rule", ret->rule, sizeof(ret->rule));
        json_field(object, "elder", ret->elder_id, sizeof(ret->elder_id));
        json_field(object, "district", ret->district, sizeof(ret->district));
        json_field(object, "class", ret->class, sizeof(ret->class));
        json_field(object, "condition", ret->condition, sizeof(ret->condition));
        json_field(object, "response", ret->response, sizeof(ret->response));
        json_field(object, "holder", ret->holder, sizeof(ret->holder));
        json_field(object, "reason", ret->reason, sizeof(ret->reason));
        json_field_both(object, "title", ret->title_zh, ret->title_en, sizeof(ret->title_zh));
        ret->severity = json_field_severity(object);
        ret->event_time_ms = json_time_ms(object, "event_time_ms");
        ret->raised_time_ms = json_time_ms(object, "raised_time_ms");
        ret->late_ms = json_time_ms(object, "late_ms");
        ret->repeats = json_count(object, "repeats");
        ret->step = json_count(object, "step");
        ret->drill = yyjson_get_bool(yyjson_obj_get(object, "drill"));
        people_get(object, ret);
}

static int change_tell(struct feed_book *book, const char *change, yyjson_val *message,
                       yyjson_val *alert) {
        struct feed_book_alert read;
        size_t bytes = 0;
        char *json = yyjson_val_write(message, 0, &bytes);

        if (!json)
                return err_raise(-ENOMEM);
        alert_get(alert, &read);
        book->change(book->context, change, json_time_ms(message, "time_ms"), &read, json, bytes);
        free(json);
        return 0;
}

static bool is_of_epoch(const struct feed_book *book, yyjson_val *root) {
        const char *epoch = yyjson_get_str(yyjson_obj_get(root, "epoch"));

        return epoch && strcmp(epoch, book->epoch) == 0;
}

/* Request a replay if a later sequence is known than the last one applied. */
static void follow(struct feed_book *book) {
        want(book, book->newest > book->sequence ? WANT_REPLAY : WANT_NOTHING);
}

static int message_take(struct feed_book *book, yyjson_val *root) {
        const char *change = yyjson_get_str(yyjson_obj_get(root, "change"));
        yyjson_val *alert = yyjson_obj_get(root, "alert");
        uint64_t sequence = yyjson_get_uint(yyjson_obj_get(root, "seq"));
        int r;

        if (!change || !yyjson_is_obj(alert) || sequence == 0)
                return FEED_BOOK_UNREADABLE;
        if (sequence <= book->sequence)
                return 0;
        if (sequence != book->sequence + 1) {
                want(book, WANT_REPLAY);
                return 0;
        }
        r = change_tell(book, change, root, alert);
        if (r == 0)
                book->sequence = sequence;
        return r;
}

static void newest_note(struct feed_book *book, yyjson_val *root) {
        uint64_t sequence = yyjson_get_uint(yyjson_obj_get(root, "seq"));

        if (sequence > book->newest)
                book->newest = sequence;
}

/* Return: true when @root belongs to the epoch of the snapshot; otherwise it must be dropped, and a snapshot is
 * requested. */
static bool epoch_check(struct feed_book *book, yyjson_val *root) {
        if (book->wanting == WANT_SNAPSHOT)
                return false;
        if (is_of_epoch(book, root))
                return true;
        book->newest = 0;
        want(book, WANT_SNAPSHOT);
        return false;
}

int feed_book_message(struct feed_book *book, const char *json, size_t json_bytes) {
        yyjson_doc *doc = yyjson_read(json, json_bytes, 0);
        yyjson_val *root = yyjson_doc_get_root(doc);
        int r = yyjson_is_obj(root) ? 0 : FEED_BOOK_UNREADABLE;

        if (r == 0 && epoch_check(book, root)) {
                newest_note(book, root);
                if (book->wanting == WANT_NOTHING)
                        r = message_take(book, root);
        }
        yyjson_doc_free(doc);
        return r;
}

int feed_book_beat(struct feed_book *book, const char *json, size_t json_bytes) {
        yyjson_doc *doc = yyjson_read(json, json_bytes, 0);
        yyjson_val *root = yyjson_doc_get_root(doc);
        int r = yyjson_is_obj(root) ? 0 : FEED_BOOK_UNREADABLE;

        if (r == 0 && epoch_check(book, root)) {
                newest_note(book, root);
                follow(book);
        }
        yyjson_doc_free(doc);
        return r;
}

static int snapshot_take(struct feed_book *book, yyjson_val *root) {
        yyjson_val *alerts = yyjson_obj_get(root, "alerts");
        yyjson_val *alert;
        size_t i, count;
        int r = 0;

        if (!yyjson_is_arr(alerts) || !yyjson_is_str(yyjson_obj_get(root, "epoch")))
                return FEED_BOOK_UNREADABLE;
        json_field(root, "epoch", book->epoch, sizeof(book->epoch));
        book->sequence = yyjson_get_uint(yyjson_obj_get(root, "seq"));
        book->newest = book->sequence;
        book->instances = json_count(root, "instances");
        yyjson_arr_foreach(alerts, i, count, alert) {
                if (r == 0)
                        r = change_tell(book, "open", alert, alert);
        }
        if (r == 0)
                want(book, WANT_NOTHING);
        return r;
}

static int replay_take(struct feed_book *book, yyjson_val *root) {
        yyjson_val *messages = yyjson_obj_get(root, "messages");
        yyjson_val *message;
        size_t i, count;
        int r = 0;

        if (!yyjson_is_arr(messages))
                return FEED_BOOK_UNREADABLE;
        if (!is_of_epoch(book, root)) {
                want(book, WANT_SNAPSHOT);
                return 0;
        }
        yyjson_arr_foreach(messages, i, count, message) {
                if (r == 0)
                        r = message_take(book, message);
        }
        if (r == 0) {
                /* A reply holds a limited number of messages: if more are missing, request them at once. */
                book->asked_mono_ms = 0;
                follow(book);
        }
        return r;
}

int feed_book_reply(struct feed_book *book, const char *json, size_t json_bytes) {
        yyjson_doc *doc = yyjson_read(json, json_bytes, 0);
        yyjson_val *root = yyjson_doc_get_root(doc);
        int r = FEED_BOOK_UNREADABLE;

        if (yyjson_get_bool(yyjson_obj_get(root, "gone"))) {
                want(book, WANT_SNAPSHOT);
                r = 0;
        } else if (yyjson_get_bool(yyjson_obj_get(root, "snapshot"))) {
                r = book->wanting == WANT_SNAPSHOT ? snapshot_take(book, root) : 0;
        } else if (yyjson_get_bool(yyjson_obj_get(root, "replay"))) {
                r = book->wanting == WANT_REPLAY ? replay_take(book, root) : 0;
        }
        yyjson_doc_free(doc);
        return r;
}

bool feed_book_request(struct feed_book *book, int64_t now_mono_ms, char *ret, size_t ret_bytes) {
        if (book->wanting == WANT_NOTHING ||
            (book->asked_mono_ms && now_mono_ms - book->asked_mono_ms < FEED_BOOK_ASK_AGAIN_MS))
                return false;
        book->asked_mono_ms = now_mono_ms;
        if (book->wanting == WANT_SNAPSHOT)
                snprintf(ret, ret_bytes, "{\"want\":\"snapshot\"}");
        else
                snprintf(ret, ret_bytes, "{\"want\":\"replay\",\"epoch\":\"%s\",\"from_seq\":%llu}",
                         book->epoch, (unsigned long long)book->sequence + 1);
        return true;
}
