/* SPDX-License-Identifier: MIT */
#include "cli/recipient/book/page_links.h"

void page_links_connected(struct page_links *links, int link) {
        links->links[link].up = links->links[link].hello_owed = true;
        links->links[link].connection = ++links->connections;
}

void page_links_disconnected(struct page_links *links, int link) {
        links->links[link].up = false;
}

uint8_t page_links_of(const struct page_links *links, const struct page_card *card) {
        uint8_t bits = 0;

        if (card->link != PAGE_CARD_NO_LINK && links->links[card->link].up)
                return (uint8_t)(1u << card->link);
        for (int i = 0; i < links->count; i++)
                bits |= (uint8_t)(links->links[i].up << i);
        return bits;
}
