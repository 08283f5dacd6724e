/* SPDX-License-Identifier: MIT */
#include "alerting/zeromq/socket.h"

#include <errno.h>
#include <string.h>

#include "common/base/err.h"

static int set_int(void *socket, int option, int value) {
        return zmq_setsockopt(socket, option, &value, sizeof(value)) < 0 ? -zmq_errno() : 0;
}

static int configure(void *socket, const struct socket_options *options, const char *domain,
                     int send_high_water) {
        const struct {
                int option, value;
        } numbers[] = {
                {ZMQ_CURVE_SERVER, 1},         {ZMQ_LINGER, 0},
                {ZMQ_SNDHWM, send_high_water}, {ZMQ_RCVHWM, SOCKET_RECEIVE_HIGH_WATER},
                {ZMQ_HEARTBEAT_IVL, 5000},     {ZMQ_HEARTBEAT_TIMEOUT, 15000},
                {ZMQ_HANDSHAKE_IVL, 10000},    {ZMQ_TCP_KEEPALIVE, 1},
                {ZMQ_BACKLOG, 1024},
        };
        int64_t bytes_max = SOCKET_MESSAGE_BYTES_MAX;

        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
                int r = set_int(socket, numbers[i].option, numbers[i].value);

                if (r < 0)
                        return err_trace(r);
        }
        if (zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &bytes_max, sizeof(bytes_max)) < 0 ||
            zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, domain, strlen(domain)) < 0 ||
            zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, options->server_secret, ALLOW_KEY_BYTES) <
                    0)
                return -zmq_errno();
        return 0;
}

int socket_open(void **ret, const struct socket_options *options, int type, const char *domain,
                const char *endpoint, int send_high_water) {
        void *socket;
        int r;

        if (!options->zap)
                return err_raise_why(-EINVAL, "%s is not opened without an allow-list", endpoint);
        socket = zmq_socket(options->zmq, type);
        if (!socket)
                return err_raise_why(-zmq_errno(), "no further ZeroMQ socket");
        r = configure(socket, options, domain, send_high_water);
        if (r == 0 && zmq_bind(socket, endpoint) < 0)
                r = -zmq_errno();
        if (r < 0) {
                zmq_close(socket);
                return err_raise_why(r, "%s cannot be opened: %s", endpoint, zmq_strerror(-r));
        }
        *ret = socket;
        return 0;
}

void *socket_close(void *socket) {
        if (socket)
                zmq_close(socket);
        return NULL;
}

int socket_receive(void *socket, zmq_msg_t *frames, int most) {
        int count = 0;

        for (bool more = true; more; count++) {
                zmq_msg_t spare, *frame = count < most ? &frames[count] : &spare;

                zmq_msg_init(frame);
                if (zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) < 0) {
                        zmq_msg_close(frame);
                        break;
                }
                more = zmq_msg_more(frame);
                if (count >= most)
                        zmq_msg_close(frame);
        }
        return count;
}

void socket_release(zmq_msg_t *frames, int count, int most) {
        for (int i = 0; i < count && i < most; i++)
                zmq_msg_close(&frames[i]);
}
