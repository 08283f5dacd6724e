/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "common/base/murmur2.h"
#include "tests/unit/common/unit.h"

/* From org.apache.kafka.common.utils.UtilsTest.testMurmur2(). */
static void test_hashes_are_those_of_the_java_client(void **state) {
        static const struct {
                const char *key;
                int32_t hash;
        } rows[] = {
                {"21", -973932308},
                {"foobar", -790332482},
                {"a-little-bit-long-string", -985981536},
                {"a-little-bit-longer-string", -1486304829},
                {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
                {"abc", 479470107},
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                assert_int_equal((int32_t)murmur2(rows[i].key, strlen(rows[i].key)), rows[i].hash);
}

static void test_a_negative_hash_still_finds_a_partition(void **state) {
        /* Java: (hash & 0x7fffffff) % count; abs() would differ, and fail for INT_MIN. */
        assert_int_equal(murmur2_partition(murmur2("21", 2), 12), (-973932308 & 0x7fffffff) % 12);
        assert_int_equal(murmur2_partition(0x80000000u, 12), 0);
        assert_int_equal(murmur2_partition(0xffffffffu, 1), 0);
}

static void test_an_unaligned_key_hashes_the_same(void **state) {
        char shifted[16] = "xabcdefgh";

        assert_int_equal(murmur2(shifted + 1, 8), murmur2("abcdefgh", 8));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_hashes_are_those_of_the_java_client),
                cmocka_unit_test(test_a_negative_hash_still_finds_a_partition),
                cmocka_unit_test(test_an_unaligned_key_hashes_the_same),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
