/* SPDX-License-Identifier: MIT */
#include "cli/keys/curve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <zmq.h>

#include "common/base/err.h"

int curve_new(struct curve_pair *ret) {
        if (zmq_curve_keypair(ret->public_key, ret->secret_key) < 0)
                return err_raise_why(-ENOTSUP, "libzmq was built without CURVE");
        return 0;
}

static bool z85_is_key(const char *text) {
        uint8_t binary[32];

        return strlen(text) == CURVE_TEXT_BYTES - 1 && zmq_z85_decode(binary, text);
}

static int file_read(char *ret, size_t ret_bytes, const char *dir, const char *name) {
        char path[PATH_MAX];
        ssize_t length;
        int fd;

        snprintf(path, sizeof(path), "%s/%s", dir, name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return err_raise_why(-errno, "cannot read the key file %s", path);
        length = read(fd, ret, ret_bytes - 1);
        close(fd);
        if (length < 0)
                return err_raise_why(-errno, "cannot read the key file %s", path);
        ret[length] = '\0';
        return 0;
}

static int file_write(const char *text, const char *dir, const char *name, mode_t mode) {
        char path[PATH_MAX];
        ssize_t length = (ssize_t)strlen(text);
        int r = 0;
        int fd;

        snprintf(path, sizeof(path), "%s/%s", dir, name);
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
        if (fd < 0)
                return err_raise_why(-errno, "cannot write the key file %s", path);
        if (write(fd, text, (size_t)length) != length)
                r = err_raise_why(-EIO, "cannot write the key file %s", path);
        close(fd);
        return r;
}

int curve_read(struct curve_pair *ret, const char *dir, const char *id) {
        char name[NAME_MAX], text[512];
        struct curve_pair pair;
        int r;

        snprintf(name, sizeof(name), "%s.key", id);
        r = file_read(text, sizeof(text), dir, name);
        if (r < 0)
                return r;
        if (sscanf(text, "public-key %40s\nsecret-key %40s", pair.public_key, pair.secret_key) !=
                    2 ||
            !z85_is_key(pair.public_key) || !z85_is_key(pair.secret_key))
                return err_raise_why(-EINVAL, "%s/%s is not a key file of vigil keys new", dir,
                                     name);
        *ret = pair;
        return 0;
}

int curve_write(const struct curve_pair *pair, const char *dir, const char *id) {
        char name[NAME_MAX], text[256];

        snprintf(name, sizeof(name), "%s.key", id);
        snprintf(text, sizeof(text), "public-key %s\nsecret-key %s\n", pair->public_key,
                 pair->secret_key);
        return file_write(text, dir, name, 0600);
}

int curve_read_server(char ret_public[CURVE_TEXT_BYTES], const char *dir) {
        char text[256];
        int r = file_read(text, sizeof(text), dir, "server.pub");

        if (r < 0)
                return r;
        text[strcspn(text, " \r\n")] = '\0';
        if (!z85_is_key(text))
                return err_raise_why(-EINVAL, "%s/server.pub is not a Z85 key", dir);
        memcpy(ret_public, text, CURVE_TEXT_BYTES);
        return 0;
}

int curve_write_server(const struct curve_pair *pair, const char *dir) {
        char text[CURVE_TEXT_BYTES + 1];
        int r = curve_write(pair, dir, "server");

        if (r < 0)
                return r;
        snprintf(text, sizeof(text), "%s\n", pair->public_key);
        return file_write(text, dir, "server.pub", 0644);
}
