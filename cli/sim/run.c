/* SPDX-License-Identifier: MIT */
#include "cli/sim/run.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/sim/ledger.h"
#include "cli/sim/play.h"
#include "cli/sim/publish.h"
#include "cli/sim/report.h"
#include "common/language/say.h"
#include "common/wire/alert.h"
#include "common/base/clock.h"
#include "common/base/err.h"

enum {
        TAG_GATEWAYS = 1,
        TAG_PEOPLE = 2,
        READY_MAX = 128,
        START_WAIT_MS = 60000,
        TICK_MS = 10,
};

/* --- what the gateways and the robots tell ------------------------------------------------------------ */

/* Split "sos-0001:3:42" into device, boot and sequence. Return: the device, or NULL. */
static const struct registry_device *event_id_split(const struct sim *sim, const char *event_id,
                                                    uint32_t *ret_boot, uint64_t *ret_sequence) {
        char device_id[EVENT_DEVICE_ID_BYTES];
        size_t length = strcspn(event_id, ":");
        unsigned int boot;
        unsigned long long sequence;

        if (length >= sizeof(device_id) ||
            sscanf(event_id + length, ":%u:%llu", &boot, &sequence) != 2)
                return NULL;
        memcpy(device_id, event_id, length);
        device_id[length] = '\0';
        *ret_boot = boot;
        *ret_sequence = sequence;
        return neighbourhood_device(sim->options.hood, device_id);
}

/* The device time in a payload, which is part of the alert id. */
static int64_t payload_time_ms(const char *payload) {
        const char *key = strstr(payload, "\"t\":");

        return key ? strtoll(key + strlen("\"t\":"), NULL, 10) : 0;
}

static const struct gateway_store_item *store_find(const struct sim *sim, const char *event_id) {
        const struct gateway_store_item *item;

        for (size_t i = gateway_store_count(sim->store);
             i-- > 0 && (item = gateway_store_at(sim->store, i));)
                if (strcmp(item->event_id, event_id) == 0)
                        return item;
        return NULL;
}

/* Latency is measured from the time an event is sent, not from the time it was made. */
static void on_sent(void *context, const char *event_id, int sends, int64_t now_mono_us) {
        struct sim *sim = context;
        const struct gateway_store_item *item = sends == 1 ? store_find(sim, event_id) : NULL;
        const struct registry_device *device;
        char alert_id[ALERT_ID_BYTES], rule[ALERT_RULE_ID_BYTES];
        uint64_t sequence;
        uint32_t boot;

        if (!item)
                return;
        device = event_id_split(sim, event_id, &boot, &sequence);
        if (!device)
                return;
        sim_rule_of_kind(sim_kind_of_topic(item->topic), rule);
        sim_alert_id(device, boot, sequence, payload_time_ms(item->payload), rule, alert_id);
        score_published(sim->score, alert_id, now_mono_us, clock_wall_us());
}

static void on_receipt(void *context, const char *event_id) {
        sim_ledger_event(context, "receipt", event_id, "");
}

static void page_note(struct sim *sim, const struct sim_people_news *news) {
        static const char *const verdicts[] = {"expected", "older", "unexpected", "doubled",
                                               "resent"};
        const struct score_page page = {
                .card = news->news->card,
                .recipient = news->recipient,
                .role = news->role,
                .kind = news->news->kind,
                .step = news->news->step,
                .trace = &news->news->trace,
                .now_mono_us = clock_mono_us(),
                .now_time_us = clock_wall_us(),
        };
        enum score_verdict verdict;
        int r = score_page(sim->score, &page, &verdict);

        if (r < 0) {
                sim->failure = r;
                return;
        }
        sim->pages_seen++;
        sim_ledger_page(sim, news, verdicts[verdict]);
        report_page(sim, news, verdict);
}

