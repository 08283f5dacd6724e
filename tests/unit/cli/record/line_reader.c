/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/record/line_reader.h"

struct stream {
        int in, out;
        struct line_reader *reader;
};

static struct stream stream_open(void) {
        struct stream stream;
        int ends[2];

        assert_int_equal(pipe(ends), 0);
        stream.in = ends[0];
        stream.out = ends[1];
        assert_int_equal(line_reader_new(&stream.reader, stream.in), 0);
        return stream;
}

static void stream_close(struct stream *stream) {
        line_reader_free(stream->reader);
        close(stream->in);
        if (stream->out >= 0)
                close(stream->out);
}

static void put(struct stream *stream, const char *text) {
        assert_int_equal(write(stream->out, text, strlen(text)), strlen(text));
}

static void end(struct stream *stream) {
        close(stream->out);
        stream->out = -1;
}

static void expect_line(struct stream *stream, const char *expected) {
        const char *line;
        size_t bytes;

        assert_int_equal(line_reader_next(stream->reader, 0, &line, &bytes), 0);
        assert_string_equal(line, expected);
        assert_int_equal(bytes, strlen(expected));
}

static void expect_answer(struct stream *stream, int answer) {
        const char *line;
        size_t bytes;

        assert_int_equal(line_reader_next(stream->reader, 0, &line, &bytes), answer);
}

static void test_lines_come_one_by_one_and_the_last_needs_no_end(void **state) {
        struct stream stream = stream_open();

        put(&stream, "one\n\ntwo");
        end(&stream);
        expect_line(&stream, "one");
        expect_line(&stream, "");
        expect_line(&stream, "two");
        expect_answer(&stream, LINE_READER_END);
        expect_answer(&stream, LINE_READER_END);
        stream_close(&stream);
}

static void test_half_a_line_waits_for_its_rest(void **state) {
        struct stream stream = stream_open();

        expect_answer(&stream, LINE_READER_NONE_YET);
        put(&stream, "ha");
        expect_answer(&stream, LINE_READER_NONE_YET);
        put(&stream, "lf\nnext\n");
        expect_line(&stream, "half");
        expect_line(&stream, "next");
        expect_answer(&stream, LINE_READER_NONE_YET);
        end(&stream);
        expect_answer(&stream, LINE_READER_END);
        stream_close(&stream);
}

static void test_a_line_too_long_is_skipped_whole_and_the_next_is_read(void **state) {
        int file = memfd_create("lines", MFD_CLOEXEC);
        char *text = malloc(5 * LINE_READER_BYTES_MAX);
        struct stream stream = {.in = file, .out = -1};

        assert_non_null(text);
        memset(text, 'x', 5 * LINE_READER_BYTES_MAX);
        memcpy(text, "first\n", 6);
        memcpy(text + 5 * LINE_READER_BYTES_MAX - 6, "\nlast\n", 6);
        assert_int_equal(write(file, text, 5 * LINE_READER_BYTES_MAX), 5 * LINE_READER_BYTES_MAX);
        assert_int_equal(lseek(file, 0, SEEK_SET), 0);
        assert_int_equal(line_reader_new(&stream.reader, file), 0);

        expect_line(&stream, "first");
        expect_answer(&stream, LINE_READER_TOO_LONG);
        expect_line(&stream, "last");
        expect_answer(&stream, LINE_READER_END);
        stream_close(&stream);
        free(text);
}

static void test_many_lines_survive_the_turn_of_the_buffer(void **state) {
        enum { LINES = 60, LINE_BYTES = 100000 };
        int file = memfd_create("lines", MFD_CLOEXEC);
        char *text = malloc(LINE_BYTES + 1);
        struct stream stream = {.in = file, .out = -1};

        assert_non_null(text);
        memset(text, 'x', LINE_BYTES);
        text[LINE_BYTES] = '\n';
        for (int i = 0; i < LINES; i++) {
                text[0] = (char)('0' + i);
                assert_int_equal(write(file, text, LINE_BYTES + 1), LINE_BYTES + 1);
        }
        assert_int_equal(lseek(file, 0, SEEK_SET), 0);
        assert_int_equal(line_reader_new(&stream.reader, file), 0);
        for (int i = 0; i < LINES; i++) {
                const char *line;
                size_t bytes;

                assert_int_equal(line_reader_next(stream.reader, 0, &line, &bytes), 0);
                assert_int_equal(bytes, LINE_BYTES);
                assert_int_equal(line[0], '0' + i);
        }
        expect_answer(&stream, LINE_READER_END);
        stream_close(&stream);
        free(text);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lines_come_one_by_one_and_the_last_needs_no_end),
                cmocka_unit_test(test_half_a_line_waits_for_its_rest),
                cmocka_unit_test(test_a_line_too_long_is_skipped_whole_and_the_next_is_read),
                cmocka_unit_test(test_many_lines_survive_the_turn_of_the_buffer),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
