/* SPDX-License-Identifier: MIT */
#include "rules/alert/texts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/base/require.h"
#include "common/wire/event_kind.h"
#include "common/base/utf8.h"
#include "rules/eval/rule/placeholder.h"
#include "rules/eval/rule/rule_set.h"

enum { WORD_BYTES = 64 };

static const char dash[] = "–";

/* Units as people write them. Other units are shown as their UCUM code. */
static const struct {
        const char *code, *zh, *en;
} units[] = {
        {"/min", "次/分", "/min"},
        {"mm[Hg]", "mmHg", "mmHg"},
        {"Cel", "℃", "°C"},
        {"1", "", ""},
};

/* Common rooms. Other room names are shown as they are. */
static const struct {
        const char *room, *zh, *en;
} rooms[] = {
        {"bathroom", "卫生间", "bathroom"},     {"toilet", "厕所", "toilet"},
        {"bedroom", "卧室", "bedroom"},         {"kitchen", "厨房", "kitchen"},
        {"living_room", "客厅", "living room"}, {"hall", "门厅", "hall"},
        {"balcony", "阳台", "balcony"},
};

static void unit_text(unsigned int kind, bool chinese, char *ret) {
        const struct event_kind_info *info = event_kind_info(kind);
        const char *unit = info ? info->unit : "";

        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
                if (strcmp(units[i].code, unit) == 0)
                        unit = chinese ? units[i].zh : units[i].en;
        snprintf(ret, WORD_BYTES, "%s", unit);
}

static void room_text(const char *room, bool chinese, char *ret) {
        const char *word = *room ? room : dash;

        for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++)
                if (strcmp(rooms[i].room, room) == 0)
                        word = chinese ? rooms[i].zh : rooms[i].en;
        snprintf(ret, WORD_BYTES, "%s", word);
}

/* The two largest units: "3 小时 5 分", "3 h 5 min". */
static void duration_text(int64_t ms, bool chinese, char *ret) {
        static const struct {
                int64_t seconds;
                const char *zh, *en;
        } steps[] = {{86400, "天", "d"}, {3600, "小时", "h"}, {60, "分钟", "min"}, {1, "秒", "s"}};
        int64_t seconds = ms > 0 ? ms / 1000 : 0;
        size_t i = 0;

        while (i < 3 && seconds < steps[i].seconds)
                i++;

        const char *word = chinese ? steps[i].zh : steps[i].en;
        int64_t rest = i < 3 ? seconds % steps[i].seconds / steps[i + 1].seconds : 0;

        if (rest)
                snprintf(ret, WORD_BYTES, "%" PRId64 " %s %" PRId64 " %s",
                         seconds / steps[i].seconds, word, rest,
                         chinese ? steps[i + 1].zh : steps[i + 1].en);
        else
                snprintf(ret, WORD_BYTES, "%" PRId64 " %s", seconds / steps[i].seconds, word);
}

static void number_text(double number, char *ret) {
        if (isnan(number))
                snprintf(ret, WORD_BYTES, "%s", dash);
        else
                snprintf(ret, WORD_BYTES, "%g", round(number * 100) / 100);
}

static void limit_text(const struct verdict *verdict, bool chinese, char *ret) {
        enum rule_condition_type type =
                rule_set_rule(verdict->rule_set, verdict->rule_index)->condition.type;

        /* The limit of a quiet or offline rule is a time in seconds. */
        if ((type == CONDITION_QUIET || type == CONDITION_OFFLINE) && !isnan(verdict->limit))
                duration_text((int64_t)(verdict->limit * 1000), chinese, ret);
        else
                number_text(verdict->limit, ret);
}

static void word_text(const struct verdict *verdict, enum placeholder placeholder, bool chinese,
                      char *ret) {
        switch (placeholder) {
        case PLACEHOLDER_VALUE:
        case PLACEHOLDER_SCORE:
                number_text(verdict->value, ret);
                break;
        case PLACEHOLDER_LIMIT:
                limit_text(verdict, chinese, ret);
                break;
        case PLACEHOLDER_UNIT:
                unit_text(verdict->kind, chinese, ret);
                break;
        case PLACEHOLDER_DURATION:
                duration_text(verdict->duration_ms, chinese, ret);
                break;
        case PLACEHOLDER_SAMPLES:
        case PLACEHOLDER_KNOWN:
        case PLACEHOLDER_COUNT:
                snprintf(ret, WORD_BYTES, "%" PRIu32, verdict->samples);
                break;
        case PLACEHOLDER_ROOM:
                room_text(verdict->room, chinese, ret);
                break;
        case PLACEHOLDER_DEVICE:
                snprintf(ret, WORD_BYTES, "%s", *verdict->device_id ? verdict->device_id : dash);
                break;
        case PLACEHOLDER_LATE:
                duration_text(verdict->late_ms, chinese, ret);
                break;
        case PLACEHOLDER_CONFIDENCE:
                snprintf(ret, WORD_BYTES, "%d %%", verdict->confidence_pct);
                break;
        case PLACEHOLDERS:
                break;
        }
}

/* Return: false when @ret is full. */
static bool append(char *ret, size_t *used, const char *text, size_t bytes) {
        require(*used < ALERT_TEXT_BYTES, "%zu bytes of a text of %d", *used, ALERT_TEXT_BYTES);

        size_t fits = utf8_prefix(text, bytes, ALERT_TEXT_BYTES - 1 - *used);

        memcpy(ret + *used, text, fits);
        *used += fits;
        ret[*used] = '\0';
        return fits == bytes;
}

void alert_texts_expand(const struct verdict *verdict, const char *text, bool chinese, char *ret) {
        size_t used = 0, bytes;

        ret[0] = '\0';
        for (; *text; text += bytes) {
                enum placeholder placeholder = PLACEHOLDERS;
                char word[WORD_BYTES] = "";
                const char *put = text;
                size_t put_bytes;

                switch (placeholder_read(text, &placeholder, &bytes)) {
                case PLACEHOLDER_BRACE:
                        put_bytes = 1;
                        break;
                case PLACEHOLDER_NAMED:
                        word_text(verdict, placeholder, chinese, word);
                        put = word;
                        put_bytes = strlen(word);
                        break;
                default:
                        put_bytes = bytes;
                        break;
                }
                if (!append(ret, &used, put, put_bytes))
                        return;
        }
}
