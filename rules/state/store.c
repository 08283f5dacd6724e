/* SPDX-License-Identifier: MIT */
#include "rules/state/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/require.h"

enum {
        CONNECT_TIMEOUT_S = 1,
        COMMAND_TIMEOUT_S = 2,
        SCAN_COUNT = 512,
        KEY_BYTES = 128,
        NUMBER_BYTES = 24,
        SAVE_FIXED_ARGUMENTS = 14,
        SECRET_BYTES = 256,
        STATE_FORMAT = 1,
};

struct store {
        redisContext *redis; /* NULL: not connected */
        char *host;
        int port;
        char *key_prefix;
        char *user;   /* or NULL */
        char *secret; /* or NULL */
        char why[192];
        const char **arguments; /* of the command being built */
        size_t *lengths;
        size_t argument_capacity;
};

/* An epoch is never given out twice, even if Redis has lost all data: it is at least the server's clock in
 * microseconds, and partitions are taken less than once per microsecond. */
static const char take_script[] =
        "local epoch = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '0') + 1\n"
        "local time = redis.call('TIME')\n"
        "local now = tonumber(time[1]) * 1000000 + tonumber(time[2])\n"
        "if epoch < now then epoch = now end\n"
        "epoch = string.format('%.0f', epoch)\n"
        "redis.call('HSET', KEYS[1], 'epoch', epoch, 'number', '0')\n"
        "return {epoch, redis.call('HGET', KEYS[1], 'alarm_offset'),\n"
        "        redis.call('HGET', KEYS[1], 'telemetry_offset'),\n"
        "        redis.call('HGET', KEYS[1], 'saved_time_ms'),\n"
        "        redis.call('HGET', KEYS[1], 'alarm_append_time_ms'),\n"
        "        redis.call('HGET', KEYS[1], 'telemetry_append_time_ms')}\n";

/* ARGV: epoch, number, whole, alarm_offset, telemetry_offset, saved_time_ms, format, alarm_append_time_ms,
 * telemetry_append_time_ms, then pairs of elder id and state. An empty state removes the elder.
 *
 * If our number is stored already, this is the same write repeated after its answer was lost. If the stored epoch
 * is below ours (or missing), or a write between the stored number and ours is missing, Redis has lost
 * writes of ours (it was emptied, or failed over to a replica that lagged). Then only a
 * whole partition may be written. */
static const char save_script[] =
        "local stored = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '0')\n"
        "local last = tonumber(redis.call('HGET', KEYS[1], 'number') or '0')\n"
        "local epoch, number = tonumber(ARGV[1]), tonumber(ARGV[2])\n"
        "if stored > epoch then return 'FENCED' end\n"
        "if stored == epoch and last >= number then return 'SAVED' end\n"
        "if ARGV[3] == '1' then redis.call('DEL', KEYS[2])\n"
        "elseif stored < epoch or last ~= number - 1 then return 'REWRITE' end\n"
        "redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'number', ARGV[2],\n"
        "           'saved_time_ms', ARGV[6], 'format', ARGV[7],\n"
        "           'alarm_append_time_ms', ARGV[8], 'telemetry_append_time_ms', ARGV[9])\n"
        "if ARGV[4] ~= '-1' then redis.call('HSET', KEYS[1], 'alarm_offset', ARGV[4]) end\n"
        "if ARGV[5] ~= '-1' then redis.call('HSET', KEYS[1], 'telemetry_offset', ARGV[5]) end\n"
        "for i = 10, #ARGV, 2 do\n"
        "  if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[2], ARGV[i])\n"
        "  else redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end\n"
        "end\n"
        "return 'SAVED'\n";

/* --- construction --------------------------------------------------------------------------- */

static int read_secret(const char *path, char **ret) {
        char text[SECRET_BYTES] = {0};
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return err_raise_why(-errno, "redis.password_file %s cannot be read", path);

        ssize_t used = read(fd, text, sizeof(text) - 1);
        int r = used < 0 ? -errno : 0;

        close(fd);
        if (r < 0)
                return err_raise_why(r, "redis.password_file %s cannot be read", path);
        text[strcspn(text, "\r\n")] = '\0';
        *ret = strdup(text);
        explicit_bzero(text, sizeof(text));
        return *ret ? 0 : err_raise(-ENOMEM);
}

