/* SPDX-License-Identifier: MIT */
#include "bench/engine/city_rules.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/engine/chatter.h"
#include "common/base/err.h"

enum { FOR_EVERYBODY = 4, HALF_A_YEAR_S = 182 * 86400 };

static const char head[] = "version: 1\n";

/* Write the end of a rule, after its condition. */
static void write_outcome(FILE *file) {
        fputs("    severity: minor\n    page: none\n", file);
}

static void write_everybody(FILE *file, enum city_rules_edition edition) {
        fputs("  - id: city-heart-rate\n    title: { zh: 心率过高, en: Heart rate high }\n"
              "    when: { vital: heart_rate, above: 160, clear_below: 150, for: 60s }\n",
              file);
        write_outcome(file);
        fputs("  - id: city-spo2\n    title: { zh: 血氧过低, en: Blood oxygen low }\n"
              "    when: { vital: spo2, below: 84, clear_above: 88, for: 60s }\n",
              file);
        write_outcome(file);
        fputs("  - id: city-quiet\n    title: { zh: 长时间无活动, en: No activity }\n"
              "    when: { quiet: [ motion, bed, steps ], longer_than: 20h }\n",
              file);
        write_outcome(file);
        if (edition == CITY_RULES_ANOTHER_RULE)
                fputs("  - id: city-late\n    title: { zh: 长时间未起床, en: Still in bed }\n"
                      "    when: { quiet: [ motion, steps ], longer_than: 22h }\n",
                      file);
        else
                fputs("  - id: city-glucose\n    title: { zh: 血糖过低, en: Glucose low }\n"
                      "    when: { vital: blood_glucose, below: 4 }\n",
                      file);
        write_outcome(file);
}

static void write_condition(FILE *file, uint32_t number, bool other) {
        uint32_t step = number % 7 + other;

        switch (number % 5) {
        case 0:
                fprintf(file, "{ vital: heart_rate, above: %u, for: 2m }\n", 130 + step);
                break;
        case 1:
                fprintf(file, "{ vital: spo2, below: %u, for: 3m }\n", 88 - step);
                break;
        case 2:
                fprintf(file, "{ vital: respiration_rate, above: %u, for: 2m }\n", 26 + step);
                break;
        case 3:
                fprintf(file, "{ vital: systolic_bp, above: %u, clear_below: 160 }\n", 182 + step);
                break;
        default:
                fprintf(file,
                        "{ event: door_open, during: [ { from: \"22:00\", to: \"05:%02u\" } ] }\n",
                        30 + step);
                break;
        }
}

static void write_district(FILE *file, uint32_t number, enum city_rules_edition edition) {
        fprintf(file,
                "  - id: district-%u\n    title: { zh: 片区规则 %u, en: District rule %u }\n"
                "    when: ",
                number, number, number);
        write_condition(file, number / CHATTER_DISTRICTS, edition == CITY_RULES_OTHER_LIMITS);
        fprintf(file, "    applies_to: { districts: [ grid-%u ] }\n", number % CHATTER_DISTRICTS);
        write_outcome(file);
}

/* --- files -------------------------------------------------------------------------------------------- */

static int file_open(FILE **ret, const char *folder, const char *name, const char *mode) {
        char path[PATH_MAX];

        snprintf(path, sizeof(path), "%s/%s", folder, name);
        *ret = fopen(path, mode);
        return *ret ? 0 : err_raise_why(-errno, "cannot write %s", path);
}

/* Close the new file and rename it over the old one, as an editor does. */
static int file_close(FILE *file, const char *folder, const char *from, const char *to) {
        char old[PATH_MAX], new[PATH_MAX];
        bool failed = ferror(file) != 0;

        snprintf(old, sizeof(old), "%s/%s", folder, from);
        snprintf(new, sizeof(new), "%s/%s", folder, to);
        if (fclose(file) != 0 || failed)
                return err_raise_why(-EIO, "cannot write %s", old);
        return rename(old, new) == 0 ? 0 : err_raise(-errno);
}

static bool is_rule_file(const char *name) {
        const char *end = strrchr(name, '.');

        return name[0] != '.' && end && strcmp(end, ".yaml") == 0 && !strstr(name, ".test.");
}

static int link_samples(const char *folder, const char *sample) {
        struct dirent *entry;
        char from[PATH_MAX], whole[PATH_MAX], to[PATH_MAX];
        DIR *dir = opendir(sample);
        int r = 0;

        if (!dir)
                return err_raise_why(-errno, "cannot read %s", sample);
        while (r == 0 && (entry = readdir(dir))) {
                if (!is_rule_file(entry->d_name))
                        continue;
                snprintf(from, sizeof(from), "%s/%s", sample, entry->d_name);
                snprintf(to, sizeof(to), "%s/%s", folder, entry->d_name);
                if (!realpath(from, whole) || (symlink(whole, to) < 0 && errno != EEXIST))
                        r = err_raise(-errno);
        }
        closedir(dir);
        return r;
}

int city_rules_write(const char *folder, const char *sample, uint32_t sample_rules,
                     enum city_rules_edition edition) {
        FILE *file;
        int r = link_samples(folder, sample);

        if (r == 0)
                r = file_open(&file, folder, "90-city.new", "we");
        if (r < 0)
                return r;
        fprintf(file, "%srules:\n", head);
        write_everybody(file, edition);
        for (uint32_t i = 0; i + FOR_EVERYBODY + sample_rules < CITY_RULES; i++)
                write_district(file, i, edition);
        return file_close(file, folder, "90-city.new", "90-city.yaml");
}

int city_rules_overrides_write(const char *folder, uint32_t count, uint32_t elder_count,
                               int64_t now_ms) {
        static const char *const sets[] = {
                "rule: city-heart-rate\n    set: { above: 170, clear_below: 155 }",
                "rule: city-spo2\n    set: { below: 80, clear_above: 86 }",
                "rule: city-quiet\n    set: { longer_than: 23h }",
        };
        time_t until = (time_t)(now_ms / 1000) + HALF_A_YEAR_S;
        char path[PATH_MAX], day[16];
        struct tm broken;
        FILE *file;
        int r;

        snprintf(path, sizeof(path), "%s/overrides.d", folder);
        if (mkdir(path, 0700) < 0 && errno != EEXIST)
                return err_raise_why(-errno, "cannot make %s", path);
        r = file_open(&file, path, "elders.new", "we");
        if (r < 0)
                return r;
        strftime(day, sizeof(day), "%Y-%m-%d", gmtime_r(&until, &broken));
        fprintf(file, "%soverrides:\n", head);
        for (uint32_t i = 0; i < count; i++)
                fprintf(file,
                        "  - elder: E%07" PRIu64 "\n    %s\n    reason: 医嘱 %u\n    until: %s\n",
                        (uint64_t)i * elder_count / count, sets[i % 3], i, day);
        return file_close(file, path, "elders.new", "elders.yaml");
}

static void remove_files(const char *folder) {
        struct dirent *entry;
        char path[PATH_MAX];
        DIR *dir = opendir(folder);

        while (dir && (entry = readdir(dir))) {
                snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
                if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
                        remove_files(path);
                else if (entry->d_type != DT_DIR)
                        unlink(path);
        }
        if (dir)
                closedir(dir);
        rmdir(folder);
}

void city_rules_remove(const char *folder) {
        remove_files(folder);
}
