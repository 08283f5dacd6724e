/* SPDX-License-Identifier: MIT */
#include "cli/sim/world/neighbourhood_csv.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/base/err.h"

/* RFC 4180; quotes only where needed. */
static void cell(FILE *file, const char *text, char end) {
        if (!strpbrk(text, ",\"\r\n")) {
                fprintf(file, "%s%c", text, end);
                return;
        }
        fputc('"', file);
        for (; *text; text++) {
                if (*text == '"')
                        fputc('"', file);
                fputc(*text, file);
        }
        fprintf(file, "\"%c", end);
}

static void words(FILE *file, const struct registry_words *words) {
        for (int i = 0; i < words->count; i++)
                fprintf(file, "%s%s", i ? ";" : "", words->word[i]);
        fputc(',', file);
}

static void elders_write(FILE *file, const struct neighbourhood *hood) {
        fputs("id,name,birth_year,care_level,conditions,tags,lives_alone,address,phone,lat,lon,"
              "district,site\n",
              file);
        for (size_t i = 0; i < hood->elder_count; i++) {
                const struct registry_elder *elder = &hood->elders[i];

                cell(file, elder->id, ',');
                cell(file, elder->name, ',');
                fprintf(file, "%d,%s,", elder->birth_year, elder->care_level);
                words(file, &elder->conditions);
                words(file, &elder->tags);
                fprintf(file, "%s,", elder->lives_alone ? "yes" : "no");
                cell(file, elder->address, ',');
                cell(file, elder->phone, ',');
                fprintf(file, "%.5f,%.5f,%s,%s\n", elder->latitude_deg, elder->longitude_deg,
                        elder->district, elder->site);
        }
}

/* Write a duration in the largest unit without a fraction. */
static void duration(FILE *file, int64_t ms) {
        static const struct {
                int64_t ms;
                char unit;
        } units[] = {{86400000, 'd'}, {3600000, 'h'}, {60000, 'm'}, {1000, 's'}};
        size_t i = 0;

        while (i < 3 && ms % units[i].ms != 0)
                i++;
        fprintf(file, "%lld%c,", (long long)(ms / units[i].ms), units[i].unit);
}

static void date(FILE *file, int64_t time_ms) {
        time_t seconds = (time_t)(time_ms / 1000);
        struct tm tm;
        char text[16];

        gmtime_r(&seconds, &tm);
        strftime(text, sizeof(text), "%Y-%m-%d", &tm);
        fprintf(file, "%s\n", text);
}

static void devices_write(FILE *file, const struct neighbourhood *hood) {
        fputs("id,elder,class,room,wearing_position,profile,foreign_id,heartbeat,commissioned\n",
              file);
        for (size_t i = 0; i < hood->device_count; i++) {
                const struct registry_device *device = &hood->devices[i];

                fprintf(file, "%s,%s,%s,%s,%s,%s,", device->id, device->elder_id,
                        device->device_class, device->room, device->wearing_position,
                        device->profile);
                cell(file, device->foreign_id, ',');
                duration(file, device->heartbeat_ms);
                date(file, device->commissioned_time_ms);
        }
}

static void contacts_write(FILE *file, const struct neighbourhood *hood) {
        fputs("id,elder,name,relation,phone,order\n", file);
        for (size_t i = 0; i < hood->contact_count; i++) {
                const struct registry_contact *contact = &hood->contacts[i];

                fprintf(file, "%s,%s,", contact->id, contact->elder_id);
                cell(file, contact->name, ',');
                fprintf(file, "%s,%s,%d\n", contact->relation, contact->phone, contact->order);
        }
}

static void teams_write(FILE *file, const struct neighbourhood *hood) {
        fputs("id,name,district,lat,lon,skills,on_duty_from,on_duty_to,on_duty_days\n", file);
        for (size_t i = 0; i < hood->team_count; i++) {
                const struct registry_team *team = &hood->teams[i];
                const char *separator = "";

                fprintf(file, "%s,", team->id);
                cell(file, team->name, ',');
                fprintf(file, "%s,%.5f,%.5f,", team->district, team->latitude_deg,
                        team->longitude_deg);
                words(file, &team->skills);
                fprintf(file, "%02d:%02d,%02d:%02d,", team->on_duty_from_minute / 60,
                        team->on_duty_from_minute % 60, team->on_duty_to_minute / 60,
                        team->on_duty_to_minute % 60);
                for (int day = 0; day < 7; day++)
                        if (team->on_duty_days[day]) {
                                fprintf(file, "%s%s", separator, registry_day_name(day));
                                separator = ";";
                        }
                fputc('\n', file);
        }
}

static void districts_write(FILE *file, const struct neighbourhood *hood) {
        fputs("id,name,parent,time_zone\n", file);
        for (size_t i = 0; i < hood->district_count; i++) {
                const struct registry_district *district = &hood->districts[i];

                fprintf(file, "%s,", district->id);
                cell(file, district->name, ',');
                fprintf(file, "%s,%s\n", district->parent, district->time_zone);
        }
}

int neighbourhood_csv_write(const struct neighbourhood *hood, const char *dir) {
        static const struct {
                const char *name;
                void (*write)(FILE *file, const struct neighbourhood *hood);
        } files[] = {
                {"elders.csv", elders_write},       {"devices.csv", devices_write},
                {"contacts.csv", contacts_write},   {"teams.csv", teams_write},
                {"districts.csv", districts_write},
        };

        if (mkdir(dir, 0777) < 0 && errno != EEXIST)
                return err_raise_why(-errno, "cannot make the folder %s", dir);
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                char path[PATH_MAX];
                FILE *file;
                bool broken;

                snprintf(path, sizeof(path), "%s/%s", dir, files[i].name);
                file = fopen(path, "we");
                if (!file)
                        return err_raise_why(-errno, "cannot write %s", path);
                files[i].write(file, hood);
                broken = ferror(file) != 0;
                broken |= fclose(file) != 0;
                if (broken)
                        return err_raise_why(-EIO, "cannot write %s", path);
        }
        return 0;
}
