/* SPDX-License-Identifier: MIT
 *
 * GET of one page of our own programs: HTTP/1.0, no TLS, no redirects; and reading the numbers in
 * their /metrics.
 *
 * Thread: any. Blocks: scrape_get() up to its timeout.
 */
#ifndef VIGIL_CLI_STATUS_SCRAPE_H
#define VIGIL_CLI_STATUS_SCRAPE_H

#include <stdbool.h>
#include <stdint.h>

/* @address: "127.0.0.1:9101". *ret_body: malloc'd text, the caller frees.
 * Return: 0; -ECONNREFUSED, -ETIMEDOUT, -EPROTO (not HTTP), -ENOMEM, -errno, with err_why(). */
int scrape_get(const char *address, const char *path, int timeout_ms, int *ret_status,
               char **ret_body);

/* The sum of the samples of @name whose labels contain @labels ("" for all).
 * Return: false when there is none. */
bool scrape_sum(const char *text, const char *name, const char *labels, double *ret);

/* The median and the 99th percentile of a histogram, worst of those whose labels contain @labels.
 * Return: false when it is not there. */
bool scrape_quantiles(const char *text, const char *name, const char *labels, int64_t *ret_p50_us,
                      int64_t *ret_p99_us);

#endif
