/* SPDX-License-Identifier: MIT
 *
 * Fetches a page of our own programs over HTTP/1.0 (no TLS, no redirects) and reads values from their /metrics.
 *
 * Thread: any. Blocks: scrape_get() up to its timeout, plus name resolution.
 */
#ifndef VIGIL_CLI_STATUS_SCRAPE_H
#define VIGIL_CLI_STATUS_SCRAPE_H

#include <stdbool.h>
#include <stdint.h>

/* GET @path of @address ("127.0.0.1:9101"). *ret_body: malloc'd text, the caller frees it. Return: 0;
 * -ECONNREFUSED, -ETIMEDOUT, -EPROTO (not HTTP), -ENOMEM or another -errno, with err_why(). */
int scrape_get(const char *address, const char *path, int timeout_ms, int *ret_status,
               char **ret_body);

/* Sum of the samples of metric @name in @text whose labels contain @labels ("" for all). Return: false when there
 * is none. */
bool scrape_sum(const char *text, const char *name, const char *labels, double *ret);

/* Median and 99th percentile of histogram @name, each the largest among the series whose labels contain @labels,
 * from the comment lines of our /metrics. Return: false when there is none. */
bool scrape_quantiles(const char *text, const char *name, const char *labels, int64_t *ret_p50_us,
                      int64_t *ret_p99_us);

#endif
