/* SPDX-License-Identifier: MIT */
#include "cli/record/mqtt_send.h"

#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <yyjson.h>

#include "cli/command/cli.h"
#include "common/base/clock.h"
#include "common/base/err.h"

enum { LOOP_MS = 50, REFUSED_FROM = 0x80 }; /* MQTT 5: reason codes from 0x80 on are refusals */

struct sending {
        const struct mqtt_send_letter *letter;
        struct mqtt_send_answer answer;
        int64_t published_mono_us;
        int mid;
        bool acknowledged, received;
        int r; /* -errno after a failure */
};

static int refused(int rc, const char *what) {
        int r = rc == MOSQ_ERR_NOMEM       ? -ENOMEM
                : rc == MOSQ_ERR_ERRNO     ? -ECONNREFUSED
                : rc == MOSQ_ERR_NO_CONN   ? -ECONNREFUSED
                : rc == MOSQ_ERR_CONN_LOST ? -ECONNREFUSED
                                           : -EINVAL;

        return err_raise_why(r, "mqtt: %s: %s", what,
                             rc == MOSQ_ERR_ERRNO ? err_text(errno) : mosquitto_strerror(rc));
}

/* --- callbacks, all on this thread from mosquitto_loop() ------------------------------------------------ */

static void publish(struct mosquitto *mosq, struct sending *sending) {
        const struct mqtt_send_letter *letter = sending->letter;
        int rc;

        sending->published_mono_us = clock_mono_us();
        rc = mosquitto_publish_v5(mosq, &sending->mid, letter->topic, (int)strlen(letter->payload),
                                  letter->payload, 1, false, NULL);
        if (rc)
                sending->r = refused(rc, "publish");
}

static void on_connect(struct mosquitto *mosq, void *opaque, int rc, int flags,
                       const mosquitto_property *properties) {
        struct sending *sending = opaque;

        if (rc != 0) {
                sending->r = err_raise_why(
                        rc == MQTT_RC_NOT_AUTHORIZED || rc == MQTT_RC_BAD_USERNAME_OR_PASSWORD
                                ? -EACCES
                                : -ECONNREFUSED,
                        "mqtt: the broker refused the connection: %s", mosquitto_reason_string(rc));
                return;
        }
        /* Subscribe before publishing, so that the receipt cannot be missed. */
        if (!sending->letter->receipt_topic)
                publish(mosq, sending);
        else if ((rc = mosquitto_subscribe_v5(mosq, NULL, sending->letter->receipt_topic, 0, 0,
                                              NULL)))
                sending->r = refused(rc, "subscribe");
}

static void on_subscribe(struct mosquitto *mosq, void *opaque, int mid, int count,
                         const int *granted, const mosquitto_property *properties) {
        struct sending *sending = opaque;

        if (count > 0 && granted[0] >= REFUSED_FROM)
                sending->r = err_raise_why(-EACCES, "mqtt: not allowed to read %s",
                                           sending->letter->receipt_topic);
        else
                publish(mosq, sending);
}

static void on_publish(struct mosquitto *mosq, void *opaque, int mid, int reason,
                       const mosquitto_property *properties) {
        struct sending *sending = opaque;

        if (mid != sending->mid)
                return;
        if (reason >= REFUSED_FROM) {
                sending->r = err_raise_why(-EACCES, "mqtt: the broker refused the message: %s",
                                           mosquitto_reason_string(reason));
                return;
        }
        sending->answer.puback_us = clock_mono_us() - sending->published_mono_us;
        sending->acknowledged = true;
}

static void on_message(struct mosquitto *mosq, void *opaque,
                       const struct mosquitto_message *message,
                       const mosquitto_property *properties) {
        struct sending *sending = opaque;
        yyjson_doc *doc = yyjson_read(message->payload, (size_t)message->payloadlen, 0);

        if (doc && yyjson_equals_str(yyjson_obj_get(yyjson_doc_get_root(doc), "event_id"),
                                     sending->letter->event_id)) {
                sending->answer.receipt_us = clock_mono_us() - sending->published_mono_us;
                sending->received = true;
        }
        yyjson_doc_free(doc);
}

