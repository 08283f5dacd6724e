/* SPDX-License-Identifier: MIT
 *
 * Owed: entries of the ledger that are decided, kept in vigil.pages with the decision, and not known to be in vigil.ledger.
 * vigil.pages is written first; the ledger follows from it. So a kill between the two loses no entry and gives no number
 * to two: whoever reads the response back owes what the ledger does not have.
 *
 * Thread: that of the response. Blocks: never.
 * Proof: tests/unit/alerting/owed.c
 */
#ifndef VIGIL_ALERTING_RESPONSE_OWED_H
#define VIGIL_ALERTING_RESPONSE_OWED_H

#include "alerting/response/outcome.h"

struct owed {
        struct outcome_entry entry;
        int64_t seq; /* of the decision within its partition: later decisions have higher ones */
};

/* A sequence number is a time in microseconds or the one after the previous one; no more than the year 9999 is ours. */
#define OWED_SEQ_MAX INT64_C(253402300799999000)

enum { OWED_MAX = 1024 }; /* of one alert; more only while Kafka takes pages and no ledger */

/* The entries of @outcome belong to decision @seq of @response. Return: 0 or -ENOMEM. */
int owed_add(struct response *response, const struct outcome *outcome, int64_t seq);

/* Room for one more, zeroed; NULL: no memory. For what is read back. */
struct owed *owed_new(struct response *response);

/* The ledger has everything of this response up to entry @n of decision @seq. */
void owed_kept(struct response *response, int64_t seq, int64_t n);

/* For qsort() of struct owed_of: as the ledger has them. */
struct owed_of {
        const struct response *response;
        const struct owed *owed;
};
int owed_compare(const void *a, const void *b);

#endif