int store_new(struct store **ret, const struct conf *conf) {
        struct store *store = calloc(1, sizeof(*store));
        int r = 0;

        if (!store)
                return err_raise(-ENOMEM);
        store->port = conf->redis.port;
        store->host = strdup(conf->redis.host);
        store->key_prefix = strdup(conf->redis.key_prefix);
        if (conf->redis.user)
                store->user = strdup(conf->redis.user);
        if (!store->host || !store->key_prefix || (conf->redis.user && !store->user))
                r = err_raise(-ENOMEM);
        if (r == 0 && conf->redis.password_file)
                r = read_secret(conf->redis.password_file, &store->secret);
        if (r < 0) {
                store_free(store);
                return err_trace(r);
        }
        *ret = store;
        return 0;
}

static void disconnect(struct store *store) {
        if (store->redis)
                redisFree(store->redis);
        store->redis = NULL;
}

struct store *store_free(struct store *store) {
        if (!store)
                return NULL;
        disconnect(store);
        if (store->secret)
                explicit_bzero(store->secret, strlen(store->secret));
        free(store->secret);
        free(store->user);
        free(store->host);
        free(store->key_prefix);
        free(store->arguments);
        free(store->lengths);
        free(store);
        return NULL;
}

const char *store_why(const struct store *store) {
        return store->why;
}

/* --- connection ----------------------------------------------------------------------------- */

static int away(struct store *store, const char *doing, const char *why) {
        snprintf(store->why, sizeof(store->why), "%s: %s", doing, why);
        disconnect(store);
        return STORE_AWAY;
}

static int sign_in(struct store *store) {
        redisReply *reply;
        int r = 0;

        if (!store->secret)
                return 0;
        if (store->user)
                reply = redisCommand(store->redis, "AUTH %s %s", store->user, store->secret);
        else
                reply = redisCommand(store->redis, "AUTH %s", store->secret);
        if (!reply || reply->type == REDIS_REPLY_ERROR)
                r = away(store, "sign in", reply ? "refused" : store->redis->errstr);
        freeReplyObject(reply);
        return r;
}

