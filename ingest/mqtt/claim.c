/* SPDX-License-Identifier: MIT */
#include "ingest/mqtt/claim.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include <mqtt_protocol.h>

#include "common/clock.h"
#include "common/err.h"

int claim_init(struct claim *claim, const char *client_id) {
        uint64_t number;

        if (getrandom(&number, sizeof(number), 0) != sizeof(number))
                return err_raise(-errno);
        claim->held = false;
        snprintf(claim->topic, sizeof(claim->topic), "vigil/ingest/claims/%s", client_id);
        /* The moment first, so that of two names the later one is the newer process. */
        number = (uint64_t)clock_wall_us() / 1000 << 20 | number >> 44;
        snprintf(claim->name, sizeof(claim->name), "%016" PRIx64, number);
        return 0;
}

int claim_assert(const struct claim *claim, struct mosquitto *mosq) {
        int rc = MOSQ_ERR_SUCCESS;

        /* A name that never came back may never have arrived: only once it has is another one news. */
        if (!claim->held)
                rc = mosquitto_publish_v5(mosq, NULL, claim->topic, (int)strlen(claim->name),
                                          claim->name, 0, true, NULL);
        if (rc)
                return rc;
        /* QoS 0: not queued while we are away, so what comes is what holds now. */
        return mosquitto_subscribe_v5(mosq, NULL, claim->topic, 0, MQTT_SUB_OPT_SEND_RETAIN_ALWAYS,
                                      NULL);
}

void claim_release(const struct claim *claim, struct mosquitto *mosq) {
        if (claim->held)
                mosquitto_publish_v5(mosq, NULL, claim->topic, 0, NULL, 0, true, NULL);
}

bool claim_read(struct claim *claim, const struct mosquitto_message *message, bool *ret_lost) {
        size_t bytes = strlen(claim->name);
        int order;

        if (strcmp(message->topic, claim->topic) != 0)
                return false;
        if ((size_t)message->payloadlen != bytes)
                return true;
        order = memcmp(message->payload, claim->name, bytes);
        if (order == 0)
                claim->held = true;
        else if (order > 0 && claim->held)
                *ret_lost = true;
        else if (order < 0)
                claim->held =
                        false; /* from before the broker died: written again when we next connect */
        return true;
}
