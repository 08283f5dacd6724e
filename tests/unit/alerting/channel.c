/* SPDX-License-Identifier: MIT
 *
 * The interface between alerting and its channels, with two channels of the test: the first serves F1 and reports
 * receipts; the second serves F1 and F2, has no receipts, and either takes a page or does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "alerting/channel/channels.h"
#include "alerting/intake/take.h"
#include "common/files/diag.h"
#include "world.h"

enum { CALLS_MAX = 16 };

/* What the channels of the test were asked for, and what they return. */
static struct {
        char told[CALLS_MAX][64]; /* "second F2 page" */
        size_t told_count;
        const char *second_is_away; /* the second channel takes nothing for this recipient */
        char file[256];             /* the file that the second channel was given; "": none */
        int second_reads;           /* what second_read() returns */
        int started, ended;
} calls;

static int note(struct channel *channel, const struct message *message) {
        if (calls.second_is_away && strcmp(message->to, calls.second_is_away) == 0)
                return 0;
        assert_true(calls.told_count < CALLS_MAX);
        snprintf(calls.told[calls.told_count++], sizeof(calls.told[0]), "%s %s %s",
                 channel->type->name, message->to, message_type_name(message->type));
        return 1;
}

/* --- two channels ------------------------------------------------------------------------------ */

static int first_read(struct channel **ret, const struct conf *conf, const char *file,
                      struct diag *diag) {
        *ret = calloc(1, sizeof(**ret));
        return 0;
}

static int second_read(struct channel **ret, const struct conf *conf, const char *file,
                       struct diag *diag) {
        snprintf(calls.file, sizeof(calls.file), "%s", file ? file : "");
        if (calls.second_reads == CHANNEL_REFUSED)
                diag_add(diag, DIAG_ERROR, "K009", "second.yaml", (struct diag_mark){0}, NULL,
                         "not so");
        if (calls.second_reads != 0)
                return calls.second_reads;
        *ret = calloc(1, sizeof(**ret));
        return 0;
}

static int second_start(struct channel *channel, const struct channel_setup *setup) {
        calls.started++;
        return 0;
}

static void both_close(struct channel *channel) {
        calls.ended++;
        free(channel);
}

static bool first_can_reach(const struct channel *channel, const char *id) {
        return strcmp(id, "F1") == 0;
}

static bool first_is_connected(const struct channel *channel, const char *id) {
        return strcmp(id, "F1") == 0 || strcmp(id, "ingest-1") == 0;
}

static size_t first_connected(const struct channel *channel, enum role role, const char **ret,
                              size_t most) {
        ret[0] = role == ROLE_INGEST ? "ingest-1" : "F1";
        return 1;
}

static bool second_can_reach(const struct channel *channel, const char *id) {
        return strcmp(id, "F1") == 0 || strcmp(id, "F2") == 0;
}

static size_t second_connected(const struct channel *channel, enum role role, const char **ret,
                               size_t most) {
        size_t count = 0;

        if (role != ROLE_FAMILY)
                return 0;
        if (count < most)
                ret[count++] = "F1";
        if (count < most)
                ret[count++] = "F2";
        return count;
}

static int first_receive(struct channel *channel, int64_t now_mono_ms, int most) {
        return 3;
}

static size_t first_descriptors(const struct channel *channel, struct channel_descriptor *ret) {
        ret[0] = (struct channel_descriptor){.fd = 7};
        return 1;
}

static const struct receipt first_receipt = {
        .is_given = true,
        .within_ms = 4000,
        .unreached_ms = 20000,
        .slow_ms = 20000,
        .fast_attempts = 2,
};
static const struct receipt second_receipt = {
        .within_ms = 3000, .unreached_ms = 6000, .slow_ms = 3000};

static const struct channel_type first = {.name = "first",
                                          .receipt = &first_receipt,
                                          .read = first_read,
                                          .close = both_close,
                                          .can_reach = first_can_reach,
                                          .is_connected = first_is_connected,
                                          .connected = first_connected,
                                          .send = note,
                                          .receive = first_receive,
                                          .descriptors = first_descriptors};

