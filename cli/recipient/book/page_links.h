/* SPDX-License-Identifier: MIT
 *
 * Links: the connections to the alerting processes of a site, as far as a page book must know of them.
 *
 * Thread: that of its book. Blocks: never.
 */
#ifndef VIGIL_CLI_RECIPIENT_BOOK_PAGE_LINKS_H
#define VIGIL_CLI_RECIPIENT_BOOK_PAGE_LINKS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/recipient/book/page_card.h"

struct page_links {
        int count;
        struct {
                bool up, hello_owed;
                uint32_t connection; /* counted, so that a receipt names the one it left on */
        } links[PAGE_CARD_LINKS_MAX];
        uint32_t connections;
};

void page_links_connected(struct page_links *links, int link);
void page_links_disconnected(struct page_links *links, int link);

/* Where answers of a card go now, a bit for each link: to the process it belongs to, or to whoever is there. */
uint8_t page_links_of(const struct page_links *links, const struct page_card *card);

#endif
