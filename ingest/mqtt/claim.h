/* SPDX-License-Identifier: MIT
 *
 * Who has an MQTT client id. When two processes use one (a stand-by took over, then the frozen active
 * one woke up), each reconnect throws the other out, for ever. MQTT 5 has a word for it, DISCONNECT
 * 0x8E, but Mosquitto 2.0.11 only closes the socket. So each process puts its name into a retained
 * message when it starts, and reads it when it comes back: another name there means step down.
 *
 *      vigil/ingest/claims/<client id>      16 hex digits, one per process; empty: nobody
 *
 * 44 bits of milliseconds since 1970, then 20 random ones: the greater name is the newer process and keeps
 * the session. A smaller one is what a broker that died has kept from before: nobody steps down for it.
 *
 * Thread: one session's. Blocks: never.
 */
#ifndef VIGIL_INGEST_MQTT_CLAIM_H
#define VIGIL_INGEST_MQTT_CLAIM_H

#include <mosquitto.h>
#include <stdbool.h>

struct claim {
        char topic[192];
        char name[17];
        bool held; /* our own name came back from the broker */
};

/* Return: 0 or -errno (no random numbers). */
int claim_init(struct claim *claim, const char *client_id);

/* After each CONNACK: write our name unless the broker had it already, and ask what is there now.
 * Return: a MOSQ_ERR_ code. */
int claim_assert(const struct claim *claim, struct mosquitto *mosq);

/* Before leaving for good: whoever comes back may go on. */
void claim_release(const struct claim *claim, struct mosquitto *mosq);

/* True when @message is about claims and not a sensor's. *ret_lost turns true when another
 * process has the client id now. */
bool claim_read(struct claim *claim, const struct mosquitto_message *message, bool *ret_lost);

#endif