static void on_people(void *context, const struct sim_people_news *news) {
        struct sim *sim = context;
        const struct page_card *card = news->news->card;

        switch (news->news->kind) {
        case PAGE_NEWS_NEW:
        case PAGE_NEWS_NEXT_STEP:
        case PAGE_NEWS_RESENT:
        case PAGE_NEWS_DOUBLED:
                page_note(sim, news);
                break;
        case PAGE_NEWS_STORED:
                score_answered(sim->score, card->alert_id, card->elder_id, card->rule, news->role,
                               news->news->answer);
                if (news->news->answer == PAGE_CARD_ANSWER_CLOSE)
                        play_alert_closed(sim, card->elder_id, card->rule);
                report_answer(sim, news);
                break;
        case PAGE_NEWS_REFUSED:
                report_answer(sim, news);
                break;
        case PAGE_NEWS_STOOD_DOWN:
                if (strcmp(card->reason, "closed") == 0)
                        play_alert_closed(sim, card->elder_id, card->rule);
                break;
        default:
                break;
        }
}

static void on_notice(void *context, const char *recipient, const struct page_notice *notice) {
        report_notice(context, recipient, notice);
}

static void on_answering(void *context, const char *alert_id) {
        score_answering(((struct sim *)context)->score, alert_id);
}

/* --- the loop --------------------------------------------------------------------------------------------- */

static int events_wait(struct sim *sim, int timeout_ms) {
        struct epoll_event ready[READY_MAX];
        int count = epoll_wait(sim->epoll_fd, ready, READY_MAX, timeout_ms);
        int r = 0;

        if (count < 0)
                return errno == EINTR ? 0 : err_raise(-errno);
        for (int i = 0; i < count && r == 0; i++) {
                uint32_t tag = (uint32_t)(ready[i].data.u64 >> 32),
                         which = (uint32_t)ready[i].data.u64;

                if (tag == TAG_PEOPLE)
                        r = sim_people_ready(sim->people, which, clock_mono_ms());
                else
                        gateways_ready(sim->gateways, which, ready[i].events, clock_mono_ms());
        }
        return r < 0 ? r : sim->failure;
}

static int ticks(struct sim *sim, int64_t now_mono_ms) {
        int r = 0;

        gateways_tick(sim->gateways, now_mono_ms);
        if (sim->people)
                r = sim_people_tick(sim->people, now_mono_ms);
        return r < 0 ? r : sim->failure;
}

/* Wait until everything is connected: a page that is late because its recipient had not connected yet says nothing
 * about the product. */
static int everybody_wait(struct sim *sim) {
        int64_t begun_mono_ms = clock_mono_ms();
        int64_t say_mono_ms = begun_mono_ms + 1000;

        while (!sim->options.interrupted()) {
                int64_t now_mono_ms = clock_mono_ms();
                struct gateways_stats stats;
                int count = 0;
                /* In the second half of the wait, one alerting process per robot is enough: the others may be down. */
                bool by_all = now_mono_ms - begun_mono_ms < START_WAIT_MS / 2;
                int welcomed = sim->people ? sim_people_welcomed(sim->people, by_all, &count) : 0;
                int r = ticks(sim, now_mono_ms);

                if (r < 0)
                        return r;
                gateways_stats(sim->gateways, &stats);
                if (stats.connected == stats.count && welcomed == count)
                        return 0;
                if (sim->people && sim_people_refused(sim->people))
                        return err_raise_why(
                                -EACCES,
                                "alerting refuses the key of %s: write new keys with vigil "
                                "sim --registry DIR --keys DIR into alerting's own folder",
                                sim_people_refused(sim->people));
                if (now_mono_ms - begun_mono_ms > START_WAIT_MS)
                        return err_raise_why(
                                -ETIMEDOUT,
                                "%d of %d gateways have an MQTT session, %d of %d people are "
                                "connected to alerting",
                                stats.connected, stats.count, welcomed, count);
                if (now_mono_ms > say_mono_ms) {
                        report_wait(sim, stats.connected < stats.count
                                                 ? N_("waiting for MQTT")
                                                 : N_("waiting for alerting"));
                        say_mono_ms = now_mono_ms + 2000;
                }
                r = events_wait(sim, TICK_MS);
                if (r < 0)
                        return r;
        }
        return -EINTR;
}

/* Whether every event is confirmed and everybody was paged. After Ctrl-C do not wait for pages: a fall may be held
 * for 20 s. */
