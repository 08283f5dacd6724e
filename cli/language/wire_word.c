/* SPDX-License-Identifier: MIT */
#include "cli/language/wire_word.h"

#include <string.h>

#include "common/language/say.h"

struct word {
        const char *word, *english;
};

static const char *word_of(const struct word *words, size_t count, const struct language *language,
                           const char *context, const char *word) {
        for (size_t i = 0; i < count; i++) {
                if (strcmp(words[i].word, word) == 0)
                        return say_as(language, context, words[i].english);
        }
        return word;
}

#define WORD_OF(words, language, context, word)                                                    \
        word_of(words, sizeof(words) / sizeof((words)[0]), language, context, word)

const char *wire_word_transition(const struct language *language,
                                 enum alert_transition transition) {
        static const struct word words[] = {{"raised", NC_("ledger", "raised")},
                                            {"severity_changed", NC_("ledger", "severity_changed")},
                                            {"cleared", NC_("ledger", "cleared")},
                                            {"cancelled", NC_("ledger", "cancelled")}};

        return WORD_OF(words, language, "ledger", alert_transition_name(transition));
}

const char *wire_word_role(const struct language *language, const char *role) {
        static const struct word words[] = {{"family", NC_("role", "family")},
                                            {"team", NC_("role", "team")},
                                            {"desk", NC_("role", "desk")},
                                            {"monitor", NC_("role", "monitor")},
                                            {"ingest", NC_("role", "ingest")}};

        return WORD_OF(words, language, "role", role);
}

const char *wire_word_ledger(const struct language *language, const char *type) {
        static const struct word words[] = {{"raised", NC_("ledger", "raised")},
                                            {"repeated", NC_("ledger", "repeated")},
                                            {"severity_changed", NC_("ledger", "severity_changed")},
                                            {"cleared", NC_("ledger", "cleared")},
                                            {"cancelled", NC_("ledger", "cancelled")},
                                            {"planned", NC_("ledger", "page")},
                                            {"sent", NC_("ledger", "sent")},
                                            {"received", NC_("ledger", "received")},
                                            {"delivered", NC_("ledger", "delivered")},
                                            {"accepted", NC_("ledger", "accepted")},
                                            {"declined", NC_("ledger", "declined")},
                                            {"no_answer", NC_("ledger", "no_answer")},
                                            {"escalated", NC_("ledger", "escalated")},
                                            {"arrived", NC_("ledger", "arrived")},
                                            {"missed_arrival", NC_("ledger", "missed_arrival")},
                                            {"stand_down", NC_("ledger", "stand_down")},
                                            {"closed", NC_("ledger", "closed")},
                                            {"suppressed", NC_("ledger", "suppressed")}};

        return WORD_OF(words, language, "ledger", type);
}

const char *wire_word_state(const struct language *language, const char *state) {
        static const struct word words[] = {{"unacked", NC_("response", "unacked")},
                                            {"acked", NC_("response", "acked")},
                                            {"dispatched", NC_("response", "dispatched")},
                                            {"on_scene", NC_("response", "on_scene")},
                                            {"closed", NC_("response", "closed")}};

        return WORD_OF(words, language, "response", state);
}

const char *wire_word_answer(const struct language *language, const char *answer) {
        static const struct word words[] = {{"accept", NC_("answer", "accept")},
                                            {"decline", NC_("answer", "decline")},
                                            {"arrive", NC_("answer", "arrive")},
                                            {"close", NC_("answer", "close")}};

        return WORD_OF(words, language, "answer", answer);
}
