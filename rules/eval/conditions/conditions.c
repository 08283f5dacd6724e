/* SPDX-License-Identifier: MIT */
#include "rules/eval/conditions/conditions.h"

#include "common/base/require.h"
#include "rules/eval/core/condition_ops.h"

static const struct form_ops none_form = {.device_at = FORM_NO_DEVICE};

const struct condition_ops_table condition_ops_table = {
        .ops =
                {
#define CONDITION_ROW(number, NAME, stem) [number] = &stem##_ops,
                        RULE_CONDITIONS(CONDITION_ROW)
#undef CONDITION_ROW
                },
        .forms = {[RULE_FORM_NONE] = &none_form,
#define FORM_ROW(number, NAME, stem) [number] = &stem##_form,
                  RULE_FORMS(FORM_ROW)
#undef FORM_ROW
        },
};

const struct condition_ops *conditions_ops(uint8_t type) {
        return type < CONDITION_TYPES ? condition_ops_table.ops[type] : NULL;
}

const struct form_ops *conditions_form(uint8_t form) {
        require(form < RULE_FORM_LIMIT && condition_ops_table.forms[form], "form %d of %d", form,
                RULE_FORM_LIMIT);
        return condition_ops_table.forms[form];
}

void conditions_layer(struct rule_condition *onto, const struct rule_condition *from,
                      uint32_t set) {
        const struct condition_ops *ops = conditions_ops(onto->type);

        if (set >> RULE_SETTING_DURING & 1) {
                onto->during_count = from->during_count;
                for (uint8_t i = 0; i < from->during_count; i++)
                        onto->during[i] = from->during[i];
        }
        if (ops && ops->layer)
                ops->layer(onto, from, set);
}

const char *conditions_refuse(const struct rule *rule, const struct rule_condition *condition) {
        return conditions_ops(condition->type)->refuse(rule, condition);
}

void conditions_normalise(struct rule_condition *condition) {
        const struct condition_ops *ops = conditions_ops(condition->type);

        if (ops->normalise)
                ops->normalise(condition);
}

bool conditions_say(enum rule_condition_type type, enum placeholder placeholder) {
        const struct condition_ops *ops = conditions_ops((uint8_t)type);

        return ops && (ops->placeholders >> placeholder & 1);
}