static bool all_is_settled(const struct sim *sim) {
        return (sim->cut_short || score_open(sim->score) == 0) &&
               gateways_waiting(sim->gateways) == 0 && gateway_store_count(sim->store) == 0;
}

/* Return: true when the run has ended. */
static bool drain_is_over(struct sim *sim, int64_t now_mono_us) {
        int64_t now_mono_ms = now_mono_us / 1000;

        if (sim->options.interrupted() && !sim->cut_short) {
                sim->cut_short = true;
                sim->draining = true;
                sim->end_mono_us = now_mono_us;
        }
        if (!sim->draining && sim->end_mono_us && now_mono_us >= sim->end_mono_us)
                sim->draining = true;
        if (!sim->draining)
                return false;
        if (now_mono_us > sim->end_mono_us + (SIM_DRAIN_MS + sim->options.allow_late_ms) * 1000)
                return true;
        if (!all_is_settled(sim)) {
                sim->drained_mono_ms = 0;
                return false;
        }
        if (sim->drained_mono_ms == 0)
                sim->drained_mono_ms = now_mono_ms;
        return now_mono_ms - sim->drained_mono_ms >= SIM_GRACE_MS;
}

static int wait_ms(const struct sim *sim, int64_t now_mono_us) {
        int64_t wait = TICK_MS;
        int64_t play = play_due_ms(sim, now_mono_us);

        if (!sim->draining && sim->options.rate > 0) {
                int64_t due = ((int64_t)sim->events_due_us - now_mono_us + 999) / 1000;

                wait = due < wait ? due : wait;
        }
        if (!sim->draining && telemetry_is_owed(sim->telemetry, now_mono_us / 1000))
                wait = 1;
        wait = play < wait ? play : wait;
        return wait < 0 ? 0 : (int)wait;
}

static int loop(struct sim *sim) {
        int64_t tick_due_mono_ms = 0;
        int r = 0;

        for (;;) {
                int64_t now_mono_us = clock_mono_us();

                if (drain_is_over(sim, now_mono_us))
                        return 0;
                r = events_wait(sim, wait_ms(sim, now_mono_us));
                now_mono_us = clock_mono_us();
                if (r == 0)
                        r = play_turn(sim, now_mono_us, clock_wall_ms());
                if (r == 0 && !sim->draining)
                        r = sim_publish_telemetry_turn(sim, now_mono_us, clock_wall_ms());
                if (r == 0 && now_mono_us / 1000 >= tick_due_mono_ms) {
                        r = ticks(sim, now_mono_us / 1000);
                        tick_due_mono_ms = now_mono_us / 1000 + TICK_MS;
                        report_status(sim, now_mono_us / 1000);
                }
                if (r < 0)
                        return r;
        }
}

/* --- life --------------------------------------------------------------------------------------------------- */

static int store_open(struct sim *sim) {
        char path[PATH_MAX];

        if (!sim->options.state)
                return gateway_store_open(&sim->store, NULL, &sim->boot);
        if (mkdir(sim->options.state, 0700) < 0 && errno != EEXIST)
                return err_raise_why(-errno, "cannot make the folder %s", sim->options.state);
        snprintf(path, sizeof(path), "%s/gateways.store", sim->options.state);
        return gateway_store_open(&sim->store, path, &sim->boot);
}

static int gateways_open(struct sim *sim) {
        const struct gateways_options options = {
                .host = sim->options.mqtt_host,
                .port = sim->options.mqtt_port,
                .user = sim->options.mqtt_user,
                .password = sim->options.mqtt_password,
                .client_id = sim->options.client_id,
                .hood = sim->options.hood,
                .store = sim->store,
                .sent = on_sent,
                .receipt = on_receipt,
                .context = sim,
        };
        int r = gateways_new(&sim->gateways, &options);

        if (r == 0)
                gateways_watch(sim->gateways, sim->epoll_fd, TAG_GATEWAYS);
        return r;
}

