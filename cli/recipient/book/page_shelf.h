/* SPDX-License-Identifier: MIT
 *
 * Shelf: the cards of one recipient, indexed by alert id. Live cards are few and walked often. Finished cards are
 * many (a desk gets thousands a day) and only looked up, so they have a list of their own.
 *
 * Thread: that of its book. Blocks: never. Time is an argument.
 */
#ifndef VIGIL_CLI_RECIPIENT_BOOK_PAGE_SHELF_H
#define VIGIL_CLI_RECIPIENT_BOOK_PAGE_SHELF_H

#include <stddef.h>
#include <stdint.h>

#include "cli/recipient/book/page_card.h"

enum { PAGE_SHELF_BUCKETS = 256 };

struct page_shelf_list {
        struct page_card *first, *last; /* oldest first */
};

/* An all-zero shelf is empty. */
struct page_shelf {
        struct page_shelf_list live, done;
        struct page_card *buckets[PAGE_SHELF_BUCKETS]; /* cards of both lists, by alert id */
};

void page_shelf_fini(struct page_shelf *shelf);

/* Add a new malloc'd card; the shelf owns it. */
void page_shelf_add(struct page_shelf *shelf, struct page_card *card);

/* The card of an alert, or NULL. */
struct page_card *page_shelf_find(const struct page_shelf *shelf, const char *alert_id);

/* Finished cards first, then the others, each newest last; NULL past the end. */
const struct page_card *page_shelf_at(const struct page_shelf *shelf, size_t index);

/* Move finished cards that owe nothing from the live list to the list of finished cards. */
void page_shelf_settle(struct page_shelf *shelf);

/* Move a finished card back to the live list, because it owes something again. */
void page_shelf_revive(struct page_shelf *shelf, struct page_card *card);

/* Free finished cards that ended more than PAGE_CARD_KEPT_MS ago. */
void page_shelf_prune(struct page_shelf *shelf, int64_t now_mono_ms);

#endif
