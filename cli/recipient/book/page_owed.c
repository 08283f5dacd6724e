/* SPDX-License-Identifier: MIT */
#include "cli/recipient/book/page_owed.h"

#include <stdio.h>

#include <yyjson.h>

static char *frame_json(const char *const *pairs, int eta_s) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = yyjson_mut_obj(doc);
        char *json;

        yyjson_mut_doc_set_root(doc, root);
        for (; *pairs; pairs += 2)
                yyjson_mut_obj_add_str(doc, root, pairs[0], pairs[1]);
        if (eta_s > 0)
                yyjson_mut_obj_add_int(doc, root, "eta_s", eta_s);
        json = yyjson_mut_write(doc, 0, NULL);
        yyjson_mut_doc_free(doc);
        return json;
}

char *page_owed_hello_json(const char *language, int instances) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = yyjson_mut_obj(doc);
        char *json;

        yyjson_mut_doc_set_root(doc, root);
        yyjson_mut_obj_add_str(doc, root, "language", language);
        yyjson_mut_obj_add_int(doc, root, "instances", instances);
        json = yyjson_mut_write(doc, 0, NULL);
        yyjson_mut_doc_free(doc);
        return json;
}

char *page_owed_receipt_json(const struct page_card *card) {
        return frame_json((const char *[]){"page_id", card->page_id, NULL}, 0);
}

char *page_owed_answer_json(const struct page_card *card, enum page_card_answer answer) {
        char ack_id[PAGE_CARD_ID_BYTES + PAGE_CARD_NONCE_BYTES + 16];
        const char *reason = card->answers[answer].reason;

        snprintf(ack_id, sizeof(ack_id), "%s/%s/%s", card->page_id, card->nonce,
                 page_card_answer_name(answer));
        return frame_json((const char *[]){"page_id", card->page_id, "ack_id", ack_id,
                                           reason[0] ? "reason" : NULL, reason, NULL},
                          card->answers[answer].eta_s);
}

static int64_t answer_wait_ms(int tries) {
        static const int64_t waits_ms[] = {1000, 2000, 4000, 5000};

        return waits_ms[tries < 3 ? tries : 3];
}

/* Send answers in order: alerting refuses "arrive" before "accept" is stored. */
static int answer_owed(const struct page_card *card) {
        int answer = 0;

        while (answer < PAGE_CARD_ANSWERS && !card->answers[answer].owed)
                answer++;
        return answer;
}

int page_owed_answer(const struct page_links *links, struct page_card *card, int link,
                     int64_t now_mono_ms) {
        int answer = answer_owed(card);

        if (answer == PAGE_CARD_ANSWERS)
                return PAGE_CARD_ANSWERS;
        if (card->answers[answer].due_mono_ms <= now_mono_ms) {
                card->answers[answer].unsent = page_links_of(links, card);
                card->answers[answer].unknown = 0;
                card->answers[answer].due_mono_ms =
                        now_mono_ms + answer_wait_ms(card->answers[answer].tries++);
        }
        return card->answers[answer].unsent & 1u << link ? answer : PAGE_CARD_ANSWERS;
}

int64_t page_owed_due_ms(const struct page_links *links, const struct page_card *card,
                         int64_t now_mono_ms) {
        uint8_t bits = page_links_of(links, card);
        int answer = answer_owed(card);
        int64_t left_ms;

        if ((card->received_owed || card->delivered_owed) && card->link != PAGE_CARD_NO_LINK &&
            links->links[card->link].up)
                return 0;
        if (answer == PAGE_CARD_ANSWERS || bits == 0)
                return -1;
        left_ms = card->answers[answer].due_mono_ms - now_mono_ms;
        return left_ms <= 0 || card->answers[answer].unsent & bits ? 0 : left_ms;
}
