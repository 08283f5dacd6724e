/* SPDX-License-Identifier: MIT */
#include "common/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/require.h"
#include "common/base/utf8.h"

enum {
        LINE_BYTES = 4096,    /* PIPE_BUF: a write(2) of up to this size to a pipe is atomic */
        LINE_TAIL_BYTES = 32, /* reserved for the end of the line */
};

static struct {
        const char *stage;
        bool json;
        enum log_level least;
} out = {.stage = "vigil", .least = LOG_INFO};

static const char *const level_names[] = {
        [LOG_DEBUG] = "debug",
        [LOG_INFO] = "info",
        [LOG_WARN] = "warn",
        [LOG_ERROR] = "error",
};

struct line {
        char text[LINE_BYTES];
        size_t used;
        bool full;
};

static void tell_failure(const struct require_failure *failure) {
        log_event(LOG_ERROR, "V0001", "what must hold does not: the program ends", "required",
                  failure->condition, "ids", failure->ids, "func", failure->func, "file",
                  failure->file, "line", log_number(failure->line), NULL);
}

void log_open(const char *stage, bool json, enum log_level least) {
        out.stage = stage;
        out.json = json;
        out.least = least;
        require_tell_by(tell_failure);
}

static void put_bytes(struct line *line, const char *bytes, size_t count) {
        if (line->full || count > LINE_BYTES - LINE_TAIL_BYTES - line->used) {
                line->full = true;
                return;
        }
        memcpy(line->text + line->used, bytes, count);
        line->used += count;
}

static void put_text(struct line *line, const char *text) {
        put_bytes(line, text, strlen(text));
}

/* Both formats use the escapes of JSON, so a value can neither end its line nor forge another line. */
static void put_quoted(struct line *line, const char *value) {
        size_t left = strlen(value);

        put_text(line, "\"");
        while (left) {
                uint32_t character;
                size_t length = utf8_read(value, left, &character);
                char escape[8];

                if (length == 0) {
                        put_text(line, "\\ufffd");
                        length = 1;
                } else if (character == '"' || character == '\\') {
                        snprintf(escape, sizeof(escape), "\\%c", (char)character);
                        put_text(line, escape);
                } else if (character == '\n') {
                        put_text(line, "\\n");
                } else if (character < 0x20 || (character >= 0x7f && character < 0xa0)) {
                        snprintf(escape, sizeof(escape), "\\u%04x", (unsigned int)character);
                        put_text(line, escape);
                } else {
                        put_bytes(line, value, length);
                }
                value += length;
                left -= length;
        }
        put_text(line, "\"");
}

static bool value_is_bare(const char *value) {
        if (!*value)
                return false;
        for (; *value; value++)
                if (*value <= ' ' || *value == '"' || *value == '=' || *value == '\\' ||
                    *value == 0x7f)
                        return false;
        return true;
}

static void put_pair(struct line *line, const char *key, const char *value) {
        size_t before = line->used;

        if (out.json) {
                put_text(line, line->used ? ",\"" : "{\"");
                put_text(line, key);
                put_text(line, "\":");
                put_quoted(line, value);
        } else {
                put_text(line, line->used ? " " : "");
                put_text(line, key);
                put_text(line, "=");
                if (value_is_bare(value))
                        put_text(line, value);
                else
                        put_quoted(line, value);
        }

        /* Write a pair completely or not at all: a truncated one would not parse. */
        if (line->full)
                line->used = before;
}

static void put_time(struct line *line) {
        struct timespec now;
        struct tm parts;
        char day[32], text[48];

        clock_gettime(CLOCK_REALTIME, &now);
        gmtime_r(&now.tv_sec, &parts);
        strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &parts);
        snprintf(text, sizeof(text), "%s.%03ldZ", day, now.tv_nsec / 1000000);
        put_pair(line, "ts", text);
}

static void line_end(struct line *line) {
        const char *tail = out.json ? "}\n" : "\n";

        if (line->full)
                tail = out.json ? ",\"cut\":\"true\"}\n" : " cut=true\n";
        memcpy(line->text + line->used, tail, strlen(tail));
        line->used += strlen(tail);
}

void log_event(enum log_level level, const char *id, const char *msg, ...) {
        struct line line = {.used = 0};
        const char *key;
        va_list pairs;

        if (level < out.least)
                return;

        put_time(&line);
        put_pair(&line, "level", level_names[level]);
        put_pair(&line, "stage", out.stage);
        put_pair(&line, "id", id);
        put_pair(&line, "msg", msg);

        va_start(pairs, msg);
        while ((key = va_arg(pairs, const char *))) {
                const char *value = va_arg(pairs, const char *);

                put_pair(&line, key, value ? value : "");
        }
        va_end(pairs);

        line_end(&line);

        /* A failed write cannot be reported anywhere, so only an interrupted one is retried. */
        while (write(STDERR_FILENO, line.text, line.used) < 0 && errno == EINTR)
                ;
}

const char *log_number(long long number) {
        static _Thread_local char texts[8][24];
        static _Thread_local unsigned int next;
        char *text = texts[next++ % 8];

        snprintf(text, sizeof(texts[0]), "%lld", number);
        return text;
}
