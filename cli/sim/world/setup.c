/* SPDX-License-Identifier: MIT */
#include "cli/sim/world/setup.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cli/keys/curve.h"
#include "common/base/err.h"

struct keys_writer {
        const char *dir;
        FILE *allowed;
        int count;
};

static int pair_write(void *context, const char *role, const char *id) {
        struct keys_writer *writer = context;
        struct curve_pair pair;
        int r = curve_new(&pair);

        if (r == 0)
                r = curve_write(&pair, writer->dir, id);
        if (r < 0)
                return r;
        fprintf(writer->allowed, "  - { id: %s, role: %s, public_key: \"%s\" }\n", id, role,
                pair.public_key);
        writer->count++;
        return 0;
}

int setup_write_keys(const struct neighbourhood *hood, const char *dir) {
        char path[PATH_MAX], written[PATH_MAX];
        struct keys_writer writer = {.dir = dir};
        struct curve_pair server;
        int r;

        if (mkdir(dir, 0700) < 0 && errno != EEXIST)
                return err_raise_why(-errno, "cannot make the folder %s", dir);
        r = curve_new(&server);
        if (r == 0)
                r = curve_write_server(&server, dir);
        if (r < 0)
                return r;

        /* Write a new file and rename it, because alerting reloads the list when it changes. */
        snprintf(path, sizeof(path), "%s/allowed.yaml", dir);
        snprintf(written, sizeof(written), "%s/allowed.yaml.new", dir);
        writer.allowed = fopen(written, "we");
        if (!writer.allowed)
                return err_raise_why(-errno, "cannot write %s", written);
        fputs("version: 1\nallowed:\n", writer.allowed);
        r = pair_write(&writer, "monitor", SETUP_MONITOR_ID);
        if (r == 0)
                r = neighbourhood_recipients(hood, pair_write, &writer);
        if (fclose(writer.allowed) != 0 && r == 0)
                r = err_raise_why(-EIO, "cannot write %s", written);
        if (r == 0 && rename(written, path) < 0)
                r = err_raise_why(-errno, "cannot write %s", path);
        return r < 0 ? r : writer.count;
}