static int people_open(struct sim *sim) {
        const struct sim_people_options options = {
                .conf = sim->options.pages,
                .keys = sim->options.keys,
                .hood = sim->options.hood,
                .stories = sim->options.stories,
                .elders = sim->options.people,
                .leave = sim->options.leave,
                .seed = sim->options.seed,
                .news = on_people,
                .notice = on_notice,
                .answering = on_answering,
                .context = sim,
        };
        int r;

        if (!sim->options.pages)
                return 0;
        r = sim_people_new(&sim->people, &options, clock_mono_ms());
        if (r == 0)
                sim_people_watch(sim->people, sim->epoll_fd, TAG_PEOPLE);
        return r;
}

/* Events left in the store by an earlier process are sent again and must page as well. */
static int leftovers_expect(struct sim *sim) {
        int r = 0;

        for (size_t i = 0; i < gateway_store_count(sim->store) && r == 0; i++) {
                const struct gateway_store_item *item = gateway_store_at(sim->store, i);
                const char *kind = sim_kind_of_topic(item->topic);
                char alert_id[ALERT_ID_BYTES], rule[ALERT_RULE_ID_BYTES];
                struct score_expectation expectation = {
                        .rule = rule,
                        .alert_id = alert_id,
                        .needs = {STORY_FAMILY | STORY_TEAM | STORY_DESK},
                        .story = "an earlier run",
                };
                const struct registry_device *device;
                uint64_t sequence;
                uint32_t boot;

                device = event_id_split(sim, item->event_id, &boot, &sequence);
                if (!device || strncmp(kind, "door_", 5) == 0)
                        continue;
                sim_rule_of_kind(kind, rule);
                sim_alert_id(device, boot, sequence, payload_time_ms(item->payload), rule,
                             alert_id);
                expectation.elder_id = device->elder_id;
                r = score_expect(sim->score, &expectation);
        }
        return r;
}

static int sim_open(struct sim *sim) {
        int r;

        sim->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        if (sim->epoll_fd < 0)
                return err_raise(-errno);
        if (sim->options.ledger) {
                sim->ledger = fopen(sim->options.ledger, "ae");
                if (!sim->ledger)
                        return err_raise_why(-errno, "cannot write %s", sim->options.ledger);
        }
        sim->start_time_ms = clock_wall_ms();
        r = store_open(sim);
        if (r == 0)
                r = score_new(&sim->score, sim->start_time_ms);
        if (r == 0)
                score_speak(sim->score, sim->options.language);
        if (r == 0)
                score_allow_late(sim->score, sim->options.allow_late_ms);
        if (r == 0 && sim->options.pages)
                r = leftovers_expect(sim);
        if (r == 0)
                r = gateways_open(sim);
        if (r == 0)
                r = people_open(sim);
        if (r == 0)
                r = telemetry_new(&sim->telemetry, sim->options.hood, sim->options.seed, sim->boot,
                                  clock_mono_ms());
        return r;
}

static void sim_close(struct sim *sim) {
        sim_people_free(sim->people);
        gateways_free(sim->gateways);
        telemetry_free(sim->telemetry);
        gateway_store_close(sim->store);
        score_free(sim->score);
        free(sim->story_states);
        free(sim->storm_open);
        if (sim->ledger)
                fclose(sim->ledger);
        if (sim->epoll_fd >= 0)
                close(sim->epoll_fd);
}

static int sim_start(struct sim *sim) {
        int r = everybody_wait(sim);

        if (r < 0)
                return r;
        sim->start_mono_us = clock_mono_us();
        score_begin(sim->score, sim->start_mono_us);
        score_warm(sim->score, sim->start_mono_us + sim->options.warm_up_ms * 1000);
        sim->events_due_us = (double)sim->start_mono_us;
        if (sim->options.for_ms)
                sim->end_mono_us = sim->start_mono_us + sim->options.for_ms * 1000;
        r = play_begin(sim);
        if (r == 0)
                report_start(sim);
        return r;
}

int sim_run(const struct sim_options *options, FILE *out) {
        struct sim sim = {.options = *options, .epoll_fd = -1};
        int r = sim_open(&sim);

        if (r == 0)
                r = sim_start(&sim);
        if (r == 0)
                r = loop(&sim);
        if (r == 0)
                r = report_result(&sim, out);
        sim_close(&sim);
        return r;
}
