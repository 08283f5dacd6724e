/* SPDX-License-Identifier: MIT
 *
 * Checkpoints in a real redis-server, which the test starts on a free port.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include "common/base/murmur2.h"
#include "rules/state/state.h"
#include "rules/state/store.h"

enum { PARTITION = 7, START_TRIES = 500 };

static pid_t redis_pid;
static int redis_port;
static struct conf conf;
static struct store *store;

/* --- the server --------------------------------------------------------------------------------- */

static int free_port(void) {
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t bytes = sizeof(address);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &bytes), 0);
        close(fd);
        return ntohs(address.sin_port);
}

static void command(const char *text) {
        redisContext *redis = redisConnect("127.0.0.1", redis_port);

        assert_non_null(redis);
        assert_int_equal(redis->err, 0);

        redisReply *reply = redisCommand(redis, text);

        assert_non_null(reply);
        assert_int_not_equal(reply->type, REDIS_REPLY_ERROR);
        freeReplyObject(reply);
        redisFree(redis);
}

static void start_redis(void) {
        char port[16];

        snprintf(port, sizeof(port), "%d", redis_port);
        redis_pid = fork();
        assert_true(redis_pid >= 0);
        if (redis_pid == 0) {
                int null = open("/dev/null", O_RDWR);

                dup2(null, STDOUT_FILENO);
                execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1",
                       "--save", "", "--appendonly", "no", "--dir", "/tmp", (char *)NULL);
                _exit(127);
        }
        for (int i = 0; i < START_TRIES && store_ping(store) != 0; i++)
                nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
        assert_int_equal(store_ping(store), 0);
}

static void stop_redis(void) {
        kill(redis_pid, SIGKILL);
        waitpid(redis_pid, NULL, 0);
}

static int setup(void **state) {
        static char host[] = "127.0.0.1", prefix[] = "vigil:";

        redis_port = free_port();
        conf.redis.host = host;
        conf.redis.port = redis_port;
        conf.redis.key_prefix = prefix;
        conf.kafka.partitions = 16;
        assert_int_equal(store_new(&store, &conf), 0);
        start_redis();
        return 0;
}

static int teardown(void **state) {
        store_free(store);
        stop_redis();
        return 0;
}

static int empty(void **state) {
        command("FLUSHALL");
        return 0;
}

/* --- helpers ------------------------------------------------------------------------------------- */

static struct checkpoint_part part_of(uint64_t epoch, uint64_t number, int64_t alarm,
                                      int64_t telemetry) {
        return (struct checkpoint_part){.partition = PARTITION,
                                        .used = true,
                                        .epoch = epoch,
                                        .number = number,
                                        .next_offset = {alarm, telemetry}};
}

static uint64_t take_epoch(void) {
        struct checkpoint_restored *restored = NULL;

        assert_int_equal(store_take(store, PARTITION, &restored), 0);

        uint64_t epoch = restored->epoch;

        checkpoint_restored_free(restored);
        return epoch;
}

static void save(struct checkpoint_part *part, enum checkpoint_outcome outcome) {
        assert_int_equal(store_save(store, part), 0);
        assert_int_equal(part->outcome, outcome);
}

/* Redis must have this state of E1 (NULL: none) and these offsets. */
static void assert_stored(const char *text, int64_t alarm, int64_t telemetry) {
        struct checkpoint_restored *restored = NULL;
        struct bundle_item blob = {0};
        size_t at = 0;

        assert_int_equal(store_take(store, PARTITION, &restored), 0);
        assert_int_equal(restored->next_offset[LANE_ALARM], alarm);
        assert_int_equal(restored->next_offset[LANE_TELEMETRY], telemetry);
        assert_int_equal(bundle_next(&restored->elders, &at, &blob), text != NULL);
        if (text) {
                assert_string_equal(blob.elder_id, "E1");
                assert_int_equal(blob.bytes_used, strlen(text));
                assert_memory_equal(blob.bytes, text, strlen(text));
                assert_false(bundle_next(&restored->elders, &at, &blob));
        }
        checkpoint_restored_free(restored);
}

/* --- tests --------------------------------------------------------------------------------------- */

static void test_nothing_stored_begins_at_the_beginning(void **state) {
        assert_stored(NULL, CHECKPOINT_OFFSET_NONE, CHECKPOINT_OFFSET_NONE);
}