static int connect_to(struct store *store) {
        struct timeval connect_timeout = {.tv_sec = CONNECT_TIMEOUT_S};
        struct timeval command_timeout = {.tv_sec = COMMAND_TIMEOUT_S};
        int on = 1;

        if (store->redis)
                return 0;
        store->redis = redisConnectWithTimeout(store->host, store->port, connect_timeout);
        if (!store->redis)
                return err_raise(-ENOMEM);
        if (store->redis->err)
                return away(store, "connect", store->redis->errstr);
        if (redisSetTimeout(store->redis, command_timeout) != REDIS_OK ||
            redisEnableKeepAlive(store->redis) != REDIS_OK ||
            setsockopt(store->redis->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
                return away(store, "connect", "socket options refused");
        return sign_in(store);
}

/* Return: 0 and in *ret a reply that is not an error and that the caller frees, or STORE_AWAY. */
static int settle_reply(struct store *store, const char *doing, redisReply *reply,
                        redisReply **ret) {
        int r;

        if (!reply)
                return away(store, doing, store->redis->errstr);
        if (reply->type == REDIS_REPLY_ERROR) {
                r = away(store, doing, reply->str); /* LOADING, MISCONF, READONLY, OOM …: later */
                freeReplyObject(reply);
                return r;
        }
        *ret = reply;
        return 0;
}

int store_ping(struct store *store) {
        redisReply *reply;
        int r = connect_to(store);

        if (r)
                return r;
        r = settle_reply(store, "ping", redisCommand(store->redis, "PING"), &reply);
        if (r == 0)
                freeReplyObject(reply);
        return r;
}

static void key_of(const struct store *store, int32_t partition, const char *name, char *ret) {
        snprintf(ret, KEY_BYTES, "%s{p%" PRId32 "}:%s", store->key_prefix, partition, name);
}

/* --- taking --------------------------------------------------------------------------------- */

static int64_t number_of(const redisReply *reply, int64_t otherwise) {
        return reply->type == REDIS_REPLY_STRING ? strtoll(reply->str, NULL, 10) : otherwise;
}

static int take_epoch(struct store *store, struct checkpoint_restored *restored) {
        char key[KEY_BYTES];
        redisReply *reply;
        int r;

        key_of(store, restored->partition, "meta", key);
        r = settle_reply(store, "take partition",
                         redisCommand(store->redis, "EVAL %s 1 %s", take_script, key), &reply);
        if (r)
                return r;
        if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 6 ||
            reply->element[0]->type != REDIS_REPLY_STRING ||
            strtoull(reply->element[0]->str, NULL, 10) == 0) { /* an epoch is never 0 */
                r = away(store, "take partition", "an answer we do not understand");
        } else {
                restored->epoch = strtoull(reply->element[0]->str, NULL, 10);
                restored->next_offset[LANE_ALARM] =
                        number_of(reply->element[1], CHECKPOINT_OFFSET_NONE);
                restored->next_offset[LANE_TELEMETRY] =
                        number_of(reply->element[2], CHECKPOINT_OFFSET_NONE);
                restored->saved_time_ms = number_of(reply->element[3], 0);
                restored->append_time_ms[LANE_ALARM] = number_of(reply->element[4], 0);
                restored->append_time_ms[LANE_TELEMETRY] = number_of(reply->element[5], 0);
        }
        freeReplyObject(reply);
        return r;
}

static int add_states(struct checkpoint_restored *restored, const redisReply *fields) {
        for (size_t i = 0; i + 1 < fields->elements; i += 2) {
                const redisReply *id = fields->element[i];
                const redisReply *state = fields->element[i + 1];

                if (id->type != REDIS_REPLY_STRING || id->len == 0 ||
                    id->len >= EVENT_ELDER_ID_BYTES || state->type != REDIS_REPLY_STRING)
                        continue; /* not written by us */

                int r = bundle_add(&restored->elders, id->str, state->str, state->len);

                if (r < 0)
                        return r;
        }
        return 0;
}

/* Read one page of HSCAN. HSCAN may return an elder twice, with equal states: since we have the epoch, nobody else may
 * write. */
static int take_page(struct store *store, const char *key, struct checkpoint_restored *restored,
                     char *cursor) {
        redisReply *reply;
        int r = settle_reply(
                store, "read states",
                redisCommand(store->redis, "HSCAN %s %s COUNT %d", key, cursor, SCAN_COUNT),
                &reply);

        if (r)
                return r;
        if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
            reply->element[0]->type != REDIS_REPLY_STRING ||
            reply->element[1]->type != REDIS_REPLY_ARRAY) {
                r = away(store, "read states", "an answer we do not understand");
        } else {
                snprintf(cursor, NUMBER_BYTES, "%s", reply->element[0]->str);
                r = add_states(restored, reply->element[1]);
        }
        freeReplyObject(reply);
        return r;
}

int store_take(struct store *store, int32_t partition, struct checkpoint_restored **ret) {
        char key[KEY_BYTES], cursor[NUMBER_BYTES] = "0";
        int r = connect_to(store);

        if (r)
                return r;

        struct checkpoint_restored *restored = calloc(1, sizeof(*restored));

        if (!restored)
                return err_raise(-ENOMEM);
        restored->partition = partition;
        r = take_epoch(store, restored);
        key_of(store, partition, "elders", key);
        while (r == 0) {
                r = take_page(store, key, restored, cursor);
                if (strcmp(cursor, "0") == 0)
                        break;
        }
        if (r) {
                checkpoint_restored_free(restored);
                return r;
        }
        *ret = restored;
        return 0;
}

/* --- saving --------------------------------------------------------------------------------- */

