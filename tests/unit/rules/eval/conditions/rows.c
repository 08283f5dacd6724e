/* SPDX-License-Identifier: MIT
 *
 * The tables of conditions and forms: each row has what the rest of the engine relies on. tests/lint/conditions.py
 * checks that no row, file or page is missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "rules/eval/conditions/conditions.h"
#include "rules/eval/core/condition_ops.h"
#include "rules/eval/core/episode.h"
#include "tests/unit/rules/town.h"

#define NAME_ROW(number, NAME, stem) [number] = #stem,
static const char *const condition_names[CONDITION_TYPES] = {RULE_CONDITIONS(NAME_ROW)};
static const char *const form_names[RULE_FORM_LIMIT] = {RULE_FORMS(NAME_ROW)};
#undef NAME_ROW

static void test_every_type_has_a_row_with_what_the_engine_calls(void **state) {
        (void)state;
        for (uint8_t type = 1; type < CONDITION_TYPES; type++) {
                const struct condition_ops *ops = conditions_ops(type);

                if (!ops || !condition_names[type])
                        fail_msg("no condition has the number %d", type);
                if (!ops->refuse || !ops->kinds || !ops->describe || !ops->judge || !ops->is_active)
                        fail_msg("%s_ops leaves out what the engine calls", condition_names[type]);
                if (!ops->placeholders || ops->placeholders >> PLACEHOLDERS)
                        fail_msg("%s_ops: texts can say nothing, or what nobody knows",
                                 condition_names[type]);
        }
        assert_null(conditions_ops(0));
        assert_null(conditions_ops(CONDITION_TYPES));
}

static void test_every_form_has_a_row_that_fits_a_checkpoint(void **state) {
        (void)state;
        for (uint8_t form = 1; form < RULE_FORM_LIMIT; form++) {
                const struct form_ops *ops = conditions_form(form);

                if (!ops || !form_names[form])
                        fail_msg("no form has the number %d", form);
                if (ops->bytes > FORM_BYTES_MAX)
                        fail_msg("%s_form is longer than a checkpoint takes", form_names[form]);
                if (ops->device_at != FORM_NO_DEVICE && ops->device_at >= ops->bytes)
                        fail_msg("%s_form: the device lies outside of the state", form_names[form]);
                if (ops->units &&
                    ops->units * (size_t)ARENA_UNIT_BYTES < sizeof(struct episode) + ops->bytes)
                        fail_msg("%s_form: the episode has no room for its state",
                                 form_names[form]);
                if (ops->bytes % 8)
                        fail_msg("%s_form: states lie one behind the other, at multiples of 8",
                                 form_names[form]);
        }
}

/* A state of zeros is unused, and 0 is not a time, so setting times back must not change it. */
static void test_setting_back_leaves_a_state_of_zeros_alone(void **state) {
        (void)state;
        for (uint8_t form = 1; form < RULE_FORM_LIMIT; form++) {
                static const uint64_t zeros[FORM_BYTES_MAX / 8];
                uint64_t bytes[FORM_BYTES_MAX / 8] = {0};

                if (!conditions_form(form)->set_back)
                        continue;
                conditions_form(form)->set_back(bytes, 1000);
                if (memcmp(bytes, zeros, sizeof(bytes)) != 0)
                        fail_msg("%s_form sets back what is no time", form_names[form]);
        }
}

/* The smallest condition of @type that describe() accepts: zeros and the fields that it needs. */
static struct rule_condition least(uint8_t type) {
        struct rule_condition condition = {.type = (enum rule_condition_type)type};

        if (type == CONDITION_SEQUENCE)
                condition.sequence.step_count = 2;
        return condition;
}

static void test_a_type_describes_itself_with_forms_that_lie_where_it_says(void **state) {
        (void)state;
        for (uint8_t type = 1; type < CONDITION_TYPES; type++) {
                struct rule_condition condition = least(type);
                struct rule_subject subject = {.care_level = ""};
                struct plan_slot slot = {.type = type};
                struct condition_ops_beside beside = {0};

                conditions_ops(type)->describe(&slot, &condition, &subject, &beside);
                if (slot.block != RULE_FORM_NONE &&
                    (slot.block >= RULE_FORM_LIMIT || conditions_form(slot.block)->bytes == 0 ||
                     conditions_form(slot.block)->units > 0))
                        fail_msg("%s: what it keeps in the block is no form of a block",
                                 condition_names[type]);
                for (uint8_t form = 0; form < 32; form++)
                        if (slot.episodes >> form & 1 &&
                            (form >= RULE_FORM_LIMIT || conditions_form(form)->units == 0))
                                fail_msg("%s: form %d is none of an episode", condition_names[type],
                                         form);
                if (slot.timed && !conditions_ops(type)->due)
                        fail_msg("%s: it has deadlines, and nothing looks at them",
                                 condition_names[type]);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_type_has_a_row_with_what_the_engine_calls),
                cmocka_unit_test(test_every_form_has_a_row_that_fits_a_checkpoint),
                cmocka_unit_test(test_setting_back_leaves_a_state_of_zeros_alone),
                cmocka_unit_test(test_a_type_describes_itself_with_forms_that_lie_where_it_says),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