/* A channel with the required operations only. */
static const struct channel_type second = {.name = "second",
                                           .receipt = &second_receipt,
                                           .read = second_read,
                                           .start = second_start,
                                           .close = both_close,
                                           .can_reach = second_can_reach,
                                           .connected = second_connected,
                                           .send = note};

static const struct channel_type *const types[] = {&first, &second, NULL};

/* --- fixture ----------------------------------------------------------------------------------- */

struct fixture {
        char folder[64];
        struct conf conf;
        struct diag *diag;
        struct channels *channels;
        struct world world;
        struct outcome outcome;
        struct response *response;
        int64_t now_ms;
};

static bool can_reach(void *context, const char *id) {
        const struct fixture *f = context;

        return strcmp(id, "desk-main") == 0 || channels_can_reach(f->channels, id);
}

static const struct receipt *receipt_of(void *context, const char *id) {
        const struct fixture *f = context;

        return channels_receipt(f->channels, id);
}

static int setup(void **state) {
        struct fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        memset(&calls, 0, sizeof(calls));
        strcpy(f->folder, "/tmp/vigil-channel-XXXXXX");
        assert_non_null(mkdtemp(f->folder));
        f->conf.alerting.channels = f->folder;
        assert_int_equal(diag_new(&f->diag), 0);
        world_init(&f->world);
        f->now_ms = WORLD_NOW_MS;
        *state = f;
        return 0;
}

static void file_put(struct fixture *f, const char *name) {
        char path[128];
        FILE *file;

        snprintf(path, sizeof(path), "%s/%s", f->folder, name);
        file = fopen(path, "we");
        assert_non_null(file);
        fclose(file);
}

static int teardown(void **state) {
        static const char *const names[] = {"second.yaml", "secnd.yaml", "notes.txt"};
        struct fixture *f = *state;
        char path[128];

        channels_close(f->channels);
        diag_free(f->diag);
        world_fini(&f->world);
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                snprintf(path, sizeof(path), "%s/%s", f->folder, names[i]);
                (void)unlink(path);
        }
        rmdir(f->folder);
        free(f);
        return 0;
}

static int read_all(struct fixture *f) {
        return channels_read(&f->channels, types, &f->conf, f->diag);
}

static int tell(struct fixture *f, const char *to, enum message_type type) {
        const struct message message = {.type = type, .to = to, .json = "{}", .json_bytes = 2};

        return channels_send(f->channels, &message);
}

/* --- recipients and their channels ------------------------------------------------------------- */

static void test_a_person_is_told_by_the_first_channel_that_reaches_them(void **state) {
        struct fixture *f = *state;

        assert_int_equal(read_all(f), 0);
        assert_int_equal(tell(f, "F1", MESSAGE_PAGE), 1);
        assert_int_equal(tell(f, "F2", MESSAGE_STAND_DOWN), 1);
        assert_int_equal(calls.told_count, 2);
        assert_string_equal(calls.told[0], "first F1 page");
        assert_string_equal(calls.told[1], "second F2 stand_down");
        assert_ptr_equal(channels_receipt(f->channels, "F1"), &first_receipt);
        assert_ptr_equal(channels_receipt(f->channels, "F2"), &second_receipt);
}

static void test_whom_no_channel_reaches_is_not_reached(void **state) {
        struct fixture *f = *state;

        assert_int_equal(read_all(f), 0);
        assert_false(channels_can_reach(f->channels, "T1"));
        assert_false(channels_is_connected(f->channels, "T1"));
        assert_int_equal(tell(f, "T1", MESSAGE_PAGE), 0);
        assert_ptr_equal(channels_receipt(f->channels, "T1"), &receipt_usual);
}

