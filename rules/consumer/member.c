/* SPDX-License-Identifier: MIT */
#include "rules/consumer/member.h"

#include <errno.h>
#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/kafka/kafka.h"
#include "common/kafka/kafka_drop.h"
#include "common/base/log.h"

enum { CLIENT_ID_BYTES = 128 };

static int open_consumer(struct member *member, int64_t now_mono_ms) {
        static const uint64_t one = 1;
        const struct conf *conf = member->conf;
        char client_id[CLIENT_ID_BYTES];
        int r;

        snprintf(client_id, sizeof(client_id), "vigil-rules-%s", conf->rules.instance);
        r = kafka_consumer_new(&member->consumer, conf, client_id, conf->rules.group,
                               conf->rules.instance, member->rebalance, member->context);
        if (r < 0)
                return err_trace(r);
        member->events = rd_kafka_queue_get_consumer(member->consumer);
        rd_kafka_queue_io_event_enable(member->events, member->bell_fd, &one, sizeof(one));
        member->opened_mono_ms = now_mono_ms;
        member->subscribed = member->out = member->lost = false;
        return 0;
}

int member_init(struct member *member, const struct conf *conf, int bell_fd,
                void (*rebalance)(rd_kafka_t *, rd_kafka_resp_err_t,
                                  rd_kafka_topic_partition_list_t *, void *),
                void *context) {
        *member = (struct member){
                .conf = conf, .bell_fd = bell_fd, .rebalance = rebalance, .context = context};
        return err_trace(open_consumer(member, clock_mono_ms()));
}

static void forget_events(struct member *member) {
        if (!member->events)
                return;
        rd_kafka_queue_io_event_enable(member->events, -1, NULL, 0);
        rd_kafka_queue_destroy(member->events);
        member->events = NULL;
}

void member_fini(struct member *member) {
        forget_events(member);
        kafka_drop(member->consumer);
        *member = (struct member){0};
}

void member_subscribe(struct member *member, const char *const *topics, int count) {
        rd_kafka_topic_partition_list_t *list;
        rd_kafka_resp_err_t error;

        if (!member->consumer || member->subscribed || member->out)
                return;
        list = rd_kafka_topic_partition_list_new(count);
        for (int i = 0; i < count; i++)
                rd_kafka_topic_partition_list_add(list, topics[i], RD_KAFKA_PARTITION_UA);
        error = rd_kafka_subscribe(member->consumer, list);
        rd_kafka_topic_partition_list_destroy(list);
        member->subscribed = error == RD_KAFKA_RESP_ERR_NO_ERROR;
        member->out = !member->subscribed;
        if (error)
                log_event(LOG_ERROR, "V2116", "kafka: subscription refused", "why",
                          rd_kafka_err2str(error), NULL);
}

static void put_out(struct member *member, const char *why, int64_t now_mono_ms) {
        bool calm = member->wait_ms == 0 || now_mono_ms - member->opened_mono_ms >= MEMBER_CALM_MS;

        if (member->out)
                return;
        member->out = true;
        member->wait_ms = calm                                        ? MEMBER_AGAIN_MS
                          : member->wait_ms < MEMBER_RIVAL_FIRST_MS   ? MEMBER_RIVAL_FIRST_MS
                          : member->wait_ms * 2 > MEMBER_RIVAL_MAX_MS ? MEMBER_RIVAL_MAX_MS
                                                                      : member->wait_ms * 2;
        if (calm)
                log_event(LOG_WARN, "V2114", "the consumer group has put us out: joining anew",
                          "why", why, NULL);
        else
                log_event(LOG_ERROR, "V2521",
                          "the consumer group puts us out again and again: does another process "
                          "use our rules.instance?",
                          "why", why, "again_ms", log_number(member->wait_ms), NULL);
}

void member_lose(struct member *member, int64_t now_mono_ms) {
        if (member->out)
                return;
        member->out = member->lost = true;
        if (now_mono_ms - member->opened_mono_ms >= MEMBER_CALM_MS)
                member->wait_ms = 0;
        log_event(LOG_INFO, "V2119", "kafka is away: joining the group anew when it is back", NULL);
}

bool member_poll(struct member *member, int64_t now_mono_ms) {
        rd_kafka_message_t *message;

        if (!member->consumer)
                return false;
        message = rd_kafka_consumer_poll(member->consumer, 0);
        if (!message)
                return false;
        if (message->err == RD_KAFKA_RESP_ERR__FATAL ||
            message->err == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
                put_out(member, rd_kafka_message_errstr(message), now_mono_ms);
        else if (message->err)
                log_event(LOG_WARN, "V2115", "kafka: consumer", "why",
                          rd_kafka_message_errstr(message), NULL);
        rd_kafka_message_destroy(message);
        return true;
}

/* An empty commit sends nothing to Kafka, but it is an item in the queue of that thread and so wakes it. */
void member_wake(struct member *member) {
        rd_kafka_topic_partition_list_t *nothing;

        if (!member->consumer)
                return;
        nothing = rd_kafka_topic_partition_list_new(1);
        (void)rd_kafka_commit(member->consumer, nothing, 1);
        rd_kafka_topic_partition_list_destroy(nothing);
}

void member_discard(struct member *member, int64_t now_mono_ms) {
        forget_events(member);
        kafka_drop(member->consumer);
        member->consumer = NULL;
        member->reopen_mono_ms = now_mono_ms + (member->lost ? 0 : member->wait_ms);
}

bool member_reopen(struct member *member, int64_t now_mono_ms) {
        if (member->consumer || now_mono_ms < member->reopen_mono_ms)
                return false;
        if (open_consumer(member, now_mono_ms) == 0)
                return true;
        log_event(LOG_ERROR, "V2115", "kafka: consumer", "why", err_why(), NULL);
        member->reopen_mono_ms = now_mono_ms + MEMBER_RIVAL_FIRST_MS;
        return false;
}

bool member_has_rival(const struct member *member) {
        return member->wait_ms >= MEMBER_RIVAL_FIRST_MS &&
               (!member->consumer || member->out ||
                clock_mono_ms() - member->opened_mono_ms < MEMBER_CALM_MS);
}
