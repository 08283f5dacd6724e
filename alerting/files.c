/* SPDX-License-Identifier: MIT */
#include "alerting/files.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alerting/base/stats.h"
#include "common/base/clock.h"
#include "common/files/diag.h"
#include "common/base/err.h"
#include "common/base/log.h"

int64_t files_modified_ns(const char *path) {
        struct stat info;

        if (stat(path, &info) < 0)
                return 0;
        return (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
}

/* A desk that nobody can be is the end of every ladder. */
void files_warn_of_desks(const struct alerting *alerting) {
        const char *desk = ladders_desk_default(alerting->ladders);

        if (!channels_can_reach(alerting->channels, desk))
                log_event(LOG_WARN, "V0442", "the desk of escalation.yaml has no key", "desk", desk,
                          NULL);
}

static int reload_ladders(struct alerting *alerting, struct diag *diag) {
        int64_t modified = files_modified_ns(alerting->conf->alerting.ladders);
        struct ladders *ladders = NULL;
        int r;

        if (modified == alerting->ladders_seen_ns)
                return GATE_UNCHANGED;
        alerting->ladders_seen_ns = modified;
        r = ladders_load(&ladders, alerting->conf->alerting.ladders, diag);
        if (r != 0)
                return r;
        ladders_free(alerting->ladders);
        alerting->ladders = ladders;
        alerting->view.ladders = ladders;
        return 0;
}

static void tell_reload(struct alerting *alerting, const char *what, int r) {
        if (r == GATE_UNCHANGED)
                return;
        stats_set(STAT_RELOAD_OK, r == 0);
        if (r == 0) {
                stats_set(STAT_RELOAD_TIME, clock_wall_ms() / 1000);
                log_event(LOG_INFO, "V0441", "file taken into force", "file", what, NULL);
                files_warn_of_desks(alerting);
                return;
        }
        log_event(LOG_ERROR, "V0443", "file refused, the one in force stays", "file", what, "why",
                  r < 0 ? err_why() : "see above", NULL);
}

void files_reload(struct alerting *alerting) {
        struct diag *diag = NULL;

        if (diag_new(&diag) < 0)
                return;
        tell_reload(alerting, "allowed.yaml", gate_reload(alerting->gate, diag));
        tell_reload(alerting, "escalation.yaml", reload_ladders(alerting, diag));
        diag_print(diag, stderr, false);
        diag_free(diag);
}
