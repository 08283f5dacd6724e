/* SPDX-License-Identifier: MIT */
#include "cli/language/say.h"

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

const char *say_role(bool english, enum role role) {
        static const char *const zh[] = {[ROLE_FAMILY] = "家属",
                                         [ROLE_TEAM] = "护理队",
                                         [ROLE_DESK] = "值班台",
                                         [ROLE_MONITOR] = "监看",
                                         [ROLE_INGEST] = "接入"};

        return english ? role_name(role) : zh[role];
}

const char *say_ledger(bool english, enum ledger_type type) {
        static const char *const zh[LEDGER_TYPES] = {
                [LEDGER_RAISED] = "发生",
                [LEDGER_REPEATED] = "再次发生",
                [LEDGER_SEVERITY_CHANGED] = "级别变化",
                [LEDGER_CLEARED] = "已恢复",
                [LEDGER_CANCELLED] = "本人取消",
                [LEDGER_PLANNED] = "呼叫",
                [LEDGER_SENT] = "已发出",
                [LEDGER_RECEIVED] = "已收到",
                [LEDGER_DELIVERED] = "已显示",
                [LEDGER_ACCEPTED] = "接受",
                [LEDGER_DECLINED] = "拒绝",
                [LEDGER_NO_ANSWER] = "无应答",
                [LEDGER_ESCALATED] = "升级",
                [LEDGER_ARRIVED] = "到达",
                [LEDGER_MISSED_ARRIVAL] = "未按时到达",
                [LEDGER_STAND_DOWN] = "解除",
                [LEDGER_CLOSED] = "关闭",
                [LEDGER_SUPPRESSED] = "不呼叫",
        };

        if (!english)
                return zh[type];
        return type == LEDGER_PLANNED ? "page" : ledger_type_name(type);
}

const char *say_state(bool english, enum response_state state) {
        static const char *const zh[] = {[RESPONSE_UNACKED] = "未确认",
                                         [RESPONSE_ACKED] = "已确认",
                                         [RESPONSE_DISPATCHED] = "已派出",
                                         [RESPONSE_ON_SCENE] = "已到场",
                                         [RESPONSE_CLOSED] = "已关闭"};

        return english ? response_state_name(state) : zh[state];
}
