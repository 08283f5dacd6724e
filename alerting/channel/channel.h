/* SPDX-License-Identifier: MIT
 *
 * Step 12 of 12: messages to people, and their answers.
 *
 * In: a message for one person; what it says of an alert is stored in Kafka already. Out: the message on that person's
 * device; the person's answers.
 * When things go wrong: a channel that is slow or down delays no other; a page that it did not take stays in the
 * response and is offered again.
 *
 * A channel is one way to reach people: a file of this folder that fills a struct channel_type, and a row in
 * channels.c. Only the channel knows whom it reaches, by which key, address or number. It sends a message (message.h)
 * in JSON; a channel with a format of its own finds the response beside it. Answers have the types and bodies of
 * docs/wire/pages.md. How to write one: docs/changing.md.
 *
 * Thread: the loop's. Blocks: never, but for read() and close().
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
        CHANNEL_DESCRIPTORS_MAX = 4 /* of one channel; more can be put behind one, with epoll */
};

struct socket_options;

/* What a channel calls for what comes back from people. The texts are valid during the call. */
struct channel_handler {
        /* @id has connected (again): send what is open for it. */
        void (*joined)(void *context, const char *id, enum role role);
        /* @id sent an answer, a receipt or a notice, with type and body of docs/wire/pages.md. */
        void (*said)(void *context, const char *id, enum role role, const void *type,
                     size_t type_bytes, const void *body, size_t body_bytes);
        /* @id connects to @instances alerting processes, fewer than the site has. */
        void (*partly)(void *context, const char *id, int instances);
        /* @id sent a beat, whose body names the cards that it shows. */
        void (*shows)(void *context, const char *id, const void *body, size_t body_bytes);
        void *context;
};

/* What every channel is started with. */
struct channel_setup {
        const struct channel_handler *handler; /* copied */
        const struct socket_options *sockets;  /* for ZeroMQ sockets, valid during the call */
};

/* When it is readable, the loop wakes and calls receive(). */
struct channel_descriptor {
        void *socket; /* of ZeroMQ; NULL: @fd */
        int fd;
};

/* The first member of every channel's own struct. */
struct channel {
        const struct channel_type *type;
};

struct channel_type {
        const char *name; /* its configuration is NAME.yaml in the folder of alerting.channels */
        const struct receipt *receipt; /* whether pages are confirmed, and the times for it */

        /* Read the configuration. @file: NULL when there is none. Return: 0 and the channel; CHANNEL_OFF: it is not
         * configured at this site; CHANNEL_REFUSED: the diag holds errors; -errno. */
        int (*read)(struct channel **ret, const struct conf *conf, const char *file,
                    struct diag *diag);
        /* Start to serve; the calls below follow it. NULL: nothing to do. Return: 0 or -errno. */
        int (*start)(struct channel *channel, const struct channel_setup *setup);
        /* Free the channel; it may never have been started. */
        void (*close)(struct channel *channel);

        /* Does it serve @id at all? */
        bool (*can_reach)(const struct channel *channel, const char *id);
        /* Would it take a message for @id now? NULL: always, if it serves @id. */
        bool (*is_connected)(const struct channel *channel, const char *id);
        /* The connected ids of @role, each once, into @ret[@most]; valid until the next call that is not const.
         * Return: how many. NULL: it does not know. */
        size_t (*connected)(const struct channel *channel, enum role role, const char **ret,
                            size_t most);

        /* Return: how many endpoints of message->to took it; 0: none, offer it again later. */
        int (*send)(struct channel *channel, const struct message *message);

        /* Handle up to @most messages that have arrived. NULL: none ever do. Return: how many there were. */
        int (*receive)(struct channel *channel, int64_t now_mono_ms, int most);
        /* Called in every turn of the loop, at least twice a second. NULL: it has no timers. */
        void (*tick)(struct channel *channel, int64_t now_mono_ms, int64_t now_time_ms);
        /* Into @ret[CHANNEL_DESCRIPTORS_MAX]. NULL: none. Return: how many. */
        size_t (*descriptors)(const struct channel *channel, struct channel_descriptor *ret);
};

enum { CHANNEL_OFF = 1, CHANNEL_REFUSED = 2 };

#endif