/* --- the session ---------------------------------------------------------------------------------------- */

static int password_read(const char *path, char *ret, int ret_bytes) {
        FILE *file = fopen(path, "re");

        if (!file)
                return err_raise_why(-errno, "mqtt.password_file %s: %s", path, err_text(errno));

        bool read = fgets(ret, ret_bytes, file) != NULL;

        fclose(file);
        if (!read)
                return err_raise_why(-EINVAL, "mqtt.password_file %s is empty", path);
        ret[strcspn(ret, "\r\n")] = '\0';
        return 0;
}

static int identity_set(struct mosquitto *mosq, const struct conf *conf) {
        char password[1024] = "";
        int r = 0, rc = 0;

        if (conf->mqtt.ca_file)
                rc = mosquitto_tls_set(mosq, conf->mqtt.ca_file, NULL, conf->mqtt.cert_file,
                                       conf->mqtt.key_file, NULL);
        if (rc)
                return refused(rc, "the TLS files");
        if (!conf->mqtt.user)
                return 0;
        if (conf->mqtt.password_file)
                r = password_read(conf->mqtt.password_file, password, sizeof(password));
        if (r == 0)
                rc = mosquitto_username_pw_set(mosq, conf->mqtt.user,
                                               password[0] ? password : NULL);
        explicit_bzero(password, sizeof(password));
        return rc ? refused(rc, "user and password") : r;
}

static int connect_open(struct mosquitto *mosq, const struct conf *conf) {
        int rc = mosquitto_int_option(mosq, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
        int r;

        if (!rc)
                rc = mosquitto_int_option(mosq, MOSQ_OPT_TCP_NODELAY, 1);
        if (rc)
                return refused(rc, "options");
        r = identity_set(mosq, conf);
        if (r < 0)
                return r;
        mosquitto_connect_v5_callback_set(mosq, on_connect);
        mosquitto_subscribe_v5_callback_set(mosq, on_subscribe);
        mosquitto_publish_v5_callback_set(mosq, on_publish);
        mosquitto_message_v5_callback_set(mosq, on_message);
        rc = mosquitto_connect_bind_v5(mosq, conf->mqtt.host, conf->mqtt.port,
                                       conf->mqtt.keepalive_s, NULL, NULL);
        if (rc)
                return err_raise_why(-ECONNREFUSED, "mqtt: no broker at %s:%d: %s", conf->mqtt.host,
                                     conf->mqtt.port,
                                     rc == MOSQ_ERR_ERRNO ? err_text(errno)
                                                          : mosquitto_strerror(rc));
        return 0;
}

static int answers_await(struct mosquitto *mosq, struct sending *sending, int timeout_ms) {
        int64_t deadline_mono_ms = clock_mono_ms() + timeout_ms;

        while (sending->r == 0) {
                if (sending->acknowledged && (sending->received || !sending->letter->receipt_topic))
                        return 0;
                if (cli_interrupted())
                        return err_raise_why(-EINTR, "interrupted");
                if (clock_mono_ms() >= deadline_mono_ms)
                        return sending->acknowledged
                                       ? MQTT_SEND_NO_RECEIPT
                                       : err_raise_why(-ETIMEDOUT,
                                                       "mqtt: no acknowledgement in time");

                int rc = mosquitto_loop(mosq, LOOP_MS, 1);

                if (rc && sending->r == 0)
                        return refused(rc, "the connection broke");
        }
        return sending->r;
}

int mqtt_send(const struct conf *conf, const struct mqtt_send_letter *letter, int timeout_ms,
              struct mqtt_send_answer *ret) {
        struct sending sending = {.letter = letter};
        struct mosquitto *mosq = NULL;
        int r;

        mosquitto_lib_init();
        mosq = mosquitto_new(NULL, true, &sending);
        r = mosq ? connect_open(mosq, conf) : err_raise(-ENOMEM);
        if (r == 0)
                r = answers_await(mosq, &sending, timeout_ms);
        if (mosq) {
                mosquitto_disconnect(mosq);
                mosquitto_destroy(mosq);
        }
        mosquitto_lib_cleanup();
        if (r >= 0)
                *ret = sending.answer;
        return r;
}
