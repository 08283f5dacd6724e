/* SPDX-License-Identifier: MIT */
#include "ingest/kafka/holder.h"

#include <stdio.h>
#include <string.h>

void holder_init(struct holder *holder, const char *name) {
        *holder = (struct holder){0};
        snprintf(holder->ours, sizeof(holder->ours), "%s", name);
}

/* Get the name in "take 0123456789abcdef". Return: NULL if @text is not @word and a name. */
static const char *name_after(const char *text, const char *word) {
        size_t bytes = strlen(word);

        if (strncmp(text, word, bytes) != 0 || text[bytes] != ' ' ||
            strlen(text + bytes + 1) != HOLDER_NAME_BYTES - 1)
                return NULL;
        return text + bytes + 1;
}

static void give_to(struct holder *holder, const char *name) {
        snprintf(holder->theirs, sizeof(holder->theirs), "%s", name);
        holder->silent = 0;
}

bool holder_read(struct holder *holder, const void *word, size_t bytes) {
        char text[HOLDER_WORD_BYTES];
        const char *take, *hold, *wait, *leave;

        if (bytes >= sizeof(text))
                return false;
        memcpy(text, word, bytes);
        text[bytes] = '\0';
        take = name_after(text, "take");
        hold = name_after(text, "hold");
        wait = name_after(text, "wait");
        leave = name_after(text, "leave");

        if (take)
                give_to(holder, take);
        else if (hold && (!holder->theirs[0] || strcmp(hold, holder->theirs) == 0))
                give_to(holder, hold);
        else if (leave && strcmp(leave, holder->theirs) == 0)
                give_to(holder, "");
        else if (wait && strcmp(wait, holder->ours) == 0)
                holder->silent++;
        if (take && strcmp(take, holder->ours) == 0)
                holder->begun = true;
        return (take && strcmp(take, holder->ours) == 0) ||
               (hold && strcmp(hold, holder->ours) == 0) ||
               (wait && strcmp(wait, holder->ours) == 0);
}

void holder_word(const struct holder *holder, char ret[HOLDER_WORD_BYTES]) {
        const char *word = "wait";

        if (holder_is_ours(holder))
                word = "hold";
        else if (!holder->begun || !holder->theirs[0] || holder->silent >= HOLDER_SILENT)
                word = "take";
        snprintf(ret, HOLDER_WORD_BYTES, "%s %s", word, holder->ours);
}

void holder_last_word(const struct holder *holder, char ret[HOLDER_WORD_BYTES]) {
        snprintf(ret, HOLDER_WORD_BYTES, "leave %s", holder->ours);
}

bool holder_is_ours(const struct holder *holder) {
        return strcmp(holder->ours, holder->theirs) == 0;
}
