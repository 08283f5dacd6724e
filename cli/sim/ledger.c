/* SPDX-License-Identifier: MIT */
#include "cli/sim/ledger.h"

#include "common/base/clock.h"

/* Ids need no escaping. */
void sim_ledger_event(struct sim *sim, const char *type, const char *event_id, const char *kind) {
        if (sim->ledger)
                fprintf(sim->ledger,
                        "{\"type\":\"%s\",\"event_id\":\"%s\",\"kind\":\"%s\",\"time_us\":%lld}\n",
                        type, event_id, kind, (long long)clock_wall_us());
}

void sim_ledger_page(struct sim *sim, const struct sim_people_news *news, const char *verdict) {
        const struct page_card *card = news->news->card;
        const struct page_card_trace *trace = &news->news->trace;

        if (!sim->ledger)
                return;
        fprintf(sim->ledger,
                "{\"type\":\"page\",\"alert_id\":\"%s\",\"page_id\":\"%s\",\"elder\":\"%s\","
                "\"rule\":\"%s\",\"recipient\":\"%s\",\"step\":%d,\"verdict\":\"%s\",",
                card->alert_id, card->page_id, card->elder_id, card->rule, news->recipient,
                news->news->step, verdict);
        fprintf(sim->ledger,
                "\"received_us\":%lld,\"judged_us\":%lld,\"intake_us\":%lld,\"stored_us\":%lld,"
                "\"sent_us\":%lld,\"time_us\":%lld}\n",
                (long long)trace->received_us, (long long)trace->judged_us,
                (long long)trace->intake_us, (long long)trace->stored_us, (long long)trace->sent_us,
                (long long)clock_wall_us());
}
