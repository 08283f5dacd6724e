/* SPDX-License-Identifier: MIT
 *
 * Counters, gauges and latency histograms in Prometheus' text form; http.h serves them.
 *
 * A metric is declared once, with its name, unit and meaning, and registered at start. An update
 * is one relaxed atomic operation: metrics are independent and publish no other variable, so no
 * ordering is needed; a scrape may see a value that is a few microseconds old.
 * Labels are fixed at registration ("lane=\"alarm\""): never an elder, a device or a phone number.
 *
 * Thread: registration in main() before threads start; updates any thread; blocks: never.
 */
#ifndef VIGIL_COMMON_OPS_METRICS_H
#define VIGIL_COMMON_OPS_METRICS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum metric_type {
        METRIC_COUNTER,
        METRIC_GAUGE,
};

struct metric {
        const char *name; /* "vigil_ingest_messages_total" */
        const char *help;
        const char *labels; /* "lane=\"alarm\"" or NULL */
        enum metric_type type;
        _Atomic int64_t value;
        struct metric *next; /* set by metrics_register() */
};

/* Log-linear buckets: 1 us to 67 s, eight per octave; longer times count in the last one. Exported as Prometheus
 * seconds with le 0.0005 0.001 0.002 0.005 0.01 0.02 0.05 0.1 0.2 0.5 1 2 5 10, and as quantiles in a comment. */
enum { HISTOGRAM_BUCKETS = 208 };

struct histogram {
        const char *name; /* "vigil_ingest_received_to_kafka_seconds" */
        const char *help;
        const char *labels;
        _Atomic uint64_t count;
        _Atomic uint64_t sum_us;
        _Atomic uint64_t buckets[HISTOGRAM_BUCKETS];
        struct histogram *next;
};

/* Register @count metrics, which must stay valid. Metrics with one name are a family; help and type are the first's. */
void metrics_register(struct metric *metrics, size_t count);
void metrics_register_histograms(struct histogram *histograms, size_t count);

static inline void metric_add(struct metric *metric, int64_t n) {
        atomic_fetch_add_explicit(&metric->value, n, memory_order_relaxed);
}

static inline void metric_set(struct metric *metric, int64_t value) {
        atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

void histogram_record_us(struct histogram *histogram, int64_t us);
/* @quantile in (0, 1]. Return: the upper edge of its bucket in microseconds; 0 if the histogram is empty. */
int64_t histogram_quantile_us(const struct histogram *histogram, double quantile);

/* All registered metrics in the text format 0.0.4 of Prometheus; the caller frees *ret_text.
 * Thread: any. Return: 0 or -ENOMEM. */
int metrics_render(char **ret_text, size_t *ret_bytes);

#endif
