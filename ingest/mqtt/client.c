/* SPDX-License-Identifier: MIT */
#include "ingest/mqtt/client.h"

#include <errno.h>
#include <mqtt_protocol.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/base/err.h"

enum {
        RECEIVE_MAXIMUM_MAX = 65535,
        UNANSWERED_MS_MAX = 8000, /* data not acknowledged by TCP for this long: the link is dead */
        PROBE_IDLE_S = 10,
        PROBE_INTERVAL_S = 5,
        PROBES = 3,
};

static int refused(int rc, const char *what) {
        return err_raise_why(rc == MOSQ_ERR_NOMEM ? -ENOMEM : -EINVAL, "mqtt: %s: %s", what,
                             mosquitto_strerror(rc));
}

static int read_password(const char *path, char *ret, int ret_bytes) {
        FILE *file = fopen(path, "re");

        if (!file)
                return err_raise_why(-errno, "mqtt.password_file %s: %s", path, strerror(errno));

        bool read = fgets(ret, ret_bytes, file) != NULL;

        fclose(file);
        if (!read)
                return err_raise_why(-EINVAL, "mqtt.password_file %s is empty", path);
        ret[strcspn(ret, "\r\n")] = '\0';
        return 0;
}

static int set_identity(struct mosquitto *mosq, const struct conf *conf) {
        char password[1024] = "";
        int rc;

        if (conf->mqtt.ca_file) {
                rc = mosquitto_tls_set(mosq, conf->mqtt.ca_file, NULL, conf->mqtt.cert_file,
                                       conf->mqtt.key_file, NULL);
                if (rc)
                        return refused(rc, "the TLS files");
        }
        if (!conf->mqtt.user)
                return 0;
        if (conf->mqtt.password_file) {
                int r = read_password(conf->mqtt.password_file, password, sizeof(password));

                if (r < 0)
                        return err_trace(r);
        }
        rc = mosquitto_username_pw_set(mosq, conf->mqtt.user, password[0] ? password : NULL);
        explicit_bzero(password, sizeof(password));
        return rc ? refused(rc, "user and password") : 0;
}

int client_new(struct mosquitto **ret, const struct conf *conf, const char *client_id,
               void *opaque) {
        struct mosquitto *mosq = mosquitto_new(client_id, false, opaque);
        int r;

        if (!mosq)
                return err_raise(-errno);

        /* Holds acknowledgements back: with this option the library queues a PUBACK, and only
         * mosquitto_loop_write() sends it. */
        int rc = mosquitto_threaded_set(mosq, true);

        if (!rc)
                rc = mosquitto_int_option(mosq, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
        if (!rc)
                rc = mosquitto_int_option(mosq, MOSQ_OPT_TCP_NODELAY, 1);
        r = rc ? refused(rc, "options") : set_identity(mosq, conf);
        if (r < 0) {
                mosquitto_destroy(mosq);
                return err_trace(r);
        }
        *ret = mosq;
        return 0;
}

static void tune_socket(int fd) {
        static const struct {
                int level, name, value;
        } options[] = {
                {SOL_SOCKET, SO_KEEPALIVE, 1},
                {IPPROTO_TCP, TCP_KEEPIDLE, PROBE_IDLE_S},
                {IPPROTO_TCP, TCP_KEEPINTVL, PROBE_INTERVAL_S},
                {IPPROTO_TCP, TCP_KEEPCNT, PROBES},
                {IPPROTO_TCP, TCP_USER_TIMEOUT, UNANSWERED_MS_MAX},
        };

        /* The options are independent; ignore one that the kernel does not support. */
        for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
                setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(int));
}

int client_connect(struct mosquitto *mosq, const struct conf *conf) {
        int receive_maximum = conf->ingest.group_messages_max < RECEIVE_MAXIMUM_MAX
                                      ? conf->ingest.group_messages_max
                                      : RECEIVE_MAXIMUM_MAX;
        mosquitto_property *properties = NULL;
        int rc;

        rc = mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL,
                                          (uint32_t)(conf->mqtt.session_expiry_ms / 1000));
        if (!rc)
                rc = mosquitto_property_add_int16(&properties, MQTT_PROP_RECEIVE_MAXIMUM,
                                                  (uint16_t)receive_maximum);
        if (!rc)
                rc = mosquitto_connect_bind_v5(mosq, conf->mqtt.host, conf->mqtt.port,
                                               conf->mqtt.keepalive_s, NULL, properties);
        mosquitto_property_free_all(&properties);
        if (!rc)
                tune_socket(mosquitto_socket(mosq));
        return rc;
}

bool client_peer_closed(struct mosquitto *mosq) {
        struct tcp_info info;
        socklen_t bytes = sizeof(info);
        int fd = mosquitto_socket(mosq);

        return fd < 0 || (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &bytes) == 0 &&
                          info.tcpi_state == TCP_CLOSE_WAIT);
}
