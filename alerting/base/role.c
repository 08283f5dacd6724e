/* SPDX-License-Identifier: MIT */
#include "alerting/base/role.h"

#include <string.h>

#include "common/base/require.h"

const char *const role_names[] = {"family", "team", "desk", "monitor", "ingest", NULL};

const char *role_name(enum role role) {
        require(role < ROLE_COUNT, "role %d", (int)role);
        return role_names[role];
}

int role_parse(const char *name) {
        for (int i = 0; role_names[i]; i++) {
                if (strcmp(role_names[i], name) == 0)
                        return i;
        }
        return -1;
}
