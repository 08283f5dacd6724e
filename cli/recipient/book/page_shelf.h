/* SPDX-License-Identifier: MIT
 *
 * Shelf: the cards of one recipient, found by their alert. Cards somebody may still have to do something about are few
 * and walked often; finished ones are many (a desk sees thousands a day) and only ever looked up.
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
        struct page_card *first, *last; /* in the order they came */
};

/* All zero: empty. */
struct page_shelf {
        struct page_shelf_list live, done;
        struct page_card *buckets[PAGE_SHELF_BUCKETS]; /* both, by alert id */
};

void page_shelf_fini(struct page_shelf *shelf);

/* A new one, malloc'd, which belongs to the shelf from now on. */
void page_shelf_add(struct page_shelf *shelf, struct page_card *card);

/* NULL: there is none. */
struct page_card *page_shelf_find(const struct page_shelf *shelf, const char *alert_id);

/* Finished cards first, then the others, each newest last; NULL past the end. */
const struct page_card *page_shelf_at(const struct page_shelf *shelf, size_t index);

/* Finished cards leave the live list. */
void page_shelf_settle(struct page_shelf *shelf);

/* A finished card that owes something again comes back. */
void page_shelf_revive(struct page_shelf *shelf, struct page_card *card);

/* Forget cards that ended longer than PAGE_CARD_KEPT_MS ago. */
void page_shelf_prune(struct page_shelf *shelf, int64_t now_mono_ms);

#endif
