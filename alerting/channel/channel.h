/* SPDX-License-Identifier: MIT
 *
 * Step 12 of 12: people are told.
 *
 * In: a message for one person, written down already. Out: the same in front of that person, and what the person says.
 * When things go wrong: a channel that is slow or away costs nobody else anything; what it did not take stays in the
 * response and is offered again.
 *
 * A channel is one way to people: a file of this folder that fills a struct channel_type, and a row in channels.c. It
 * alone knows whom it reaches; nobody else asks for keys, addresses or numbers. What it tells is a message (message.h) in
 * JSON, with the response beside it for a channel that has words of its own; what comes back are the words of
 * docs/wire/pages.md. How to write one: docs/changing.md.
 *
 * Thread: the loop's. Blocks: never, but read() and close().
 * Proof: tests/unit/alerting/channel.c
 */
#ifndef VIGIL_ALERTING_CHANNEL_CHANNEL_H
#define VIGIL_ALERTING_CHANNEL_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerting/base/receipt.h"
#include "alerting/base/role.h"
#include "alerting/channel/message.h"
#include "common/files/conf.h"
#include "common/files/diag.h"

enum {
        CHANNEL_DESCRIPTORS_MAX = 4 /* of one channel; one that needs more polls them behind one */
};

struct socket_options;

/* What comes back. The texts are valid during the call. */
struct channel_handler {
        /* @id can be told again: what is open is to be sent once more. */
        void (*joined)(void *context, const char *id, enum role role);
        /* @id said something, as docs/wire/pages.md has it: an answer, a receipt, a notice. */
        void (*said)(void *context, const char *id, enum role role, const void *type,
                     size_t type_bytes, const void *body, size_t body_bytes);
        /* @id connects to fewer alerting processes than there are. */
        void (*partly)(void *context, const char *id, int instances);
        /* @id names the cards it shows. */
        void (*shows)(void *context, const char *id, const void *body, size_t body_bytes);
        void *context;
};

/* What every channel is started with. */
struct channel_setup {
        const struct channel_handler *handler; /* copied */
        const struct socket_options *sockets;  /* of ZeroMQ, valid during the call */
};

/* The loop turns when it can be read. */
struct channel_descriptor {
        void *socket; /* ZeroMQ's; NULL: @fd */
        int fd;
};

/* The first member of every channel's own struct. */
struct channel {
        const struct channel_type *type;
};

struct channel_type {
        const char *name; /* its configuration is NAME.yaml in the folder of alerting.channels */
        const struct receipt *receipt; /* what is known of a page on its way, and how soon */

        /* Read the configuration. @file: NULL when there is none. Return: 0; CHANNEL_OFF: not wanted here;
         * CHANNEL_REFUSED: the diag holds errors; -errno. */
        int (*read)(struct channel **ret, const struct conf *conf, const char *file,
                    struct diag *diag);
        /* From here on it is used. NULL: nothing to do. Return: 0 or -errno. */
        int (*start)(struct channel *channel, const struct channel_setup *setup);
        /* Also of one that was never started. */
        void (*close)(struct channel *channel);

        /* Whether it serves @id at all. */
        bool (*can_reach)(const struct channel *channel, const char *id);
        /* Whether it would take a message for @id now. NULL: always, whom it serves. */
        bool (*is_connected)(const struct channel *channel, const char *id);
        /* The ids of @role that are connected, each once, at most @most; valid until the next call that is not const.
         * NULL: it does not know. */
        size_t (*connected)(const struct channel *channel, enum role role, const char **ret,
                            size_t most);

        /* Return: how many ends took it; 0: offer it again later. */
        int (*send)(struct channel *channel, const struct message *message);

        /* Take up to @most of what came. NULL: nothing comes. Return: how much it was. */
        int (*receive)(struct channel *channel, int64_t now_mono_ms, int most);
        /* Called every turn, twice a second at least. NULL: it has no time of its own. */
        void (*tick)(struct channel *channel, int64_t now_mono_ms, int64_t now_time_ms);
        /* At most CHANNEL_DESCRIPTORS_MAX. NULL: none. Return: how many. */
        size_t (*descriptors)(const struct channel *channel, struct channel_descriptor *ret);
};

enum { CHANNEL_OFF = 1, CHANNEL_REFUSED = 2 };

#endif
