/* SPDX-License-Identifier: MIT */
#include "life.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerting/intake/take.h"

int life_setup(void **state) {
        struct fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        world_init(&f->world);
        f->now_ms = WORLD_NOW_MS;
        *state = f;
        return 0;
}

int life_teardown(void **state) {
        struct fixture *f = *state;

        world_fini(&f->world);
        free(f);
        return 0;
}

/* --- what a test calls ------------------------------------------------------------------------- */

int take(struct fixture *f, const struct alert *alert) {
        outcome_clear(&f->outcome);
        return take_once(f->world.book, &f->world.view, alert, 0, f->offset++, f->now_ms,
                         &f->outcome, &f->response);
}

void life_raise(struct fixture *f, unsigned n) {
        struct alert alert = world_alert(n, f->now_ms);

        assert_int_equal(take(f, &alert), 0);
}

void deliver(struct fixture *f) {
        struct outcome out;

        outcome_clear(&out);
        for (size_t i = 0; i < f->outcome.send_count; i++) {
                const struct outcome_send *send = &f->outcome.sends[i];

                if (send->type == OUTCOME_SEND_PAGE &&
                    f->world.view.is_connected(&f->world, send->recipient))
                        response_sent(f->response, send->recipient, send->step, f->now_ms, &out);
        }
}

const char *answer(struct fixture *f, const char *recipient, enum answer_type type) {
        struct answer said = world_answer(f->response, recipient, type);
        const char *why;

        outcome_clear(&f->outcome);
        why = response_answer(f->response, &f->world.view, &said, f->now_ms, &f->outcome);
        book_settle(f->world.book, f->response);
        return why;
}

void receive(struct fixture *f, const char *recipient) {
        assert_null(answer(f, recipient, ANSWER_RECEIVED));
}

void pass(struct fixture *f, int64_t ms) {
        f->now_ms += ms;
        outcome_clear(&f->outcome);
        response_tick(f->response, &f->world.view, f->now_ms, &f->outcome);
        book_settle(f->world.book, f->response);
}

size_t sends(const struct fixture *f, enum outcome_send_type type, const char *recipient) {
        size_t count = 0;

        for (size_t i = 0; i < f->outcome.send_count; i++)
                count += f->outcome.sends[i].type == type &&
                         strcmp(f->outcome.sends[i].recipient, recipient) == 0;
        return count;
}

size_t entries(const struct fixture *f, enum outcome_type type) {
        size_t count = 0;

        for (size_t i = 0; i < f->outcome.entry_count; i++)
                count += f->outcome.entries[i].type == type;
        return count;
}

void assert_paged(const struct fixture *f, const char *const *recipients) {
        size_t count = 0;

        for (; *recipients; recipients++) {
                assert_int_equal(sends(f, OUTCOME_SEND_PAGE, *recipients), 1);
                count++;
        }
        for (size_t i = 0; i < f->outcome.send_count; i++)
                count -= f->outcome.sends[i].type == OUTCOME_SEND_PAGE;
        assert_int_equal(count, 0);
}

void assert_nobody_paged(const struct fixture *f) {
        for (size_t i = 0; i < f->outcome.send_count; i++)
                assert_int_not_equal(f->outcome.sends[i].type, OUTCOME_SEND_PAGE);
}

void away(struct fixture *f, const char *const *ids) {
        size_t count = 0;

        for (; *ids; ids++)
                f->world.away[count++] = *ids;
        f->world.away[count] = NULL;
}
