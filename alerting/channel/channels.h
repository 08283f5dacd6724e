/* SPDX-License-Identifier: MIT
 *
 * Channels: all there are, as one. Who is told through which is decided here: the first one, in the order of the table,
 * that reaches the person.
 *
 * Thread: the loop's. Blocks: never, but channels_read() and channels_close().
 * Proof: tests/unit/alerting/channel.c
 */
#ifndef VIGIL_ALERTING_CHANNEL_CHANNELS_H
#define VIGIL_ALERTING_CHANNEL_CHANNELS_H

#include "alerting/base/stats.h"
#include "alerting/channel/channel.h"

enum { CHANNELS_MAX = STATS_CHANNELS_MAX };

struct channels;

/* Vigil's own, NULL-terminated, in the order in which they are asked. */
extern const struct channel_type *const channels_known[];

/* The names of channels_known, for alerting_stats_register(). */
const char *const *channels_names(void);

/* Read what each of @types needs. Return: 0; CHANNEL_REFUSED when the diag holds errors; -errno. */
int channels_read(struct channels **ret, const struct channel_type *const *types,
                  const struct conf *conf, struct diag *diag);
/* Return: 0 or -errno. */
int channels_start(struct channels *channels, const struct channel_setup *setup);
struct channels *channels_close(struct channels *channels);

/* Does any of them serve @id? */
bool channels_can_reach(const struct channels *channels, const char *id);
/* Would the one that serves @id take a message now? */
bool channels_is_connected(const struct channels *channels, const char *id);
/* Ids of @role that are connected, each once, at most @most; valid until the next call that is not const. */
size_t channels_connected(const struct channels *channels, enum role role, const char **ret,
                          size_t most);
/* The name of the one that serves @id, or NULL. */
const char *channels_name(const struct channels *channels, const char *id);
/* What the one that serves @id lets us know of a page. */
const struct receipt *channels_receipt(const struct channels *channels, const char *id);

/* Return: how many ends took it; 0: offer it again later. */
int channels_send(struct channels *channels, const struct message *message);

/* Take up to @most of what came, of each. Return: the most that one of them had. */
int channels_receive(struct channels *channels, int64_t now_mono_ms, int most);
void channels_tick(struct channels *channels, int64_t now_mono_ms, int64_t now_time_ms);
/* Into @ret[CHANNELS_MAX * CHANNEL_DESCRIPTORS_MAX]. Return: how many. */
size_t channels_descriptors(const struct channels *channels, struct channel_descriptor *ret);

#endif
