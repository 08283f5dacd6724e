/* SPDX-License-Identifier: MIT */
#include "common/language/plural.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

struct reading {
        const char *at;
        unsigned long n;
        int depth;
        bool broken;
};

/* Binary operators, lowest precedence first. An operator precedes its own prefixes: "<=" comes before "<". */
static const struct {
        const char *sign;
        int level;
} operators[] = {
        {"||", 0}, {"&&", 1}, {"==", 2}, {"!=", 2}, {"<=", 3}, {">=", 3}, {"<", 3},
        {">", 3},  {"+", 4},  {"-", 4},  {"*", 5},  {"/", 5},  {"%", 5},
};
enum { LEVELS = 6, OPERATORS = sizeof(operators) / sizeof(operators[0]) };

static unsigned long conditional(struct reading *reading);

static bool take(struct reading *reading, const char *sign) {
        reading->at += strspn(reading->at, " \t");
        if (strncmp(reading->at, sign, strlen(sign)) != 0)
                return false;
        reading->at += strlen(sign);
        return true;
}

static unsigned long operand(struct reading *reading) {
        unsigned long value = 0;
        char *end;

        if (reading->broken || ++reading->depth > DEPTH_MAX) {
                reading->broken = true;
                return 0;
        }
        if (take(reading, "!")) {
                value = !operand(reading);
        } else if (take(reading, "(")) {
                value = conditional(reading);
                reading->broken |= !take(reading, ")");
        } else if (take(reading, "n")) {
                value = reading->n;
        } else if (*reading->at >= '0' && *reading->at <= '9') {
                value = strtoul(reading->at, &end, 10);
                reading->at = end;
        } else {
                reading->broken = true;
        }
        reading->depth--;
        return value;
}

static unsigned long apply(struct reading *reading, size_t index, unsigned long a,
                           unsigned long b) {
        const char *sign = operators[index].sign;

        switch (sign[0]) {
        case '|':
                return a || b;
        case '&':
                return a && b;
        case '=':
                return a == b;
        case '!':
                return a != b;
        case '<':
                return sign[1] ? a <= b : a < b;
        case '>':
                return sign[1] ? a >= b : a > b;
        case '+':
                return a + b;
        case '-':
                return a - b;
        case '*':
                return a * b;
        }
        reading->broken |= b == 0;
        if (b == 0)
                return 0;
        return sign[0] == '/' ? a / b : a % b;
}

static unsigned long binary(struct reading *reading, int level) {
        if (level == LEVELS)
                return operand(reading);

        unsigned long value = binary(reading, level + 1);

        for (size_t i = 0; i < OPERATORS && !reading->broken;) {
                if (operators[i].level != level || !take(reading, operators[i].sign)) {
                        i++;
                        continue;
                }
                value = apply(reading, i, value, binary(reading, level + 1));
                i = 0; /* operators of one level are left-associative */
        }
        return value;
}

static unsigned long conditional(struct reading *reading) {
        unsigned long value, yes, no;

        if (++reading->depth > DEPTH_MAX) {
                reading->broken = true;
                return 0;
        }
        value = binary(reading, 0);
        if (!reading->broken && take(reading, "?")) {
                yes = conditional(reading);
                reading->broken |= !take(reading, ":");
                no = conditional(reading);
                value = value ? yes : no;
        }
        reading->depth--;
        return value;
}

bool plural_form(const char *expression, unsigned long n, unsigned long *ret) {
        struct reading reading = {.at = expression, .n = n};
        unsigned long form = conditional(&reading);

        if (reading.broken || !(take(&reading, ";") || *reading.at == '\0' || *reading.at == '\n'))
                return false;
        *ret = form;
        return true;
}
