/* SPDX-License-Identifier: MIT
 *
 * Keys beside when: of rules about an event: a hold in which the elder can cancel, a
 * confirmation in which signs of life dismiss the event, and a cooldown after an alert.
 */
#include "rules/lang/values/hold_keys.h"

#include <string.h>

#include "common/language/say.h"
#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"

static const struct lang_key confirm_keys[] = {
        {.name = "quiet",
         .type = LANG_KEY_KINDS,
         .least = 1,
         .uses = KIND_USE_SIGN,
         .required = true,
         .at = offsetof(struct condition_happening, confirm_kinds),
         .what = "any of these signs of life dismisses what waits to be confirmed"},
        {.name = "for",
         .type = LANG_KEY_DURATION,
         .least = LANG_SECONDS(5),
         .most = LANG_MINUTES(2),
         .required = true,
         .at = offsetof(struct condition_happening, confirm_ms),
         .what = "without one for so long it is confirmed"},
        {.name = "sure_at",
         .type = LANG_KEY_PERCENT,
         .least = 0,
         .most = 1,
         .at = offsetof(struct condition_happening, sure_pct),
         .what = "a device as sure as this needs no confirmation"},
        {.name = NULL},
};
static const struct lang_map confirm_map = {"confirm", confirm_keys};

#define HOLD_KEYS(base)                                                                            \
        {.name = "hold",                                                                           \
         .type = LANG_KEY_DURATION,                                                                \
         .least = LANG_SECONDS(5),                                                                 \
         .most = LANG_MINUTES(2),                                                                  \
         .setting = LANG_SET(RULE_SETTING_HOLD),                                                   \
         .at = (base) + offsetof(struct condition_happening, hold_ms),                             \
         .what = "the elder's time to say: I am fine"},                                            \
                {.name = "cancel_on",                                                              \
                 .type = LANG_KEY_KINDS,                                                           \
                 .least = 1,                                                                       \
                 .uses = KIND_USE_CANCEL,                                                          \
                 .setting = LANG_SET(RULE_SETTING_HOLD),                                           \
                 .at = (base) + offsetof(struct condition_happening, cancel_kinds),                \
                 .what = "what ends a hold: only what the elder alone can do"},                    \
                {.name = "confirm",                                                                \
                 .type = LANG_KEY_MAP,                                                             \
                 .map = &confirm_map,                                                              \
                 .setting = LANG_SET(RULE_SETTING_CONFIRM),                                        \
                 .at = (base),                                                                     \
                 .what = "wait whether the elder moves before believing the device"},              \
                {.name = "cooldown",                                                               \
                 .type = LANG_KEY_DURATION,                                                        \
                 .least = LANG_MINUTES(1),                                                         \
                 .most = LANG_DAYS(1),                                                             \
                 .setting = LANG_SET(RULE_SETTING_COOLDOWN),                                       \
                 .at = (base) + offsetof(struct condition_happening, cooldown_ms),                 \
                 .what = "after an alert no other for so long; never for life safety"},            \
        {                                                                                          \
                .name = NULL                                                                       \
        }

const struct lang_key lang_hold_keys[] = {HOLD_KEYS(offsetof(struct rule_condition, happening))};
const struct lang_key lang_motion_hold_keys[] = {
        HOLD_KEYS(offsetof(struct rule_condition, motion.happening))};

void lang_hold_check(struct lang_reading *reading, const struct lang_place *place,
                     const struct condition_happening *happening) {
        static const struct rule_kinds none;
        const struct yaml_node *hold = yaml_get(place->beside, "hold");
        const struct yaml_node *cancel_on = yaml_get(place->beside, "cancel_on");
        const struct yaml_node *confirm = yaml_get(place->beside, "confirm");
        const struct yaml_node *cooldown = yaml_get(place->beside, "cooldown");
        bool cancels = memcmp(&happening->cancel_kinds, &none, sizeof(none)) != 0;

        if (happening->kind == KIND_SOS && (hold || confirm)) {
                LANG_ERROR_AT_KEY(reading, "R036", hold ? hold : confirm,
                                  "remove hold, cancel_on and confirm",
                                  "an SOS is never held back");
                return;
        }
        if (hold && !cancel_on && !cancels)
                LANG_ERROR_AT_KEY(reading, "R036", hold, "write  cancel_on: [ button_cancel ]",
                                  "a hold that nothing can cancel is only a delay");
        if (cancel_on && !hold && !happening->hold_ms)
                LANG_ERROR_AT_KEY(reading, "R036", cancel_on, "write  hold: 20s",
                                  "cancel_on needs a hold to cancel in");
        if (confirm && happening->sure_pct &&
            happening->sure_pct <= happening->confidence_at_least_pct)
                LANG_ERROR_AT_KEY(reading, "R030", confirm, NULL,
                                  "sure_at must be higher than confidence_at_least%s", place->whom);
        if (cooldown && place->rule->class == ALERT_LIFE_SAFETY)
                LANG_ERROR_AT_KEY(reading, "R037", cooldown,
                                  "remove it: repeats are grouped where people see them",
                                  "a life-safety alert has no cooldown: each may be another one");
}
