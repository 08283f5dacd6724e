/* SPDX-License-Identifier: MIT
 *
 * Owed: ledger entries of a response that are not known to be in vigil.ledger yet. A decision and its entries are
 * written to vigil.pages first; the entries follow to vigil.ledger. A kill between the two loses no entry and uses no
 * number twice: the process that reads the response back writes the entries that the ledger lacks.
 *
 * Thread: that of the response. Blocks: never.
 * Proof: tests/unit/alerting/owed.c
 */
#ifndef VIGIL_ALERTING_RESPONSE_OWED_H
#define VIGIL_ALERTING_RESPONSE_OWED_H

#include "alerting/response/outcome.h"

struct owed {
        struct outcome_entry entry;
        int64_t seq; /* of the decision, increasing within a partition */
};

/* A sequence number is the wall clock in microseconds, or the previous number plus one if that is higher. None of ours
 * is beyond the year 9999. */
#define OWED_SEQ_MAX INT64_C(253402300799999000)

/* Entries of one alert. Reached only if Kafka accepts vigil.pages but not vigil.ledger; then the oldest is dropped. */
enum { OWED_MAX = 1024 };

/* Append the entries of @outcome, as those of decision @seq. @seq must be higher than response->seq, and becomes it.
 * Return: 0 or -ENOMEM. */
int owed_add(struct response *response, const struct outcome *outcome, int64_t seq);

/* Append one zeroed entry, to be filled by the caller. Return: NULL when there is no memory. */
struct owed *owed_new(struct response *response);

/* The ledger has every entry of this response up to @n of decision @seq: they are owed no longer. */
void owed_kept(struct response *response, int64_t seq, int64_t n);

struct owed_of {
        const struct response *response;
        const struct owed *owed;
};
/* For qsort() of struct owed_of: the order of the ledger, by decision, then by entry. */
int owed_compare(const void *a, const void *b);

#endif
