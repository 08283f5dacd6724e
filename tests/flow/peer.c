/* SPDX-License-Identifier: MIT
 *
 * A peer that speaks the bare protocol, for flows that send what a correct client never sends: a wrong nonce, the page
 * of another recipient, a key that is not allowed, its own routing id.
 *
 *      peer keys DIR ID:ROLE…                 writes server.key, server.pub, a key for each ID, allowed.yaml
 *      peer pages ENDPOINT DIR ID [ROUTING]   DEALER: "type json" lines, on standard input and output
 *      peer feed ENDPOINT DIR ID PREFIX       SUB: prints "topic sequence json"
 *      peer produce BROKERS TOPIC PARTITION   sends each "key<tab>value" line of standard input at once
 *      peer ask ENDPOINT DIR ID JSON          sends one request to the snapshot socket, prints the answer
 *
 * `peer pages` ends at a line "-" or at the end of standard input, `peer produce` at its end.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>
#include <zmq.h>

enum { KEY_BYTES = 41, FRAMES = 4 };

static void die(const char *what) {
        fprintf(stderr, "peer: %s: %s\n", what, zmq_strerror(zmq_errno()));
        exit(1);
}

static FILE *open_in(const char *folder, const char *name, const char *suffix, const char *mode) {
        char path[4096];
        FILE *file;

        snprintf(path, sizeof(path), "%s/%s%s", folder, name, suffix);
        file = fopen(path, mode);
        if (!file)
                die(path);
        return file;
}

/* --- keys -------------------------------------------------------------------------------------- */

static void write_pair(const char *folder, const char *id, char *ret_public) {
        char secret[KEY_BYTES];
        FILE *file = open_in(folder, id, ".key", "w");

        if (zmq_curve_keypair(ret_public, secret) < 0 || fchmod(fileno(file), 0600) < 0)
                die("zmq_curve_keypair");
        fprintf(file, "public-key %s\nsecret-key %s\n", ret_public, secret);
        fclose(file);
}

static int make_keys(const char *folder, char **people) {
        char public_key[KEY_BYTES];
        FILE *allowed = open_in(folder, "allowed", ".yaml", "w");
        FILE *server;

        write_pair(folder, "server", public_key);
        server = open_in(folder, "server", ".pub", "w");
        fprintf(server, "%s\n", public_key);
        fclose(server);
        fputs("version: 1\nallowed:\n", allowed);
        for (; *people; people++) {
                char *role = strchr(*people, ':');

                if (!role)
                        return 2;
                *role++ = '\0';
                write_pair(folder, *people, public_key);
                /* A "stranger" gets a key that is not in allowed.yaml. */
                if (strcmp(role, "stranger") != 0)
                        fprintf(allowed, "  - { id: %s, role: %s, public_key: \"%s\" }\n", *people,
                                role, public_key);
        }
        fclose(allowed);
        return 0;
}

/* --- sockets ----------------------------------------------------------------------------------- */

static void *open_socket(void *zmq, int type, const char *endpoint, const char *folder,
                         const char *id) {
        char public_key[KEY_BYTES], secret[KEY_BYTES], server[KEY_BYTES];
        FILE *file = open_in(folder, id, ".key", "r");
        void *socket = zmq_socket(zmq, type);
        int linger = 200;

        if (fscanf(file, "public-key %40s secret-key %40s", public_key, secret) != 2)
                die("key file");
        fclose(file);
        file = open_in(folder, "server", ".pub", "r");
        if (fscanf(file, "%40s", server) != 1)
                die("server.pub");
        fclose(file);
        if (zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server, KEY_BYTES) < 0 ||
            zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, public_key, KEY_BYTES) < 0 ||
            zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret, KEY_BYTES) < 0 ||
            zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger)) < 0)
                die("zmq_setsockopt");
        if (type == ZMQ_SUB && zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0) < 0)
                die("zmq_setsockopt");
        return endpoint && zmq_connect(socket, endpoint) < 0 ? (die(endpoint), NULL) : socket;
}

/* Print the frames of one message without the first @skip, separated by spaces. Return: false if there is no
 * message. */
static bool print_message(void *socket, int skip, int flags) {
        bool first = true;
        int more = 1;

        while (more) {
                zmq_msg_t frame;
                size_t more_bytes = sizeof(more);

                zmq_msg_init(&frame);
                if (zmq_msg_recv(&frame, socket, flags) < 0)
                        return false;
                if (skip-- <= 0) {
                        printf("%s%.*s", first ? "" : " ", (int)zmq_msg_size(&frame),
                               (char *)zmq_msg_data(&frame));
                        first = false;
                }
                zmq_msg_close(&frame);
                zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &more_bytes);
        }
        putchar('\n');
        fflush(stdout);
        return true;
}

