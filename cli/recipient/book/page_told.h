/* SPDX-License-Identifier: MIT
 *
 * Processes frames from alerting about an existing card: a change of the alert, a stand-down, the result of an
 * answer.
 *
 * Thread: that of its book. Blocks: never. Time is an argument.
 */
#ifndef VIGIL_CLI_RECIPIENT_BOOK_PAGE_TOLD_H
#define VIGIL_CLI_RECIPIENT_BOOK_PAGE_TOLD_H

#include <stdint.h>

#include <yyjson.h>

#include "cli/recipient/book/page_card.h"
#include "cli/recipient/book/page_links.h"
#include "cli/recipient/book/page_news.h"

/* Process "update". @change receives its word and must outlive @ret, which points to it. */
enum { PAGE_TOLD_CHANGE_BYTES = 24 };
void page_told_update(struct page_card *card, yyjson_val *root, char change[PAGE_TOLD_CHANGE_BYTES],
                      struct page_news *ret);

/* Process "stand_down". */
void page_told_stand_down(struct page_card *card, yyjson_val *root, int64_t now_mono_ms,
                          struct page_news *ret);

/* Process "stored" and "refused" for @answer. */
void page_told_stored(struct page_card *card, enum page_card_answer answer, yyjson_val *root,
                      int64_t now_mono_ms, struct page_news *ret);
void page_told_refused(struct page_card *card, enum page_card_answer answer,
                       const struct page_links *links, int link, yyjson_val *root,
                       int64_t now_mono_ms, struct page_news *ret);

#endif