static void test_states_and_offsets_come_back_together(void **state) {
        struct checkpoint_part part = part_of(take_epoch(), 1, 11, 22);

        assert_int_equal(bundle_add(&part.elders, "E1", "one\0state", 9), 0);
        save(&part, CHECKPOINT_SAVED);
        bundle_clear(&part.elders);
        assert_int_equal(bundle_add(&part.elders, "E1", "later", 5), 0);
        part.number = 2;
        part.next_offset[LANE_ALARM] = 12;
        save(&part, CHECKPOINT_SAVED);
        assert_stored("later", 12, 22);
        bundle_fini(&part.elders);
}

/* This time shows whether a topic was deleted and created again since the checkpoint. */
static void test_the_time_of_the_newest_record_comes_back_with_the_offsets(void **state) {
        struct checkpoint_part part = part_of(take_epoch(), 1, 11, 22);
        struct checkpoint_restored *restored = NULL;

        part.append_time_ms[LANE_ALARM] = 1800000000123;
        save(&part, CHECKPOINT_SAVED);
        assert_int_equal(store_take(store, PARTITION, &restored), 0);
        assert_int_equal(restored->append_time_ms[LANE_ALARM], 1800000000123);
        assert_int_equal(restored->append_time_ms[LANE_TELEMETRY], 0);
        checkpoint_restored_free(restored);
}

static void test_an_elder_who_is_gone_leaves_redis_too(void **state) {
        struct checkpoint_part part = part_of(take_epoch(), 1, 1, 1);

        assert_int_equal(bundle_add(&part.elders, "E1", "one", 3), 0);
        assert_int_equal(bundle_add(&part.elders, "E1", NULL, 0), 0);
        save(&part, CHECKPOINT_SAVED);
        assert_stored(NULL, 1, 1);
        bundle_fini(&part.elders);
}

static void test_a_zombie_is_fenced_and_writes_nothing(void **state) {
        struct checkpoint_part zombie = part_of(take_epoch(), 1, 5, 5);
        struct checkpoint_part owner = part_of(take_epoch(), 1, 9, 9);

        assert_true(owner.epoch > zombie.epoch);
        assert_int_equal(bundle_add(&zombie.elders, "E1", "old", 3), 0);
        assert_int_equal(bundle_add(&owner.elders, "E1", "new", 3), 0);
        save(&owner, CHECKPOINT_SAVED);
        save(&zombie, CHECKPOINT_FENCED);
        zombie.whole = true; /* also refused */
        save(&zombie, CHECKPOINT_FENCED);
        assert_stored("new", 9, 9);
        bundle_fini(&zombie.elders);
        bundle_fini(&owner.elders);
}

static void test_the_same_write_twice_counts_once(void **state) {
        struct checkpoint_part part = part_of(take_epoch(), 1, 5, 5);

        save(&part, CHECKPOINT_SAVED);
        save(&part, CHECKPOINT_SAVED);
        part.number = 2;
        part.next_offset[LANE_ALARM] = 6;
        save(&part, CHECKPOINT_SAVED);
        part.number = 1; /* an earlier write arrives late */
        part.next_offset[LANE_ALARM] = 5;
        save(&part, CHECKPOINT_SAVED);
        assert_stored(NULL, 6, 5);
}

static void test_an_emptied_redis_asks_for_everything(void **state) {
        struct checkpoint_part part = part_of(take_epoch(), 1, 5, 5);

        save(&part, CHECKPOINT_SAVED);
        command("FLUSHALL");
        part.number = 2;
        save(&part, CHECKPOINT_REWRITE);
        part.number = 3;
        part.whole = true;
        assert_int_equal(bundle_add(&part.elders, "E1", "all", 3), 0);
        save(&part, CHECKPOINT_SAVED);
        assert_stored("all", 5, 5);
        bundle_fini(&part.elders);
}

static void test_a_write_lost_by_a_failover_asks_for_everything(void **state) {
        struct checkpoint_part part = part_of(take_epoch(), 1, 5, 5);

        save(&part, CHECKPOINT_SAVED);
        part.number = 3; /* the second was confirmed, then lost when the replica took over */
        save(&part, CHECKPOINT_REWRITE);
}

/* After Redis was emptied, a new owner must still get a higher epoch than the old one. */
static void test_epochs_grow_even_when_redis_forgets(void **state) {
        uint64_t before = take_epoch();

        command("FLUSHALL");

        uint64_t after = take_epoch();

        assert_true(after > before);
}