/* Ingest cannot be paged, but is told through its connection that a desk has its notice. */
static void test_who_is_connected_is_told_though_nobody_pages_them(void **state) {
        struct fixture *f = *state;

        assert_int_equal(read_all(f), 0);
        assert_false(channels_can_reach(f->channels, "ingest-1"));
        assert_int_equal(tell(f, "ingest-1", MESSAGE_NOTICED), 1);
        assert_string_equal(calls.told[0], "first ingest-1 noticed");
}

static void test_who_is_on_two_channels_is_listed_once(void **state) {
        struct fixture *f = *state;
        const char *ids[4];

        assert_int_equal(read_all(f), 0);
        assert_int_equal(channels_connected(f->channels, ROLE_FAMILY, ids, 4), 2);
        assert_string_equal(ids[0], "F1");
        assert_string_equal(ids[1], "F2");
        assert_int_equal(channels_connected(f->channels, ROLE_FAMILY, ids, 1), 1);
}

static void test_what_a_channel_leaves_out_is_not_called(void **state) {
        struct fixture *f = *state;
        struct channel_descriptor descriptors[CHANNELS_MAX * CHANNEL_DESCRIPTORS_MAX];
        const struct channel_setup none = {0};

        assert_int_equal(read_all(f), 0);
        assert_int_equal(channels_start(f->channels, &none), 0);
        assert_int_equal(calls.started, 1);
        assert_int_equal(channels_receive(f->channels, 0, 8), 3);
        channels_tick(f->channels, 0, 0);
        assert_int_equal(channels_descriptors(f->channels, descriptors), 1);
        assert_int_equal(descriptors[0].fd, 7);
        assert_true(channels_is_connected(f->channels, "F2"));
}

/* --- configuration ----------------------------------------------------------------------------- */

static void test_a_channel_reads_the_file_of_its_name(void **state) {
        struct fixture *f = *state;
        char wanted[128];

        assert_int_equal(read_all(f), 0);
        assert_string_equal(calls.file, "");
        f->channels = channels_close(f->channels);
        assert_int_equal(calls.ended, 2);
        file_put(f, "second.yaml");
        file_put(f, "notes.txt");
        assert_int_equal(read_all(f), 0);
        snprintf(wanted, sizeof(wanted), "%s/second.yaml", f->folder);
        assert_string_equal(calls.file, wanted);
}

static void test_a_channel_that_is_off_reaches_nobody(void **state) {
        struct fixture *f = *state;

        calls.second_reads = CHANNEL_OFF;
        assert_int_equal(read_all(f), 0);
        assert_true(channels_can_reach(f->channels, "F1"));
        assert_false(channels_can_reach(f->channels, "F2"));
}

static void test_a_mistake_in_one_file_refuses_all(void **state) {
        struct fixture *f = *state;

        calls.second_reads = CHANNEL_REFUSED;
        assert_int_equal(read_all(f), CHANNEL_REFUSED);
        assert_null(f->channels);
        assert_int_equal(calls.ended, 1);
}

/* If a misspelt file name were ignored, the channel would be off and its people never paged. */
static void test_a_file_of_no_channel_is_complained_of(void **state) {
        struct fixture *f = *state;

        file_put(f, "secnd.yaml");
        assert_int_equal(read_all(f), CHANNEL_REFUSED);
        assert_int_equal(diag_errors(f->diag), 1);
}

/* --- receipts ---------------------------------------------------------------------------------- */

static void raise_sos(struct fixture *f) {
        struct alert alert = world_alert(1, f->now_ms);

        assert_int_equal(read_all(f), 0);
        f->world.view.can_reach = can_reach;
        f->world.view.receipt = receipt_of;
        f->world.view.context = f;
        f->world.view.is_busy = NULL; /* never called: no team can be reached */
        f->world.view.asked = NULL;
        f->world.view.connected = NULL;
        assert_int_equal(take_once(f->world.book, &f->world.view, &alert, 0, 0, f->now_ms,
                                   &f->outcome, &f->response),
                         0);
}

static struct page *page_of(struct fixture *f, const char *who) {
        return response_page(f->response, who, 0);
}

static void hand_over(struct fixture *f, const char *who) {
        if (tell(f, who, MESSAGE_PAGE) > 0)
                response_sent(f->response, who, 0, f->now_ms, &f->outcome);
}

