/* SPDX-License-Identifier: MIT
 *
 * Sorts the events of a source by received time, for files in another order: `vigil tap` prints one partition after
 * the other. The events are written to an unlinked temporary file ($TMPDIR, else /tmp); only their positions are
 * sorted, which takes 16 bytes of memory per event.
 */
#include "cli/backtest/events/source_sort.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/err.h"

enum { PLACES_FIRST = 64 * 1024 };

struct place {
        int64_t received_ms;
        /* Offset in the file. It breaks ties, so that events with equal times keep their order. */
        uint64_t at;
};

/* A record in the file; its samples follow. All sizes are multiples of 8 bytes. */
struct record {
        struct event event;
        int64_t lane;
};

struct sorted_source {
        struct source source;
        struct place *places;
        size_t count, capacity, next;
        FILE *file;
        const unsigned char *bytes;
        size_t byte_count;
};

static int failed(const char *what) {
        return err_raise_why(-errno, "cannot sort the events: %s: %s", what, err_text(errno));
}

static int compare(const void *a, const void *b) {
        const struct place *x = a, *y = b;

        if (x->received_ms != y->received_ms)
                return x->received_ms < y->received_ms ? -1 : 1;
        return x->at < y->at ? -1 : 1;
}

/* --- putting aside -------------------------------------------------------------------------------- */

static FILE *nameless_file(void) {
        const char *folder = getenv("TMPDIR");
        char path[4096];
        int fd;

        snprintf(path, sizeof(path), "%s/vigil-sort-XXXXXX", folder && folder[0] ? folder : "/tmp");
        fd = mkstemp(path);
        if (fd < 0)
                return NULL;
        unlink(path);

        FILE *file = fdopen(fd, "w+e");

        if (!file)
                close(fd);
        return file;
}

static int put_aside(struct sorted_source *sorted, const struct source_event *one) {
        const struct record record = {one->event, one->lane};
        size_t samples = event_sample_bytes(&one->event);
        static const unsigned char padding[8];
        size_t given = (size_t)one->event.sample_count * EVENT_SAMPLE_BYTES;

        if (sorted->count == sorted->capacity) {
                size_t capacity = sorted->capacity ? sorted->capacity * 2 : PLACES_FIRST;
                void *places = realloc(sorted->places, capacity * sizeof(*sorted->places));

                if (!places)
                        return err_raise(-ENOMEM);
                sorted->places = places;
                sorted->capacity = capacity;
        }
        if (fwrite(&record, sizeof(record), 1, sorted->file) != 1 ||
            (given && fwrite(one->samples, given, 1, sorted->file) != 1) ||
            (samples > given && fwrite(padding, samples - given, 1, sorted->file) != 1))
                return failed("writing");
        sorted->places[sorted->count++] =
                (struct place){one->event.received_time_ms, sorted->byte_count};
        sorted->byte_count += sizeof(record) + samples;
        return 0;
}

static int all_put_aside(struct sorted_source *sorted, struct source *from) {
        struct source_event one;
        int r;

        sorted->file = nameless_file();
        if (!sorted->file)
                return failed("opening");
        while ((r = source_next(from, &one)) == 0) {
                r = put_aside(sorted, &one);
                if (r < 0)
                        return r;
        }
        if (r != SOURCE_END)
                return r;
        if (fflush(sorted->file) != 0)
                return failed("writing");
        if (sorted->byte_count == 0)
                return 0;

        void *bytes =
                mmap(NULL, sorted->byte_count, PROT_READ, MAP_PRIVATE, fileno(sorted->file), 0);

        if (bytes == MAP_FAILED)
                return failed("mapping");
        sorted->bytes = bytes;
        qsort(sorted->places, sorted->count, sizeof(*sorted->places), compare);
        return 0;
}

/* --- giving out ------------------------------------------------------------------------------------- */

static int sorted_next(struct source *source, struct source_event *ret) {
        struct sorted_source *sorted = (struct sorted_source *)source;
        struct record record;

        if (sorted->next == sorted->count)
                return SOURCE_END;

        const unsigned char *at = sorted->bytes + sorted->places[sorted->next++].at;

        memcpy(&record, at, sizeof(record));
        *ret = (struct source_event){
                .event = record.event,
                .lane = (enum lane)record.lane,
                .samples = record.event.sample_count ? at + sizeof(record) : NULL,
        };
        source->events++;
        return 0;
}

static void sorted_free(struct source *source) {
        struct sorted_source *sorted = (struct sorted_source *)source;

        if (sorted->bytes)
                munmap((void *)(uintptr_t)sorted->bytes, sorted->byte_count);
        if (sorted->file)
                fclose(sorted->file);
        free(sorted->places);
        free(sorted);
}

int source_sort(struct source **source) {
        struct sorted_source *sorted = calloc(1, sizeof(*sorted));
        int r;

        if (!sorted)
                return err_raise(-ENOMEM);
        sorted->source = (struct source){.next = sorted_next, .free = sorted_free};
        r = all_put_aside(sorted, *source);
        if (r < 0) {
                sorted_free(&sorted->source);
                return r;
        }
        sorted->source.bad = (*source)->bad;
        source_free(*source);
        *source = &sorted->source;
        return 0;
}
