/* SPDX-License-Identifier: MIT */
#include "cli/explain/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/check/ladders_beside.h"
#include "cli/command/cli.h"
#include "cli/registry/registry_csv.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/registry/registry_reader.h"

enum { POLL_MS = 100, RECORDS_A_POLL = 10000 };

const char *explain_time(const struct zone *zone, int64_t time_ms, char *ret) {
        int32_t offset_s = zone_offset_s(zone, time_ms);
        time_t local = (time_t)(time_ms / 1000 + offset_s);
        int minutes = abs(offset_s) / 60;
        char text[EXPLAIN_TIME_BYTES / 2 + 4];
        struct tm broken;

        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", gmtime_r(&local, &broken));
        snprintf(ret, EXPLAIN_TIME_BYTES, "%s.%03d %c%02d:%02d", text, (int)(time_ms % 1000),
                 offset_s < 0 ? '-' : '+', minutes / 60 % 100, minutes % 60);
        return ret;
}

/* --- open and close ----------------------------------------------------------------------------------- */

enum cli_exit explain_world_open(struct explain_world *world, struct cli *cli,
                                 const struct explain_options *options, bool of_alert) {
        bool offline = of_alert ? options->alerts != NULL
                                : options->rules && (options->registry || !options->elder);
        const char *zone = options->time_zone;
        enum cli_exit left;
        int r;

        *world = (struct explain_world){.options = options, .cli = cli};
        if (!offline || cli->conf_path || cli_conf_there(cli)) {
                left = cli_conf_load(cli, &world->conf);
                if (left != CLI_DONE)
                        return left;
        }
        if (!zone && world->conf)
                zone = world->conf->site.time_zone;
        world->time_zone = zone ? zone : "UTC";
        r = zone_open(&world->site, world->time_zone);
        return r == 0 ? CLI_DONE : cli_fail(cli, r);
}

void explain_world_close(struct explain_world *world) {
        rule_set_free(world->rules);
        lang_origins_fini(&world->origins);
        registry_free(world->registry);
        ladders_free(world->ladders);
        zone_close(world->site);
        zone_close(world->place);
        conf_free(world->conf);
        free(world->ladders_beside);
}

/* A district with an invalid or empty time zone uses the site's, as in alerting. */
const struct zone *explain_world_zone(struct explain_world *world, const char *district) {
        const struct registry_district *row =
                world->registry ? registry_district(world->registry, district) : NULL;

        world->place = zone_close(world->place);
        if (!row || !row->time_zone[0] || zone_open(&world->place, row->time_zone) < 0)
                return world->site;
        return world->place;
}

/* --- rules and ladders -------------------------------------------------------------------------------- */

static const char *ladders_path(struct explain_world *world, const char *rules) {
        const struct explain_options *options = world->options;

        if (options->ladders)
                return options->ladders;
        if (!options->rules)
                return world->conf->alerting.ladders;
        world->ladders_beside = ladders_beside(rules);
        return world->ladders_beside && access(world->ladders_beside, R_OK) == 0
                       ? world->ladders_beside
                       : NULL;
}

enum cli_exit explain_world_rules(struct explain_world *world) {
        const struct explain_options *options = world->options;
        const char *path = options->rules ? options->rules : world->conf->rules.files;
        const char *ladders = ladders_path(world, path);
        struct lang_options load = {
                .paths = &path,
                .path_count = 1,
                .time_zone = options->time_zone ? options->time_zone
                             : world->conf      ? world->conf->site.time_zone
                                                : NULL,
                .now_ms = options->now_ms,
                .origins = &world->origins,
        };
        struct diag *diag = NULL;
        int r = cli_diag_new(world->cli, &diag);

        if (r == 0)
                r = lang_load(&world->rules, &load, diag, NULL);
        if (r == 0 && ladders)
                r = ladders_load(&world->ladders, ladders, diag);
        if (diag && diag_errors(diag))
                cli_diag_print(world->cli, diag);
        diag_free(diag);
        return r == 0 ? CLI_DONE : r > 0 ? CLI_BAD : cli_fail(world->cli, r);
}

/* --- the registry --------------------------------------------------------------------------------------- */

static enum cli_exit folder_read(struct explain_world *world) {
        struct registry_csv_result result;
        struct diag *diag = NULL;
        int r = cli_diag_new(world->cli, &diag);

        if (r == 0)
                r = registry_csv_load(world->options->registry, world->registry, diag, &result);
        if (r > 0)
                cli_diag_print(world->cli, diag);
        diag_free(diag);
        return r == 0 ? CLI_DONE : r > 0 ? CLI_BAD : cli_fail(world->cli, r);
}

static int topic_read(struct explain_world *world) {
        int64_t deadline_mono_ms = clock_mono_ms() + world->options->timeout_ms;
        struct registry_reader *reader = NULL;
        int r = registry_reader_open(&reader, world->conf, world->registry, NULL, NULL);

        while (r >= 0 && !registry_reader_caught_up(reader)) {
                if (cli_interrupted())
                        r = -EINTR;
                else if (clock_mono_ms() >= deadline_mono_ms)
                        r = err_raise_why(-ETIMEDOUT,
                                          "kafka: the registry could not be read at %s; or name a "
                                          "folder of CSV files with --registry",
                                          world->conf->kafka.brokers);
                else
                        r = registry_reader_poll(reader, POLL_MS, RECORDS_A_POLL);
        }
        registry_reader_close(reader);
        return r < 0 ? r : 0;
}

enum cli_exit explain_world_registry(struct explain_world *world) {
        int r = registry_new(&world->registry);

        if (r == 0 && world->options->registry)
                return folder_read(world);
        if (r == 0)
                r = topic_read(world);
        return r == 0 ? CLI_DONE : cli_fail(world->cli, r);
}