/* Send one line "type json". Return: false if the line is "-". */
static bool send_line(void *socket, char *line) {
        char *json = strchr(line, ' ');

        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "-") == 0)
                return false;
        if (!json)
                return true;
        *json++ = '\0';
        if (zmq_send(socket, "VP1", 3, ZMQ_SNDMORE) < 0 ||
            zmq_send(socket, line, strlen(line), ZMQ_SNDMORE) < 0 ||
            zmq_send(socket, json, strlen(json), 0) < 0)
                die("zmq_send");
        return true;
}

static int run(void *socket, int skip) {
        zmq_pollitem_t items[] = {
                {.socket = socket, .events = ZMQ_POLLIN},
                {.fd = STDIN_FILENO, .events = ZMQ_POLLIN},
        };
        char line[16384];

        for (;;) {
                if (zmq_poll(items, 2, -1) < 0)
                        return errno == EINTR ? 0 : 1;
                if (items[0].revents)
                        (void)print_message(socket, skip, ZMQ_DONTWAIT);
                if (items[1].revents) {
                        /* One line for each poll(): standard input is unbuffered, so the rest stays readable. */
                        if (!fgets(line, sizeof(line), stdin) || !send_line(socket, line))
                                return 0;
                }
        }
}

static int produce(const char *brokers, const char *topic, int partition) {
        rd_kafka_conf_t *conf = rd_kafka_conf_new();
        char why[256], line[65536];
        rd_kafka_t *producer;

        if (rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof(why)) ||
            rd_kafka_conf_set(conf, "linger.ms", "0", why, sizeof(why)) ||
            rd_kafka_conf_set(conf, "socket.nagle.disable", "true", why, sizeof(why)) ||
            !(producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why)))) {
                fprintf(stderr, "peer: %s\n", why);
                return 1;
        }
        while (fgets(line, sizeof(line), stdin)) {
                char *value = strchr(line, '\t');

                if (!value)
                        continue;
                *value++ = '\0';
                value[strcspn(value, "\n")] = '\0';
                if (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic),
                                      RD_KAFKA_V_PARTITION(partition),
                                      RD_KAFKA_V_KEY(line, strlen(line)),
                                      RD_KAFKA_V_VALUE(value, strlen(value)),
                                      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END))
                        return 1;
                rd_kafka_poll(producer, 0);
        }
        if (rd_kafka_flush(producer, 10000))
                return 1;
        rd_kafka_destroy(producer);
        return 0;
}

int main(int argc, char **argv) {
        void *zmq, *socket = NULL;
        int timeout_ms = 5000, status;

        setvbuf(stdin, NULL, _IONBF, 0);
        if (argc >= 3 && strcmp(argv[1], "keys") == 0)
                return make_keys(argv[2], argv + 3);
        if (argc < 5)
                return 2;
        if (strcmp(argv[1], "produce") == 0)
                return produce(argv[2], argv[3], atoi(argv[4]));
        zmq = zmq_ctx_new();
        if (strcmp(argv[1], "pages") == 0) {
                socket = open_socket(zmq, ZMQ_DEALER, argc > 5 ? NULL : argv[2], argv[3], argv[4]);
                if (argc > 5 &&
                    (zmq_setsockopt(socket, ZMQ_ROUTING_ID, argv[5], strlen(argv[5])) < 0 ||
                     zmq_connect(socket, argv[2]) < 0))
                        die("routing id");
                status = run(socket, 1);
        } else if (strcmp(argv[1], "feed") == 0) {
                socket = open_socket(zmq, ZMQ_SUB, argv[2], argv[3], argv[4]);
                status = run(socket, 0);
        } else {
                socket = open_socket(zmq, ZMQ_DEALER, argv[2], argv[3], argv[4]);
                zmq_setsockopt(socket, ZMQ_RCVTIMEO, &timeout_ms, sizeof(timeout_ms));
                zmq_send(socket, "VF1", 3, ZMQ_SNDMORE);
                zmq_send(socket, argv[5], strlen(argv[5]), 0);
                status = print_message(socket, 1, 0) ? 0 : 1;
        }
        zmq_close(socket);
        zmq_ctx_term(zmq);
        return status;
}
