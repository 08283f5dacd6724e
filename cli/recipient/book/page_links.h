/* SPDX-License-Identifier: MIT
 *
 * Links: the state of the connections to the alerting processes, as a page book needs it.
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
                uint32_t connection; /* number of the connection on which a receipt leaves */
        } links[PAGE_CARD_LINKS_MAX];
        uint32_t connections;
};

void page_links_connected(struct page_links *links, int link);
void page_links_disconnected(struct page_links *links, int link);

/* Links to which the answers of a card go now, one bit per link: the owner's; if that is down or unknown, all that
 * are up. */
uint8_t page_links_of(const struct page_links *links, const struct page_card *card);

#endif
