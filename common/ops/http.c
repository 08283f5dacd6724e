/* SPDX-License-Identifier: MIT */
#include "common/ops/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/ops/metrics.h"

enum {
        HTTP_CONNECTIONS_MAX = 64, /* more than are kept: a shut-down one counts until closed */
        HTTP_CONNECTIONS_KEPT = 32,
        HTTP_TIMEOUT_S = 10,
        HTTP_MEMORY_BYTES = 8192,
        HTTP_BACKLOG = 64,
        HEARTBEAT_MAX_MS = 5000,
};

struct http_server {
        struct MHD_Daemon *daemon;
        const _Atomic int64_t *heartbeat_mono_ms;
        int64_t started_mono_ms;
        http_ready_check ready;
        void *context;
        int port;
        int kept[HTTP_CONNECTIONS_KEPT]; /* open sockets, the oldest first; used only by its thread */
        size_t kept_count;
};

/* --- answers ------------------------------------------------------------------------------------- */

struct answer {
        unsigned int status;
        const char *type;
        char *text; /* malloc'd */
        size_t bytes;
};

static void answer_text(struct answer *answer, unsigned int status, const char *text) {
        answer->status = status;
        answer->type = "text/plain; charset=utf-8";
        if (asprintf(&answer->text, "%s\n", text) < 0)
                answer->text = NULL;
        answer->bytes = answer->text ? strlen(answer->text) : 0;
}

static void answer_healthy(struct http_server *server, struct answer *answer) {
        int64_t beat = atomic_load_explicit(server->heartbeat_mono_ms, memory_order_relaxed);
        int64_t age_ms = clock_mono_ms() - (beat ? beat : server->started_mono_ms);
        char text[96];

        if (age_ms < HEARTBEAT_MAX_MS) {
                answer_text(answer, MHD_HTTP_OK, "ok");
                return;
        }
        snprintf(text, sizeof(text), "the main loop has not turned for %lld ms", (long long)age_ms);
        answer_text(answer, MHD_HTTP_SERVICE_UNAVAILABLE, text);
}

static void answer_ready(struct http_server *server, struct answer *answer) {
        char note[512] = "", text[sizeof(note) + 8];
        bool ready = server->ready(server->context, note, sizeof(note));

        snprintf(text, sizeof(text), ready && note[0] ? "ready\n%s" : "%s",
                 note[0] ? note
                 : ready ? "ready"
                         : "not ready");
        answer_text(answer, ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, text);
}

static void answer_metrics(struct http_server *server, struct answer *answer) {
        if (metrics_render(&answer->text, &answer->bytes) < 0) {
                answer_text(answer, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
                return;
        }
        answer->status = MHD_HTTP_OK;
        answer->type = "text/plain; version=0.0.4; charset=utf-8";
}

static const struct {
        const char *path;
        void (*answer)(struct http_server *server, struct answer *answer);
} routes[] = {
        {"/metrics", answer_metrics}, {"/-/healthy", answer_healthy}, {"/healthz", answer_healthy},
        {"/-/ready", answer_ready},   {"/readyz", answer_ready},
};

static void answer_find(struct http_server *server, const char *path, const char *method,
                        struct answer *answer) {
        if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
                answer_text(answer, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET");
                return;
        }
        for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
                if (strcmp(path, routes[i].path) == 0) {
                        routes[i].answer(server, answer);
                        return;
                }
        }
        answer_text(answer, MHD_HTTP_NOT_FOUND, "there is /metrics, /-/healthy and /-/ready");
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *upload, size_t *upload_bytes, void **state) {
        static int seen;
        struct answer answer = {.text = NULL};

        /* The first call for a request comes before its body. Answering then would close the connection
         * while the client is still sending. */
        if (!*state) {
                *state = &seen;
                return MHD_YES;
        }
        if (*upload_bytes) {
                *upload_bytes = 0;
                return MHD_YES;
        }

        answer_find(context, path, method, &answer);
        if (!answer.text)
                return MHD_NO;

        struct MHD_Response *response =
                MHD_create_response_from_buffer(answer.bytes, answer.text, MHD_RESPMEM_MUST_FREE);

        if (!response) {
                free(answer.text);
                return MHD_NO;
        }
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.type);
        MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");

        enum MHD_Result queued = MHD_queue_response(connection, answer.status, response);

        MHD_destroy_response(response);
        return queued;
}

/* --- connections ----------------------------------------------------------------------------------- */