static void pass(struct fixture *f, int64_t ms) {
        f->now_ms += ms;
        outcome_clear(&f->outcome);
        response_tick(f->response, &f->world.view, f->now_ms, &f->outcome);
}

static size_t pages_told(const struct fixture *f, const char *who) {
        size_t count = 0;

        for (size_t i = 0; i < f->outcome.send_count; i++)
                count += f->outcome.sends[i].type == OUTCOME_SEND_PAGE &&
                         strcmp(f->outcome.sends[i].recipient, who) == 0;
        return count;
}

static bool everybody_is_there(void *context, const char *id) {
        return true;
}

static void nonce(void *context, char *ret) {
        snprintf(ret, RESPONSE_NONCE_BYTES, "%016x", 1);
}

static void raise_and_send(struct fixture *f) {
        f->world.view.is_connected = everybody_is_there;
        f->world.view.nonce = nonce;
        raise_sos(f);
        hand_over(f, "F1");
        hand_over(f, "F2");
}

static void test_each_channel_has_its_own_time_for_a_receipt(void **state) {
        struct fixture *f = *state;

        raise_and_send(f);
        pass(f, 3999);
        assert_int_equal(pages_told(f, "F1"), 0);
        pass(f, 1);
        assert_int_equal(pages_told(f, "F1"), 1);
        assert_int_equal(page_of(f, "F1")->attempt, 2);
        /* From the second attempt on, resends are 20 s apart; 20 s after the first, the page counts as not received. */
        hand_over(f, "F1");
        assert_int_equal(page_of(f, "F1")->retry_ms, f->now_ms + 20000);
        pass(f, 15999);
        assert_int_equal(page_of(f, "F1")->answer, PAGE_OPEN);
        pass(f, 1);
        assert_int_equal(page_of(f, "F1")->answer, PAGE_NO_ANSWER);
}

/* No receipt follows on this channel, so a page that it took counts as received: the person has the whole step to
 * answer. */
static void test_without_receipts_a_page_that_was_taken_is_received(void **state) {
        struct fixture *f = *state;

        raise_and_send(f);
        assert_true(page_is_received(page_of(f, "F2")));
        pass(f, 40000);
        assert_int_equal(pages_told(f, "F2"), 0);
        assert_int_equal(page_of(f, "F2")->attempt, 1);
        assert_int_equal(page_of(f, "F2")->answer, PAGE_OPEN);
        pass(f, 5000);
        assert_int_equal(page_of(f, "F2")->answer, PAGE_NO_ANSWER);
}

static void test_without_receipts_a_page_that_was_not_taken_is_not(void **state) {
        struct fixture *f = *state;

        calls.second_is_away = "F2";
        raise_and_send(f);
        assert_false(page_is_received(page_of(f, "F2")));
        pass(f, 3000);
        assert_int_equal(pages_told(f, "F2"), 1); /* given to the channel again */
        assert_int_equal(page_of(f, "F2")->attempt, 1);
        pass(f, 3000);
        assert_int_equal(page_of(f, "F2")->answer, PAGE_NO_ANSWER);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_a_person_is_told_by_the_first_channel_that_reaches_them),
                TEST(test_whom_no_channel_reaches_is_not_reached),
                TEST(test_who_is_connected_is_told_though_nobody_pages_them),
                TEST(test_who_is_on_two_channels_is_listed_once),
                TEST(test_what_a_channel_leaves_out_is_not_called),
                TEST(test_a_channel_reads_the_file_of_its_name),
                TEST(test_a_channel_that_is_off_reaches_nobody),
                TEST(test_a_mistake_in_one_file_refuses_all),
                TEST(test_a_file_of_no_channel_is_complained_of),
                TEST(test_each_channel_has_its_own_time_for_a_receipt),
                TEST(test_without_receipts_a_page_that_was_taken_is_received),
                TEST(test_without_receipts_a_page_that_was_not_taken_is_not),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
