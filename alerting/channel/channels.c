/* SPDX-License-Identifier: MIT */
#include "alerting/channel/channels.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/base/require.h"

/* --- the table --------------------------------------------------------------------------------- */

extern const struct channel_type channel_pager;

const struct channel_type *const channels_known[] = {
        &channel_pager,
        NULL,
};

const char *const *channels_names(void) {
        static const char *names[sizeof(channels_known) / sizeof(channels_known[0])];

        for (size_t i = 0; channels_known[i]; i++)
                names[i] = channels_known[i]->name;
        return names;
}

/* --- opening and closing ----------------------------------------------------------------------- */

struct channels {
        struct channel *list[CHANNELS_MAX];
        size_t count;
};

static bool is_known(const struct channel_type *const *types, const char *file) {
        for (; *types; types++) {
                size_t bytes = strlen((*types)->name);

                if (strncmp(file, (*types)->name, bytes) == 0 && strcmp(file + bytes, ".yaml") == 0)
                        return true;
        }
        return false;
}

/* A file of an unknown channel, a misspelt name perhaps, would mean people whom nothing reaches: an error. */
static void files_check(const struct channel_type *const *types, const char *folder,
                        struct diag *diag) {
        DIR *open = opendir(folder);
        const struct dirent *entry;

        while (open && (entry = readdir(open))) {
                size_t bytes = strlen(entry->d_name);

                if (entry->d_name[0] != '.' && bytes > 5 &&
                    strcmp(entry->d_name + bytes - 5, ".yaml") == 0 &&
                    !is_known(types, entry->d_name))
                        diag_add(diag, DIAG_ERROR, "K008", folder, (struct diag_mark){0}, NULL,
                                 "\"%s\" is of no channel that is known here", entry->d_name);
        }
        if (open)
                closedir(open);
}

static int read_one(struct channels *channels, const struct channel_type *type,
                    const struct conf *conf, struct diag *diag) {
        struct channel *channel = NULL;
        char file[PATH_MAX];
        bool is_there = snprintf(file, sizeof(file), "%s/%s.yaml", conf->alerting.channels,
                                 type->name) < (int)sizeof(file) &&
                        access(file, F_OK) == 0;
        int r;

        require(type->receipt && type->can_reach && type->send && type->close,
                "channel %s lacks a function", type->name);
        r = type->read(&channel, conf, is_there ? file : NULL, diag);

        if (r == 0) {
                require(channel, "channel %s gave no handle", type->name);
                channel->type = type;
                channels->list[channels->count++] = channel;
        }
        return r == CHANNEL_OFF ? 0 : r;
}

int channels_read(struct channels **ret, const struct channel_type *const *types,
                  const struct conf *conf, struct diag *diag) {
        struct channels *channels = calloc(1, sizeof(*channels));
        int errors = diag_errors(diag);
        int r = 0;

        if (!channels)
                return err_raise(-ENOMEM);
        files_check(types, conf->alerting.channels, diag);
        /* A refused channel does not end the loop, so that one run reports the errors of all. */
        for (size_t i = 0; types[i] && r >= 0; i++) {
                require(i < CHANNELS_MAX, "channel %s is one too many", types[i]->name);
                r = read_one(channels, types[i], conf, diag);
        }
        if (r >= 0)
                r = diag_errors(diag) != errors ? CHANNEL_REFUSED : 0;
        if (r == 0) {
                *ret = channels;
                channels = NULL;
        }
        channels_close(channels);
        return r;
}

int channels_start(struct channels *channels, const struct channel_setup *setup) {
        int r = 0;

        for (size_t i = 0; i < channels->count && r == 0; i++) {
                struct channel *channel = channels->list[i];

                if (channel->type->start)
                        r = channel->type->start(channel, setup);
        }
        return r;
}

struct channels *channels_close(struct channels *channels) {
        if (!channels)
                return NULL;
        while (channels->count > 0) {
                struct channel *channel = channels->list[--channels->count];

                channel->type->close(channel);
        }
        free(channels);
        return NULL;
}