static int grow_arguments(struct store *store, size_t count) {
        if (count <= store->argument_capacity)
                return 0;

        const char **arguments = realloc(store->arguments, count * sizeof(*arguments));

        if (!arguments)
                return err_raise(-ENOMEM);
        store->arguments = arguments;

        size_t *lengths = realloc(store->lengths, count * sizeof(*lengths));

        if (!lengths)
                return err_raise(-ENOMEM);
        store->lengths = lengths;
        store->argument_capacity = count;
        return 0;
}

static size_t add_argument(struct store *store, size_t at, const void *bytes, size_t bytes_used) {
        store->arguments[at] = bytes;
        store->lengths[at] = bytes_used;
        return at + 1;
}

static size_t add_text(struct store *store, size_t at, const char *text) {
        return add_argument(store, at, text, strlen(text));
}

/* hiredis takes pointers, so the states are sent from the bundle without a copy. */
static size_t add_elders(struct store *store, size_t at, const struct checkpoint_part *part) {
        struct bundle_item blob;
        size_t offset = 0;

        while (bundle_next(&part->elders, &offset, &blob)) {
                at = add_text(store, at, blob.elder_id);
                at = add_argument(store, at, blob.bytes, blob.bytes_used);
        }
        return at;
}

static int settle_save(struct store *store, redisReply *reply, struct checkpoint_part *part) {
        static const struct {
                const char *word;
                enum checkpoint_outcome outcome;
        } words[] = {
                {"SAVED", CHECKPOINT_SAVED},
                {"FENCED", CHECKPOINT_FENCED},
                {"REWRITE", CHECKPOINT_REWRITE},
        };
        int r = settle_reply(store, "save", reply, &reply);

        if (r)
                return r;
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
                if (reply->type == REDIS_REPLY_STRING && strcmp(reply->str, words[i].word) == 0) {
                        part->outcome = words[i].outcome;
                        freeReplyObject(reply);
                        return 0;
                }
        }
        freeReplyObject(reply);
        return away(store, "save", "an answer we do not understand");
}

int store_save(struct store *store, struct checkpoint_part *part) {
        char meta[KEY_BYTES], elders[KEY_BYTES];
        char epoch[NUMBER_BYTES], number[NUMBER_BYTES], saved[NUMBER_BYTES], format[NUMBER_BYTES];
        char offsets[LANE_COUNT][NUMBER_BYTES], appended[LANE_COUNT][NUMBER_BYTES];
        size_t at = 0;
        int r = connect_to(store);

        if (r == 0)
                r = grow_arguments(store, SAVE_FIXED_ARGUMENTS + 2 * (size_t)part->elders.count);
        if (r)
                return r;

        key_of(store, part->partition, "meta", meta);
        key_of(store, part->partition, "elders", elders);
        snprintf(epoch, sizeof(epoch), "%" PRIu64, part->epoch);
        snprintf(number, sizeof(number), "%" PRIu64, part->number);
        snprintf(saved, sizeof(saved), "%" PRId64, clock_wall_ms());
        snprintf(format, sizeof(format), "%d", STATE_FORMAT);
        for (int lane = 0; lane < LANE_COUNT; lane++) {
                snprintf(offsets[lane], sizeof(offsets[lane]), "%" PRId64, part->next_offset[lane]);
                snprintf(appended[lane], sizeof(appended[lane]), "%" PRId64,
                         part->append_time_ms[lane]);
        }

        const char *fixed[SAVE_FIXED_ARGUMENTS] = {
                "EVAL",
                save_script,
                "2",
                meta,
                elders,
                epoch,
                number,
                part->whole ? "1" : "0",
                offsets[LANE_ALARM],
                offsets[LANE_TELEMETRY],
                saved,
                format,
                appended[LANE_ALARM],
                appended[LANE_TELEMETRY],
        };

        while (at < SAVE_FIXED_ARGUMENTS)
                at = add_text(store, at, fixed[at]);
        at = add_elders(store, at, part);
        require(at == SAVE_FIXED_ARGUMENTS + 2 * (size_t)part->elders.count,
                "partition %d: %u states in %zu arguments", part->partition, part->elders.count,
                at);
        return settle_save(
                store, redisCommandArgv(store->redis, (int)at, store->arguments, store->lengths),
                part);
}
