/* SPDX-License-Identifier: MIT
 *
 * What is in vigil.registry, and bringing it in line with a registry made from files: only records
 * that differ are written, in an order in which a live reader never sees a device before its
 * elder, and every one is waited for.
 *
 * Thread: main. Blocks: for Kafka, up to the timeout.
 */
#ifndef VIGIL_CLI_REGISTRY_PUBLISH_H
#define VIGIL_CLI_REGISTRY_PUBLISH_H

#include "cli/cli.h"
#include "cli/registry_csv.h"

/* Read the whole topic. Return: 0 and *ret; -ETIMEDOUT when its end was not reached in time; -EINTR;
 * -errno. */
int registry_topic_load(struct registry **ret, const struct conf *conf, int timeout_ms);

struct registry_changes {
        size_t added[REGISTRY_TYPES];
        size_t changed[REGISTRY_TYPES];
        size_t same[REGISTRY_TYPES];
        size_t removed[REGISTRY_TYPES]; /* or would be, without @prune */
        size_t published;               /* acknowledged by Kafka */
};

struct registry_publish_options {
        bool prune;   /* remove what the files no longer have */
        bool dry_run; /* count only */
        int timeout_ms;
};

/* Types that @files does not have are left alone.
 * Return: 0; -ETIMEDOUT or -EIO when not every record was acknowledged (@ret counts those that were);
 * -EINTR; -ENOMEM. */
int registry_publish(const struct conf *conf, const struct registry *current,
                     const struct registry *wanted, const struct registry_csv_result *files,
                     const struct registry_publish_options *options, struct registry_changes *ret);

#endif