/* --- who ----------------------------------------------------------------------------------------- */

static bool is_connected(const struct channel *channel, const char *id) {
        return channel->type->is_connected ? channel->type->is_connected(channel, id)
                                           : channel->type->can_reach(channel, id);
}

/* The first channel that serves @id; for a role that is never paged (ingest), the first to which @id is connected. */
static struct channel *channel_of(const struct channels *channels, const char *id) {
        for (size_t i = 0; i < channels->count; i++) {
                if (channels->list[i]->type->can_reach(channels->list[i], id))
                        return channels->list[i];
        }
        for (size_t i = 0; i < channels->count; i++) {
                if (is_connected(channels->list[i], id))
                        return channels->list[i];
        }
        return NULL;
}

bool channels_can_reach(const struct channels *channels, const char *id) {
        const struct channel *channel = channel_of(channels, id);

        return channel && channel->type->can_reach(channel, id);
}

bool channels_is_connected(const struct channels *channels, const char *id) {
        const struct channel *channel = channel_of(channels, id);

        return channel && is_connected(channel, id);
}

static bool is_listed(const char *const *ids, size_t count, const char *id) {
        for (size_t i = 0; i < count; i++) {
                if (strcmp(ids[i], id) == 0)
                        return true;
        }
        return false;
}

size_t channels_connected(const struct channels *channels, enum role role, const char **ret,
                          size_t most) {
        size_t count = 0;

        for (size_t i = 0; i < channels->count; i++) {
                const struct channel *channel = channels->list[i];
                size_t from = count;

                if (!channel->type->connected)
                        continue;
                size_t more = channel->type->connected(channel, role, ret + from, most - from);

                require(more <= most - from, "channel %s: %zu ids where %zu fit",
                        channel->type->name, more, most - from);

                for (size_t j = from; j < from + more; j++) {
                        if (!is_listed(ret, count, ret[j]))
                                ret[count++] = ret[j];
                }
        }
        return count;
}

const char *channels_name(const struct channels *channels, const char *id) {
        const struct channel *channel = channel_of(channels, id);

        return channel ? channel->type->name : NULL;
}

const struct receipt *channels_receipt(const struct channels *channels, const char *id) {
        const struct channel *channel = channel_of(channels, id);

        return channel ? channel->type->receipt : &receipt_usual;
}

/* --- out and in ---------------------------------------------------------------------------------- */

int channels_send(struct channels *channels, const struct message *message) {
        struct channel *channel = channel_of(channels, message->to);

        require(message->to[0], "message %s is for nobody", message_type_name(message->type));
        return channel ? channel->type->send(channel, message) : 0;
}

int channels_receive(struct channels *channels, int64_t now_mono_ms, int most) {
        int taken = 0;

        for (size_t i = 0; i < channels->count; i++) {
                struct channel *channel = channels->list[i];
                int count = channel->type->receive
                                    ? channel->type->receive(channel, now_mono_ms, most)
                                    : 0;

                taken = count > taken ? count : taken;
        }
        return taken;
}

void channels_tick(struct channels *channels, int64_t now_mono_ms, int64_t now_time_ms) {
        for (size_t i = 0; i < channels->count; i++) {
                struct channel *channel = channels->list[i];

                if (channel->type->tick)
                        channel->type->tick(channel, now_mono_ms, now_time_ms);
        }
}

size_t channels_descriptors(const struct channels *channels, struct channel_descriptor *ret) {
        size_t count = 0;

        for (size_t i = 0; i < channels->count; i++) {
                const struct channel *channel = channels->list[i];
                size_t more = channel->type->descriptors
                                      ? channel->type->descriptors(channel, ret + count)
                                      : 0;

                require(more <= CHANNEL_DESCRIPTORS_MAX, "channel %s: %zu descriptors",
                        channel->type->name, more);
                count += more;
        }
        return count;
}
