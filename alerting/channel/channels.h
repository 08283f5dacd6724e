/* SPDX-License-Identifier: MIT
 *
 * Channels: all channels behind one interface. A person is served by the first channel, in the order of the table, that
 * can reach the person.
 *
 * Thread: the loop's. Blocks: never, but for channels_read() and channels_close().
 * Proof: tests/unit/alerting/channel.c
 */
#ifndef VIGIL_ALERTING_CHANNEL_CHANNELS_H
#define VIGIL_ALERTING_CHANNEL_CHANNELS_H

#include "alerting/base/stats.h"
#include "alerting/channel/channel.h"

enum { CHANNELS_MAX = STATS_CHANNELS_MAX };

struct channels;

/* The channels that Vigil has, NULL-terminated, in the order in which they are tried. */
extern const struct channel_type *const channels_known[];

/* The names of channels_known, for alerting_stats_register(). */
const char *const *channels_names(void);

/* Read the configuration of each of @types. An unknown .yaml file in the folder of alerting.channels is an error
 * (K008).
 * Return: 0; CHANNEL_REFUSED when the diag holds errors; -errno. */
int channels_read(struct channels **ret, const struct channel_type *const *types,
                  const struct conf *conf, struct diag *diag);
/* Return: 0 or -errno. */
int channels_start(struct channels *channels, const struct channel_setup *setup);
struct channels *channels_close(struct channels *channels);

/* Does any channel serve @id? */
bool channels_can_reach(const struct channels *channels, const char *id);
/* Would the channel that serves @id take a message now? */
bool channels_is_connected(const struct channels *channels, const char *id);
/* The connected ids of @role, each once, into @ret[@most]; valid until the next call that is not const.
 * Return: how many. */
size_t channels_connected(const struct channels *channels, enum role role, const char **ret,
                          size_t most);
/* The name of the channel that serves @id; NULL: none does. */
const char *channels_name(const struct channels *channels, const char *id);
/* The receipt of the channel that serves @id; receipt_usual if none does. */
const struct receipt *channels_receipt(const struct channels *channels, const char *id);

/* Return: how many endpoints of message->to took it; 0: none, offer it again later. */
int channels_send(struct channels *channels, const struct message *message);

/* Handle up to @most messages of each channel. Return: the largest number that one channel had. */
int channels_receive(struct channels *channels, int64_t now_mono_ms, int most);
void channels_tick(struct channels *channels, int64_t now_mono_ms, int64_t now_time_ms);
/* Into @ret[CHANNELS_MAX * CHANNEL_DESCRIPTORS_MAX]. Return: how many. */
size_t channels_descriptors(const struct channels *channels, struct channel_descriptor *ret);

#endif
