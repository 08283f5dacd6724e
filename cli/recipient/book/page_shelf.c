/* SPDX-License-Identifier: MIT */
#include "cli/recipient/book/page_shelf.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/murmur2.h"

static void list_free(struct page_shelf_list *list) {
        for (struct page_card *card = list->first, *next; card; card = next) {
                next = card->next;
                free(card);
        }
}

void page_shelf_fini(struct page_shelf *shelf) {
        list_free(&shelf->live);
        list_free(&shelf->done);
}

static void list_append(struct page_shelf_list *list, struct page_card *card) {
        card->next = NULL;
        if (list->last)
                list->last->next = card;
        else
                list->first = card;
        list->last = card;
}

/* @link: the pointer to the card to remove; @before: the card that contains that pointer, or NULL. */
static void list_unlink(struct page_shelf_list *list, struct page_card **link,
                        struct page_card *before) {
        struct page_card *card = *link;

        *link = card->next;
        if (list->last == card)
                list->last = before;
}

static struct page_card **bucket_of(const struct page_shelf *shelf, const char *alert_id) {
        uint32_t hash = murmur2(alert_id, strlen(alert_id));

        return (struct page_card **)&shelf->buckets[hash % PAGE_SHELF_BUCKETS];
}

void page_shelf_add(struct page_shelf *shelf, struct page_card *card) {
        list_append(&shelf->live, card);
        card->bucket_next = *bucket_of(shelf, card->alert_id);
        *bucket_of(shelf, card->alert_id) = card;
}

struct page_card *page_shelf_find(const struct page_shelf *shelf, const char *alert_id) {
        for (struct page_card *card = *bucket_of(shelf, alert_id); card; card = card->bucket_next)
                if (strcmp(card->alert_id, alert_id) == 0)
                        return card;
        return NULL;
}

const struct page_card *page_shelf_at(const struct page_shelf *shelf, size_t index) {
        const struct page_card *card = shelf->done.first;

        while (card && index) {
                card = card->next;
                index--;
        }
        if (card)
                return card;
        for (card = shelf->live.first; card && index; card = card->next)
                index--;
        return card;
}

void page_shelf_settle(struct page_shelf *shelf) {
        struct page_card *before = NULL;

        for (struct page_card **link = &shelf->live.first; *link;) {
                struct page_card *card = *link;

                if (page_card_is_over(card) && !page_card_owes(card)) {
                        list_unlink(&shelf->live, link, before);
                        list_append(&shelf->done, card);
                        card->is_done = true;
                        continue;
                }
                before = card;
                link = &card->next;
        }
}

void page_shelf_revive(struct page_shelf *shelf, struct page_card *revived) {
        struct page_card *before = NULL;

        if (!revived->is_done)
                return;
        for (struct page_card **link = &shelf->done.first; *link; link = &(*link)->next) {
                if (*link == revived) {
                        list_unlink(&shelf->done, link, before);
                        list_append(&shelf->live, revived);
                        revived->is_done = false;
                        return;
                }
                before = *link;
        }
}

static void bucket_remove(struct page_shelf *shelf, struct page_card *card) {
        struct page_card **link = bucket_of(shelf, card->alert_id);

        while (*link != card)
                link = &(*link)->bucket_next;
        *link = card->bucket_next;
}

void page_shelf_prune(struct page_shelf *shelf, int64_t now_mono_ms) {
        page_shelf_settle(shelf);
        while (shelf->done.first &&
               now_mono_ms - shelf->done.first->ended_mono_ms > PAGE_CARD_KEPT_MS) {
                struct page_card *card = shelf->done.first;

                list_unlink(&shelf->done, &shelf->done.first, NULL);
                bucket_remove(shelf, card);
                free(card);
        }
}
