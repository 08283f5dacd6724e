/* SPDX-License-Identifier: MIT */
#include "cli/language/say.h"

#include <string.h>

const char *say(bool english, const char *zh, const char *en) {
        return english ? en : zh;
}

const char *say_transition(bool english, enum alert_transition transition) {
        static const char *const zh[] = {[ALERT_RAISED] = "发生",
                                         [ALERT_SEVERITY_CHANGED] = "级别变化",
                                         [ALERT_CLEARED] = "已恢复",
                                         [ALERT_CANCELLED] = "本人取消"};

        return english ? alert_transition_name(transition) : zh[transition];
}

struct word {
        const char *word; /* of the wire */
        const char *zh, *en;
};

/* A word that is newer than this program stays as it is. */
static const char *word_of(const struct word *words, size_t count, bool english, const char *word) {
        for (size_t i = 0; i < count; i++) {
                if (strcmp(words[i].word, word) == 0)
                        return !english ? words[i].zh : words[i].en ? words[i].en : word;
        }
        return word;
}

#define WORD_OF(words, english, word)                                                              \
        word_of(words, sizeof(words) / sizeof((words)[0]), english, word)

const char *say_role(bool english, const char *role) {
        static const struct word words[] = {{"family", "家属", NULL},
                                            {"team", "护理队", NULL},
                                            {"desk", "值班台", NULL},
                                            {"monitor", "监看", NULL},
                                            {"ingest", "接入", NULL}};

        return WORD_OF(words, english, role);
}

const char *say_ledger(bool english, const char *type) {
        static const struct word words[] = {{"raised", "发生", NULL},
                                            {"repeated", "再次发生", NULL},
                                            {"severity_changed", "级别变化", NULL},
                                            {"cleared", "已恢复", NULL},
                                            {"cancelled", "本人取消", NULL},
                                            {"planned", "呼叫", "page"},
                                            {"sent", "已发出", NULL},
                                            {"received", "已收到", NULL},
                                            {"delivered", "已显示", NULL},
                                            {"accepted", "接受", NULL},
                                            {"declined", "拒绝", NULL},
                                            {"no_answer", "无应答", NULL},
                                            {"escalated", "升级", NULL},
                                            {"arrived", "到达", NULL},
                                            {"missed_arrival", "未按时到达", NULL},
                                            {"stand_down", "解除", NULL},
                                            {"closed", "关闭", NULL},
                                            {"suppressed", "不呼叫", NULL}};

        return WORD_OF(words, english, type);
}

const char *say_state(bool english, const char *state) {
        static const struct word words[] = {{"unacked", "未确认", NULL},
                                            {"acked", "已确认", NULL},
                                            {"dispatched", "已派出", NULL},
                                            {"on_scene", "已到场", NULL},
                                            {"closed", "已关闭", NULL}};

        return WORD_OF(words, english, state);
}

const char *say_answer(bool english, const char *answer) {
        static const struct word words[] = {{"accept", "接受", NULL},
                                            {"decline", "拒绝", NULL},
                                            {"arrive", "到达", NULL},
                                            {"close", "关闭", NULL}};

        return WORD_OF(words, english, answer);
}
