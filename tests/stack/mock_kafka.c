/* SPDX-License-Identifier: MIT
 *
 * mock-kafka PORT TOPIC=PARTITIONS…: librdkafka's in-memory broker as a separate process, for a demo where Kafka's jars
 * are not available. It keeps at most 5 MiB per partition and loses everything when it ends. Clients cannot create
 * topics, so the arguments name them.
 */
#undef _GNU_SOURCE /* with it, glibc declares bind() and accept() with a union that a definition cannot repeat */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The mock lets the kernel choose its port and leaves Nagle's algorithm on, which makes our path take 43 ms instead of
 * 0.2 ms (docs/adr/0003-kafka-client.md). It calls bind() and accept() by name, so the definitions here replace libc's.
 */
static in_port_t wanted_port;

int bind(int fd, const struct sockaddr *address, socklen_t address_bytes) {
        struct sockaddr_in chosen;

        if (address->sa_family == AF_INET && address_bytes >= sizeof(chosen)) {
                memcpy(&chosen, address, sizeof(chosen));
                if (chosen.sin_port == 0 && wanted_port != 0) {
                        int one = 1;

                        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
                        chosen.sin_port = htons(wanted_port);
                        return (int)syscall(SYS_bind, fd, &chosen, sizeof(chosen));
                }
        }

        return (int)syscall(SYS_bind, fd, address, address_bytes);
}

int accept(int fd, struct sockaddr *address, socklen_t *address_bytes) {
        int one = 1;
        int peer = (int)syscall(SYS_accept4, fd, address, address_bytes, 0);

        if (peer >= 0)
                setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        return peer;
}

static int topic_add(rd_kafka_mock_cluster_t *cluster, char *text) {
        char *equals = strchr(text, '=');
        int partitions = equals ? atoi(equals + 1) : 0;

        if (partitions <= 0)
                return -EINVAL;

        *equals = '\0';
        return rd_kafka_mock_topic_create(cluster, text, partitions, 1) ? -EINVAL : 0;
}

int main(int argc, char **argv) {
        char why[256];
        sigset_t end;
        int number;

        if (argc < 2 || atoi(argv[1]) <= 0) {
                fprintf(stderr, "usage: mock-kafka PORT [TOPIC=PARTITIONS]...\n");
                return 2;
        }

        /* Block the signals before librdkafka starts threads, so that sigwait() below receives them. */
        sigemptyset(&end);
        sigaddset(&end, SIGTERM);
        sigaddset(&end, SIGINT);
        sigprocmask(SIG_BLOCK, &end, NULL);

        wanted_port = (in_port_t)atoi(argv[1]);

        rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof(why));
        rd_kafka_mock_cluster_t *cluster = client ? rd_kafka_mock_cluster_new(client, 1) : NULL;

        if (!cluster) {
                fprintf(stderr, "mock-kafka: no cluster on port %s\n", argv[1]);
                return 1;
        }

        for (int i = 2; i < argc; i++) {
                if (topic_add(cluster, argv[i]) != 0) {
                        fprintf(stderr, "mock-kafka: \"%s\" is not TOPIC=PARTITIONS\n", argv[i]);
                        return 2;
                }
        }

        printf("mock-kafka: %s\n", rd_kafka_mock_cluster_bootstraps(cluster));
        fflush(stdout);
        sigwait(&end, &number);

        rd_kafka_mock_cluster_destroy(cluster);
        rd_kafka_destroy(client);
        return 0;
}
