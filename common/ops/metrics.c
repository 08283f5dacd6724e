/* SPDX-License-Identifier: MIT */
#include "common/ops/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"

/*
 * Bucket o*8+s holds [2^o * (8+s)/8, 2^o * (8+s+1)/8) microseconds: eight buckets per octave, so
 * the upper edge of a bucket is at most 12.5 % above any of its values.
 */
enum { STEPS = 8, STEP_BITS = 3 };

static const int64_t edges_us[] = {500,    1000,   2000,   5000,    10000,   20000,   50000,
                                   100000, 200000, 500000, 1000000, 2000000, 5000000, 10000000};
enum { EDGE_COUNT = sizeof(edges_us) / sizeof(edges_us[0]) };

static struct metric *metric_first, **metric_last = &metric_first;
static struct histogram *histogram_first, **histogram_last = &histogram_first;

void metrics_register(struct metric *metrics, size_t count) {
        for (size_t i = 0; i < count; i++) {
                metrics[i].next = NULL;
                *metric_last = &metrics[i];
                metric_last = &metrics[i].next;
        }
}

void metrics_register_histograms(struct histogram *histograms, size_t count) {
        for (size_t i = 0; i < count; i++) {
                histograms[i].next = NULL;
                *histogram_last = &histograms[i];
                histogram_last = &histograms[i].next;
        }
}

static unsigned int bucket_of(uint64_t us) {
        if (us < 1)
                us = 1;

        unsigned int octave = 63 - (unsigned int)__builtin_clzll(us);
        uint64_t step =
                octave >= STEP_BITS ? us >> (octave - STEP_BITS) : us << (STEP_BITS - octave);
        unsigned int bucket = octave * STEPS + (unsigned int)(step & (STEPS - 1));

        return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The largest integer number of microseconds in @bucket. */
static int64_t bucket_edge_us(unsigned int bucket) {
        unsigned int octave = bucket / STEPS;
        uint64_t eighths = (uint64_t)(STEPS + bucket % STEPS + 1) << octave;

        return (int64_t)((eighths + STEPS - 1) / STEPS) - 1;
}

void histogram_record_us(struct histogram *histogram, int64_t us) {
        uint64_t value = us > 0 ? (uint64_t)us : 0;

        atomic_fetch_add_explicit(&histogram->buckets[bucket_of(value)], 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&histogram->sum_us, value, memory_order_relaxed);
        atomic_fetch_add_explicit(&histogram->count, 1, memory_order_relaxed);
}

/* Copy all buckets once, so that all figures of a scrape are consistent. */
static uint64_t buckets_read(const struct histogram *histogram, uint64_t *ret) {
        uint64_t total = 0;

        for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
                ret[i] = atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
                total += ret[i];
        }
        return total;
}

static int64_t quantile_us(const uint64_t *buckets, uint64_t total, double quantile) {
        /* Rounded up: the q-quantile of n values is the ceil(q * n)-th smallest. */
        double exact = quantile * (double)total;
        uint64_t rank = (uint64_t)exact, seen = 0;

        if ((double)rank < exact || rank == 0)
                rank++;
        for (unsigned int i = 0; total && i < HISTOGRAM_BUCKETS; i++) {
                seen += buckets[i];
                if (seen >= rank)
                        return bucket_edge_us(i);
        }
        return 0;
}

int64_t histogram_quantile_us(const struct histogram *histogram, double quantile) {
        uint64_t buckets[HISTOGRAM_BUCKETS];
        uint64_t total = buckets_read(histogram, buckets);

        return quantile_us(buckets, total, quantile);
}

/* --- text form ---------------------------------------------------------------------------------- */

static void family_head(FILE *out, const char *name, const char *help, const char *type) {
        fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void metric_write(FILE *out, const struct metric *metric) {
        int64_t value = atomic_load_explicit(&metric->value, memory_order_relaxed);

        if (metric->labels)
                fprintf(out, "%s{%s} %" PRId64 "\n", metric->name, metric->labels, value);
        else
                fprintf(out, "%s %" PRId64 "\n", metric->name, value);
}

static void metrics_write(FILE *out) {
        for (const struct metric *first = metric_first; first; first = first->next) {
                const struct metric *earlier = metric_first;

                while (strcmp(earlier->name, first->name) != 0)
                        earlier = earlier->next;
                if (earlier != first)
                        continue; /* its family is already written */

                family_head(out, first->name, first->help,
                            first->type == METRIC_COUNTER ? "counter" : "gauge");
                for (const struct metric *metric = first; metric; metric = metric->next)
                        if (strcmp(metric->name, first->name) == 0)
                                metric_write(out, metric);
        }
}

static void histogram_write(FILE *out, const struct histogram *histogram) {
        const char *labels = histogram->labels ? histogram->labels : "";
        const char *comma = *labels ? "," : "";
        uint64_t buckets[HISTOGRAM_BUCKETS], seen = 0;
        uint64_t total = buckets_read(histogram, buckets);
        unsigned int bucket = 0;

        for (unsigned int edge = 0; edge < EDGE_COUNT; edge++) {
                while (bucket < HISTOGRAM_BUCKETS && bucket_edge_us(bucket) <= edges_us[edge])
                        seen += buckets[bucket++];
                fprintf(out, "%s_bucket{%s%sle=\"%g\"} %" PRIu64 "\n", histogram->name, labels,
                        comma, (double)edges_us[edge] / 1e6, seen);
        }
        fprintf(out, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", histogram->name, labels, comma,
                total);

        const char *open = *labels ? "{" : "", *close = *labels ? "}" : "";
        uint64_t sum_us = atomic_load_explicit(&histogram->sum_us, memory_order_relaxed);

        fprintf(out, "%s_sum%s%s%s %.6f\n", histogram->name, open, labels, close,
                (double)sum_us / 1e6);
        fprintf(out, "%s_count%s%s%s %" PRIu64 "\n", histogram->name, open, labels, close, total);
        fprintf(out, "# %s%s%s%s p50 %" PRId64 " us, p99 %" PRId64 " us, p99.9 %" PRId64 " us\n",
                histogram->name, open, labels, close, quantile_us(buckets, total, 0.5),
                quantile_us(buckets, total, 0.99), quantile_us(buckets, total, 0.999));
}

static void histograms_write(FILE *out) {
        for (const struct histogram *first = histogram_first; first; first = first->next) {
                const struct histogram *earlier = histogram_first;

                while (strcmp(earlier->name, first->name) != 0)
                        earlier = earlier->next;
                if (earlier != first)
                        continue;

                family_head(out, first->name, first->help, "histogram");
                for (const struct histogram *one = first; one; one = one->next)
                        if (strcmp(one->name, first->name) == 0)
                                histogram_write(out, one);
        }
}

int metrics_render(char **ret_text, size_t *ret_bytes) {
        char *text = NULL;
        size_t bytes = 0;
        FILE *out = open_memstream(&text, &bytes);

        if (!out)
                return err_raise(-ENOMEM);
        family_head(out, "vigil_build_info", "Always 1; the label says which build this is.",
                    "gauge");
        fprintf(out, "vigil_build_info{version=\"%s\"} 1\n", VIGIL_VERSION);
        metrics_write(out);
        histograms_write(out);
        if (fclose(out) != 0) {
                free(text);
                return err_raise(-ENOMEM);
        }
        *ret_text = text;
        *ret_bytes = bytes;
        return 0;
}
