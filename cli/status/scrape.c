/* SPDX-License-Identifier: MIT */
#include "cli/status/scrape.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/err.h"

enum { ANSWER_BYTES_MAX = 8 * 1024 * 1024 };

static int wait_for(int fd, short events, int64_t deadline_mono_ms) {
        struct pollfd wait = {.fd = fd, .events = events};
        int64_t left_ms = deadline_mono_ms - clock_mono_ms();
        int ready = poll(&wait, 1, left_ms > 0 ? (int)left_ms : 0);

        if (ready < 0)
                return -errno;
        return ready ? 0 : -ETIMEDOUT;
}

static int connect_to(const char *address, int64_t deadline_mono_ms, int *ret) {
        const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
        struct addrinfo *found = NULL;
        const char *colon = strrchr(address, ':');
        char host[256];
        int fd = -1, r;

        if (!colon || (size_t)(colon - address) >= sizeof(host))
                return err_raise_why(-EINVAL, "%s is not host:port", address);
        memcpy(host, address, (size_t)(colon - address));
        host[colon - address] = '\0';
        /* A server that listens on 0.0.0.0 is reached through loopback. */
        if (getaddrinfo(strcmp(host, "0.0.0.0") == 0 ? "127.0.0.1" : host, colon + 1, &hints,
                        &found) != 0)
                return err_raise_why(-ECONNREFUSED, "%s cannot be resolved", address);

        fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        r = fd < 0 ? -errno : 0;
        if (r == 0 && connect(fd, found->ai_addr, found->ai_addrlen) < 0 && errno != EINPROGRESS)
                r = -errno;
        freeaddrinfo(found);
        if (r == 0)
                r = wait_for(fd, POLLOUT, deadline_mono_ms);
        if (r == 0) {
                int error = 0;
                socklen_t bytes = sizeof(error);

                getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &bytes);
                r = -error;
        }
        if (r < 0) {
                if (fd >= 0)
                        close(fd);
                return err_raise_why(r, "%s: %s", address, err_text(-r));
        }
        *ret = fd;
        return 0;
}

/* Read until the peer closes. *ret: malloc'd, NUL-terminated. */
static int answer_read(int fd, int64_t deadline_mono_ms, char **ret) {
        char *text = NULL;
        size_t used = 0, room = 0;
        int r = 0;

        for (;;) {
                if (used + 1 >= room) {
                        char *grown = room < ANSWER_BYTES_MAX
                                              ? realloc(text, room = room ? 2 * room : 65536)
                                              : NULL;

                        if (!grown) {
                                r = err_raise(-ENOMEM);
                                break;
                        }
                        text = grown;
                }
                r = wait_for(fd, POLLIN, deadline_mono_ms);

                ssize_t got = r == 0 ? read(fd, text + used, room - used - 1) : 0;

                if (got < 0)
                        r = -errno;
                if (r < 0 || got == 0)
                        break;
                used += (size_t)got;
        }
        if (r < 0) {
                free(text);
                return r;
        }
        text[used] = '\0';
        *ret = text;
        return 0;
}

static int answer_split(char *answer, int *ret_status, char **ret_body) {
        char *body = strstr(answer, "\r\n\r\n");
        int status;

        if (!body || sscanf(answer, "HTTP/1.%*d %d", &status) != 1)
                return err_raise_why(-EPROTO, "the response is not HTTP");
        body = strdup(body + 4);
        if (!body)
                return err_raise(-ENOMEM);
        *ret_status = status;
        *ret_body = body;
        return 0;
}

int scrape_get(const char *address, const char *path, int timeout_ms, int *ret_status,
               char **ret_body) {
        int64_t deadline_mono_ms = clock_mono_ms() + timeout_ms;
        char *answer = NULL, *question = NULL;
        int fd = -1;
        int r = connect_to(address, deadline_mono_ms, &fd);

        if (r < 0)
                return r;
        if (asprintf(&question, "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", path, address) < 0) {
                question = NULL;
                r = err_raise(-ENOMEM);
                goto out;
        }
        if (send(fd, question, strlen(question), MSG_NOSIGNAL) != (ssize_t)strlen(question)) {
                r = err_raise_why(-ECONNRESET, "%s: cannot send the request", address);
                goto out;
        }
        r = answer_read(fd, deadline_mono_ms, &answer);
        if (r < 0)
                err_raise_why(r, "%s: %s", address, err_text(-r));
        else
                r = answer_split(answer, ret_status, ret_body);
out:
        close(fd);
        free(question);
        free(answer);
        return r;
}

/* --- metrics ------------------------------------------------------------------------------------------- */

/* Match the line at @at with metric @name and labels that contain @labels. Return: the text after the labels, or
 * NULL. */
static const char *sample_match(const char *at, const char *name, const char *labels) {
        size_t name_bytes = strlen(name);
        size_t line_bytes = strcspn(at, "\n");

        if (strncmp(at, name, name_bytes) != 0)
                return NULL;
        at += name_bytes;
        if (*at == ' ')
                return *labels ? NULL : at;
        if (*at != '{')
                return NULL;

        const char *close = memchr(at, '}', line_bytes - name_bytes);
        const char *found = close ? memmem(at, (size_t)(close - at), labels, strlen(labels)) : NULL;

        return found || (close && !*labels) ? close + 1 : NULL;
}

bool scrape_sum(const char *text, const char *name, const char *labels, double *ret) {
        double sum = 0;
        bool any = false;

        for (const char *line = text; line;
             line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
                const char *value = sample_match(line, name, labels);

                if (!value)
                        continue;
                sum += strtod(value, NULL);
                any = true;
        }
        if (any)
                *ret = sum;
        return any;
}

bool scrape_quantiles(const char *text, const char *name, const char *labels, int64_t *ret_p50_us,
                      int64_t *ret_p99_us) {
        int64_t p50_us = 0, p99_us = 0;
        bool any = false;

        for (const char *line = text; line;
             line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
                const char *rest =
                        strncmp(line, "# ", 2) == 0 ? sample_match(line + 2, name, labels) : NULL;
                int64_t one_p50_us, one_p99_us;

                if (!rest || sscanf(rest, " p50 %" SCNd64 " us, p99 %" SCNd64 " us", &one_p50_us,
                                    &one_p99_us) != 2)
                        continue;
                p50_us = one_p50_us > p50_us ? one_p50_us : p50_us;
                p99_us = one_p99_us > p99_us ? one_p99_us : p99_us;
                any = true;
        }
        if (any) {
                *ret_p50_us = p50_us;
                *ret_p99_us = p99_us;
        }
        return any;
}