static void test_redis_away_is_an_answer_and_not_an_error(void **state) {
        struct checkpoint_restored *restored = NULL;
        struct checkpoint_part part = part_of(1, 1, 1, 1);

        stop_redis();
        assert_int_equal(store_ping(store), STORE_AWAY);
        assert_int_equal(store_take(store, PARTITION, &restored), STORE_AWAY);
        assert_null(restored);
        assert_int_equal(store_save(store, &part), STORE_AWAY);
        assert_string_not_equal(store_why(store), "");
        start_redis();
        assert_int_equal(store_save(store, &part), 0);
}

/* --- the state thread ----------------------------------------------------------------------------- */

static void test_a_checkpoint_is_written_only_after_its_alerts(void **state) {
        static struct acks acks;
        struct acks_trace trace = {0};
        struct checkpoint checkpoint;
        struct doorbell shard_bell, consumer_bell;
        struct state thread;

        acks_init(&acks);
        assert_int_equal(checkpoint_init(&checkpoint, 0, 1, 16), 0);
        assert_int_equal(doorbell_init(&shard_bell), 0);
        assert_int_equal(doorbell_init(&consumer_bell), 0);

        struct state_link link = {&checkpoint, &shard_bell, &acks};

        assert_int_equal(state_init(&thread, &conf, &link, 1, &consumer_bell), 0);
        checkpoint.parts[PARTITION] = part_of(take_epoch(), 1, 5, 6);
        checkpoint.owed = 2;
        acks_take(&acks, 1, &trace);
        acks_take(&acks, 2, &trace);
        checkpoint_hand_over(&checkpoint);
        state_turn(&thread, 1000);
        assert_false(checkpoint_is_back(&checkpoint));
        acks_done(&acks, 2);
        state_turn(&thread, 1001);
        assert_false(checkpoint_is_back(&checkpoint));
        acks_done(&acks, 1);
        state_turn(&thread, 1002);
        assert_true(checkpoint_is_back(&checkpoint));
        assert_int_equal(checkpoint.parts[PARTITION].outcome, CHECKPOINT_SAVED);
        state_fini(&thread);
        checkpoint_fini(&checkpoint);
        doorbell_fini(&shard_bell);
        doorbell_fini(&consumer_bell);
}

static void ask_for(struct state *thread) {
        struct state_request *request = ring_reserve(&thread->requests);

        assert_non_null(request);
        *request = (struct state_request){PARTITION, 3};
        ring_commit(&thread->requests);
}

static struct state_answer take_answer(struct state *thread) {
        struct state_answer answer;
        void *item;

        assert_int_equal(ring_peek(&thread->answers, 1, &item), 1);
        answer = *(struct state_answer *)item;
        ring_release(&thread->answers, 1);
        return answer;
}

static void assert_no_answer(struct state *thread) {
        void *item;

        assert_int_equal(ring_peek(&thread->answers, 1, &item), 0);
}

static void test_a_request_waits_a_little_for_redis_and_is_then_answered(void **state) {
        struct doorbell consumer_bell;
        struct state thread;

        assert_int_equal(doorbell_init(&consumer_bell), 0);
        assert_int_equal(state_init(&thread, &conf, NULL, 0, &consumer_bell), 0);
        stop_redis();
        ask_for(&thread);
        assert_true(state_turn(&thread, 1000) > 0);
        assert_no_answer(&thread);
        start_redis();
        state_turn(&thread, 1001); /* still backing off */
        assert_no_answer(&thread);
        state_turn(&thread, 1000 + STATE_TAKE_LIMIT_MS - 1);

        struct state_answer answer = take_answer(&thread);

        assert_int_equal(answer.type, STATE_TAKEN);
        assert_int_equal(answer.restored->generation, 3);
        assert_false(answer.restored->provisional);
        assert_true(answer.restored->epoch > 0);
        checkpoint_restored_free(answer.restored);
        assert_no_answer(&thread);
        state_fini(&thread);
        doorbell_fini(&consumer_bell);
}