static void kept_remove(struct http_server *server, int fd) {
        for (size_t i = 0; i < server->kept_count; i++) {
                if (server->kept[i] != fd)
                        continue;
                server->kept_count--;
                memmove(&server->kept[i], &server->kept[i + 1],
                        (server->kept_count - i) * sizeof(server->kept[0]));
                return;
        }
}

/* Close the oldest connection to make room for a new one: the idle timeout does not catch a client that sends a byte
 * now and then. A normal request is not affected, as it is answered when it has been read. */
static void on_connection(void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_ConnectionNotificationCode what) {
        struct http_server *server = context;
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

        if (!info)
                return;
        if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
                kept_remove(server, info->connect_fd);
                return;
        }
        if (server->kept_count == HTTP_CONNECTIONS_KEPT) {
                (void)shutdown(server->kept[0], SHUT_RDWR);
                kept_remove(server, server->kept[0]);
        }
        server->kept[server->kept_count++] = info->connect_fd;
}

/* --- the server ------------------------------------------------------------------------------------ */

/* Split "127.0.0.1:9101", "[::1]:9101" or "localhost:0" into host and port. */
static int address_split(const char *address, char *ret_host, size_t host_bytes,
                         const char **ret_port) {
        const char *colon = strrchr(address, ':');
        const char *host = address;
        size_t length;

        if (!colon || !colon[1])
                return err_raise_why(-EINVAL, "\"%s\" is not an address: write HOST:PORT", address);
        length = (size_t)(colon - address);
        if (length >= 2 && host[0] == '[' && host[length - 1] == ']') {
                host++;
                length -= 2;
        }
        if (length == 0 || length >= host_bytes)
                return err_raise_why(-EINVAL, "\"%s\" is not an address: write HOST:PORT", address);
        memcpy(ret_host, host, length);
        ret_host[length] = '\0';
        *ret_port = colon + 1;
        return 0;
}

static int listen_at(const struct addrinfo *info, const char *address) {
        int fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC, info->ai_protocol);
        int one = 1;

        if (fd < 0)
                return err_raise(-errno);
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0 ||
            bind(fd, info->ai_addr, info->ai_addrlen) < 0 || listen(fd, HTTP_BACKLOG) < 0) {
                int r = err_raise_why(-errno, "cannot listen on %s", address);

                close(fd);
                return err_trace(r);
        }
        return fd;
}

/* Open the socket ourselves: libmicrohttpd would not report why that failed. */
static int listen_open(const char *address) {
        struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                 .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
        struct addrinfo *infos;
        char host[256] = "";
        const char *port = NULL;
        int r;

        r = address_split(address, host, sizeof(host), &port);
        if (r < 0)
                return err_trace(r);
        r = getaddrinfo(host, port, &hints, &infos);
        if (r != 0)
                return err_raise_why(-EADDRNOTAVAIL, "%s: %s", address, gai_strerror(r));
        r = listen_at(infos, address);
        freeaddrinfo(infos);
        return err_trace(r);
}

static int port_of(int fd) {
        struct sockaddr_storage address;
        socklen_t bytes = sizeof(address);

        if (getsockname(fd, (struct sockaddr *)&address, &bytes) < 0)
                return 0;
        if (address.ss_family == AF_INET6)
                return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
        return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

int http_start(struct http_server **ret, const char *address,
               const _Atomic int64_t *heartbeat_mono_ms, http_ready_check ready, void *context) {
        int fd = listen_open(address);

        if (fd < 0)
                return fd;

        struct http_server *server = calloc(1, sizeof(*server));

        if (!server) {
                close(fd);
                return err_raise(-ENOMEM);
        }
        server->heartbeat_mono_ms = heartbeat_mono_ms;
        server->started_mono_ms = clock_mono_ms();
        server->ready = ready;
        server->context = context;
        server->port = port_of(fd);
        server->daemon = MHD_start_daemon(
                MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL, on_request, server,
                MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
                MHD_OPTION_CONNECTION_LIMIT, (unsigned int)HTTP_CONNECTIONS_MAX,
                MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)HTTP_TIMEOUT_S,
                MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_MEMORY_BYTES, MHD_OPTION_END);
        if (!server->daemon) {
                close(fd);
                free(server);
                return err_raise_why(-ENOMEM, "the HTTP server did not start on %s", address);
        }
        *ret = server;
        return 0;
}

int http_port(const struct http_server *server) {
        return server->port;
}

struct http_server *http_stop(struct http_server *server) {
        if (!server)
                return NULL;
        MHD_stop_daemon(server->daemon); /* closes the socket too */
        free(server);
        return NULL;
}
