/* SPDX-License-Identifier: MIT
 *
 * The require() checks of ingest. Each catches a bug that would acknowledge a message that Kafka does not have, or lose
 * an alarm.
 */
#include "tests/unit/common/dies.h"

#include "ingest/base/reject.h"
#include "ingest/kafka/producer.h"
#include "ingest/mqtt/phase.h"
#include "ingest/mqtt/receipt.h"

static void report(void *context) {
        rd_kafka_message_t message = {._private = (void *)(intptr_t)1};

        producer_delivered(NULL, &message, context);
}

static void test_kafka_reports_no_more_records_than_it_got(void **state) {
        struct producer producer = {.lane = LANE_ALARM};

        dies_with(report, &producer, "a report more than there were records");
        producer_owes(&producer);
        report(&producer);
        assert_int_equal(producer.outstanding, 0);
        dies_with(report, &producer, "a report more than there were records");
}

static void owe(void *context) {
        struct event event = {.kind = KIND_SOS, .sequence = 1};

        mqtt_receipts_owe(context, &event);
}

static void test_every_receipt_has_room(void **state) {
        struct mqtt_receipts receipts;

        assert_int_equal(mqtt_receipts_init(&receipts, 1), 0);
        owe(&receipts);
        assert_int_equal(receipts.count, 1);
        dies_with(owe, &receipts, "1 receipts, room for 1");
        mqtt_receipts_fini(&receipts);
}

static void name_reject(void *context) {
        (void)reject_name(REJECT_COUNT);
}

static void name_phase(void *context) {
        (void)phase_name((enum phase)(PHASE_BROKEN + 1));
}

static void test_there_is_no_other_reason_and_no_other_phase(void **state) {
        dies_with(name_reject, NULL, "of a refusal");
        dies_with(name_phase, NULL, "phase 8");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_kafka_reports_no_more_records_than_it_got),
                cmocka_unit_test(test_every_receipt_has_room),
                cmocka_unit_test(test_there_is_no_other_reason_and_no_other_phase),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