static void test_without_redis_a_request_is_answered_with_nothing_known(void **state) {
        struct checkpoint_part part = part_of(take_epoch(), 1, 17, 400);
        struct doorbell consumer_bell;
        struct state thread;

        save(&part, CHECKPOINT_SAVED);
        assert_int_equal(doorbell_init(&consumer_bell), 0);
        assert_int_equal(state_init(&thread, &conf, NULL, 0, &consumer_bell), 0);
        stop_redis();
        ask_for(&thread);
        state_turn(&thread, 1000);
        state_turn(&thread, 1000 + STATE_TAKE_LIMIT_MS - 1);
        assert_no_answer(&thread);
        state_turn(&thread, 1000 + STATE_TAKE_LIMIT_MS);

        struct state_answer answer = take_answer(&thread);

        assert_int_equal(answer.type, STATE_TAKEN);
        assert_int_equal(answer.restored->generation, 3);
        assert_true(answer.restored->provisional);
        assert_int_equal(answer.restored->epoch, 0);
        assert_int_equal(answer.restored->next_offset[LANE_ALARM], CHECKPOINT_OFFSET_NONE);
        assert_true(answer.restored->read_back_ms > 0);
        checkpoint_restored_free(answer.restored);
        ask_for(&thread); /* Redis is known to be down now: answered at once */
        state_turn(&thread, 1001 + STATE_TAKE_LIMIT_MS);
        checkpoint_restored_free(take_answer(&thread).restored);

        /* Redis is back: reported once. */
        start_redis();
        state_turn(&thread, 60000);
        assert_int_equal(take_answer(&thread).type, STATE_BACK);
        state_turn(&thread, 120000);
        assert_no_answer(&thread);
        state_fini(&thread);
        doorbell_fini(&consumer_bell);
}

static void test_states_that_cannot_be_read_are_asked_for_from_kafka(void **state) {
        struct checkpoint_part part = part_of(take_epoch(), 1, 17, 400);
        struct doorbell consumer_bell;
        struct state thread;

        assert_int_equal(bundle_add(&part.elders, "E1", "of another version", 18), 0);
        save(&part, CHECKPOINT_SAVED);
        bundle_fini(&part.elders);
        assert_int_equal(doorbell_init(&consumer_bell), 0);
        assert_int_equal(state_init(&thread, &conf, NULL, 0, &consumer_bell), 0);
        ask_for(&thread);
        state_turn(&thread, 1000);

        struct checkpoint_restored *restored = take_answer(&thread).restored;

        assert_int_equal(restored->refused_count, 1);
        assert_true(checkpoint_refused_has(restored->refused, restored->refused_count,
                                           murmur2("E1", 2)));
        assert_false(checkpoint_refused_has(restored->refused, restored->refused_count,
                                            murmur2("E2", 2)));
        assert_int_equal(restored->judged_to[LANE_ALARM], 17);
        assert_int_equal(restored->judged_to[LANE_TELEMETRY], 400);
        assert_int_equal(restored->read_back_ms, restored->saved_time_ms - STATE_READ_BACK_MS);
        checkpoint_restored_free(restored);
        state_fini(&thread);
        doorbell_fini(&consumer_bell);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(test_nothing_stored_begins_at_the_beginning, empty),
                cmocka_unit_test_setup(test_states_and_offsets_come_back_together, empty),
                cmocka_unit_test_setup(
                        test_the_time_of_the_newest_record_comes_back_with_the_offsets, empty),
                cmocka_unit_test_setup(test_an_elder_who_is_gone_leaves_redis_too, empty),
                cmocka_unit_test_setup(test_a_zombie_is_fenced_and_writes_nothing, empty),
                cmocka_unit_test_setup(test_the_same_write_twice_counts_once, empty),
                cmocka_unit_test_setup(test_an_emptied_redis_asks_for_everything, empty),
                cmocka_unit_test_setup(test_a_write_lost_by_a_failover_asks_for_everything, empty),
                cmocka_unit_test_setup(test_epochs_grow_even_when_redis_forgets, empty),
                cmocka_unit_test_setup(test_redis_away_is_an_answer_and_not_an_error, empty),
                cmocka_unit_test_setup(test_a_checkpoint_is_written_only_after_its_alerts, empty),
                cmocka_unit_test_setup(test_a_request_waits_a_little_for_redis_and_is_then_answered,
                                       empty),
                cmocka_unit_test_setup(test_without_redis_a_request_is_answered_with_nothing_known,
                                       empty),
                cmocka_unit_test_setup(test_states_that_cannot_be_read_are_asked_for_from_kafka,
                                       empty),
        };

        if (system("redis-server --version >/dev/null 2>&1") != 0) {
                puts("1..0 # SKIP redis-server is not installed");
                return 0;
        }
        return cmocka_run_group_tests(tests, setup, teardown);
}
