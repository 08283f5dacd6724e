/* SPDX-License-Identifier: MIT */
#include "cli/registry/registry_csv.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/registry/csv.h"
#include "cli/registry/registry_cell.h"
#include "common/base/err.h"
#include "common/language/say.h"
#include "common/registry/registry_json.h"

enum {
        COLUMNS_MAX = 16,
        DISTRICTS_SUGGESTED = 4096,
        PLACES_MIN = 5, /* fewer do not show where a site is */
};
#define PLACE_FAR_DEG 3.0 /* about 300 km, more than the extent of a site */

#define TEXT(s, name, kind, need, member)                                                          \
        { name, kind, need, offsetof(struct s, member), sizeof(((struct s *)0)->member) }
#define VALUE(s, name, kind, member)                                                               \
        { name, kind, false, offsetof(struct s, member), 0 }

static const struct registry_cell_column district_columns[] = {
        TEXT(registry_district, "id", REGISTRY_CELL_ID, true, id),
        TEXT(registry_district, "name", REGISTRY_CELL_TEXT, true, name),
        TEXT(registry_district, "parent", REGISTRY_CELL_WORD, false,
             parent), /* checked when all districts are known */
        TEXT(registry_district, "time_zone", REGISTRY_CELL_ZONE, false, time_zone),
};

static const struct registry_cell_column elder_columns[] = {
        TEXT(registry_elder, "id", REGISTRY_CELL_ID, true, id),
        TEXT(registry_elder, "name", REGISTRY_CELL_TEXT, true, name),
        VALUE(registry_elder, "birth_year", REGISTRY_CELL_YEAR, birth_year),
        TEXT(registry_elder, "care_level", REGISTRY_CELL_CARE_LEVEL, true, care_level),
        VALUE(registry_elder, "conditions", REGISTRY_CELL_WORDS, conditions),
        VALUE(registry_elder, "tags", REGISTRY_CELL_WORDS, tags),
        VALUE(registry_elder, "lives_alone", REGISTRY_CELL_YES_NO, lives_alone),
        TEXT(registry_elder, "address", REGISTRY_CELL_TEXT, false, address),
        TEXT(registry_elder, "phone", REGISTRY_CELL_PHONE, false, phone),
        VALUE(registry_elder, "lat", REGISTRY_CELL_LATITUDE, latitude_deg),
        VALUE(registry_elder, "lon", REGISTRY_CELL_LONGITUDE, longitude_deg),
        TEXT(registry_elder, "district", REGISTRY_CELL_DISTRICT, true, district),
        TEXT(registry_elder, "site", REGISTRY_CELL_WORD, false, site),
};

static const struct registry_cell_column device_columns[] = {
        TEXT(registry_device, "id", REGISTRY_CELL_ID, true, id),
        TEXT(registry_device, "elder", REGISTRY_CELL_ELDER, true, elder_id),
        TEXT(registry_device, "class", REGISTRY_CELL_WORD, true, device_class),
        TEXT(registry_device, "room", REGISTRY_CELL_WORD, false, room),
        TEXT(registry_device, "wearing_position", REGISTRY_CELL_WORD, false, wearing_position),
        TEXT(registry_device, "profile", REGISTRY_CELL_WORD, false, profile),
        TEXT(registry_device, "foreign_id", REGISTRY_CELL_TEXT, false, foreign_id),
        VALUE(registry_device, "heartbeat", REGISTRY_CELL_DURATION, heartbeat_ms),
        VALUE(registry_device, "commissioned", REGISTRY_CELL_TIME, commissioned_time_ms),
};

static const struct registry_cell_column contact_columns[] = {
        TEXT(registry_contact, "id", REGISTRY_CELL_ID, true, id),
        TEXT(registry_contact, "elder", REGISTRY_CELL_ELDER, true, elder_id),
        TEXT(registry_contact, "name", REGISTRY_CELL_TEXT, true, name),
        TEXT(registry_contact, "relation", REGISTRY_CELL_WORD, false, relation),
        TEXT(registry_contact, "phone", REGISTRY_CELL_PHONE, true, phone),
        VALUE(registry_contact, "order", REGISTRY_CELL_ORDER, order),
};

static const struct registry_cell_column team_columns[] = {
        TEXT(registry_team, "id", REGISTRY_CELL_ID, true, id),
        TEXT(registry_team, "name", REGISTRY_CELL_TEXT, true, name),
        TEXT(registry_team, "district", REGISTRY_CELL_DISTRICT, true, district),
        VALUE(registry_team, "lat", REGISTRY_CELL_LATITUDE, latitude_deg),
        VALUE(registry_team, "lon", REGISTRY_CELL_LONGITUDE, longitude_deg),
        VALUE(registry_team, "skills", REGISTRY_CELL_WORDS, skills),
        VALUE(registry_team, "on_duty_from", REGISTRY_CELL_MINUTE, on_duty_from_minute),
        VALUE(registry_team, "on_duty_to", REGISTRY_CELL_MINUTE, on_duty_to_minute),
        VALUE(registry_team, "on_duty_days", REGISTRY_CELL_DAYS, on_duty_days),
};

#define FILE_ROW(type, file, columns)                                                              \
        { type, file, columns, sizeof(columns) / sizeof(columns[0]) }

/* In this order, records are read before the rows that refer to them. */
static const struct file_plan {
        enum registry_type type;
        const char *file;
        const struct registry_cell_column *columns;
        size_t column_count;
} plans[REGISTRY_TYPES] = {
        FILE_ROW(REGISTRY_DISTRICT, "districts.csv", district_columns),
        FILE_ROW(REGISTRY_ELDER, "elders.csv", elder_columns),
        FILE_ROW(REGISTRY_DEVICE, "devices.csv", device_columns),
        FILE_ROW(REGISTRY_CONTACT, "contacts.csv", contact_columns),
        FILE_ROW(REGISTRY_TEAM, "teams.csv", team_columns),
};

/* Coordinates of a row, kept to compare them with all the others. */
struct place {
        double latitude_deg, longitude_deg;
        enum registry_type type;
        struct diag_mark mark;
};

struct loading {
        const char *folder;
        struct registry *registry;
        struct diag *diag;
        struct registry_csv_result *result;

        const struct file_plan *plan; /* the file being read */
        char *path;
        int cell_of[COLUMNS_MAX]; /* column of the plan -> cell of a row, -1: not in the file */

        struct place *places;
        size_t place_count, place_room;
};

const char *registry_csv_file(enum registry_type type) {
        for (size_t i = 0; i < REGISTRY_TYPES; i++)
                if (plans[i].type == type)
                        return plans[i].file;
        return NULL;
}

const struct registry_cell_column *registry_csv_columns(enum registry_type type,
                                                        size_t *ret_count) {
        size_t i = 0;

        while (plans[i].type != type)
                i++;
        *ret_count = plans[i].column_count;
        return plans[i].columns;
}

/* --- the header -------------------------------------------------------------------------------- */

static int column_find(const struct file_plan *plan, const char *name) {
        for (size_t i = 0; i < plan->column_count; i++)
                if (strcmp(plan->columns[i].name, name) == 0)
                        return (int)i;
        return -1;
}

static void column_unknown(struct loading *loading, const struct csv_cell *cell) {
        const char *names[COLUMNS_MAX + 1] = {NULL};
        char known[320] = "";

        for (size_t i = 0; i < loading->plan->column_count; i++) {
                names[i] = loading->plan->columns[i].name;
                if (i)
                        strcat(known, ", ");
                strcat(known, names[i]);
        }

        const char *nearest = diag_nearest(cell->text, names);

        if (nearest)
                diag_hint(loading->diag, "did you mean \"%s\"?", nearest);
        else
                diag_hint(loading->diag, "columns: %s", known);
        if (cell->bytes)
                diag_add(loading->diag, DIAG_ERROR, "G011", loading->path, cell->mark, NULL,
                         "unknown column \"%.40s\"", cell->text);
        else
                diag_add(loading->diag, DIAG_ERROR, "G011", loading->path, cell->mark, NULL,
                         "a column without a name");
}

/* Another locale makes a spreadsheet write another separator: report that once instead of an error per column. */
static bool separator_is_comma(struct loading *loading, const struct csv_row *row) {
        static const struct {
                const char *text, *name;
        } others[] = {{";", N_("semicolons")}, {"\t", N_("tabs")}, {"，", N_("full-width commas")}};

        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
                const char *found = strstr(row->cells[0].text, others[i].text);

                if (row->count > 2 || !found)
                        continue;
                diag_add(loading->diag, DIAG_ERROR, "G012", loading->path,
                         (struct diag_mark){.line = row->line},
                         "save it as comma-separated values (CSV)",
                         "the columns are separated by %s",
                         diag_word(loading->diag, others[i].name));
                return false;
        }
        return true;
}

/* Return: true when the rows below the header can be read. */
static bool header_read(struct loading *loading, const struct csv_row *row) {
        const struct file_plan *plan = loading->plan;
        bool fine = true;

        for (size_t i = 0; i < COLUMNS_MAX; i++)
                loading->cell_of[i] = -1;
        if (!separator_is_comma(loading, row))
                return false;
        for (size_t i = 0; i < row->count; i++) {
                int column = column_find(plan, row->cells[i].text);

                if (column < 0) {
                        column_unknown(loading, &row->cells[i]);
                } else if (loading->cell_of[column] >= 0) {
                        diag_add(loading->diag, DIAG_ERROR, "G013", loading->path,
                                 row->cells[i].mark, NULL, "column \"%s\" is given twice",
                                 row->cells[i].text);
                } else {
                        loading->cell_of[column] = (int)i;
                }
        }
        for (size_t i = 0; i < plan->column_count; i++) {
                if (!plan->columns[i].required || loading->cell_of[i] >= 0)
                        continue;
                diag_add(loading->diag, DIAG_ERROR, "G012", loading->path,
                         (struct diag_mark){.line = row->line}, NULL, "column \"%s\" is missing",
                         plan->columns[i].name);
                fine = false;
        }
        return fine;
}

/* --- what cells refer to ------------------------------------------------------------------------ */

static void district_unknown(struct loading *loading, struct diag_mark mark, const char *what,
                             const char *id) {
        const char *names[DISTRICTS_SUGGESTED + 1];
        size_t count = 0;
        const struct registry_district *district;

        while (count < DISTRICTS_SUGGESTED &&
               (district = registry_at(loading->registry, REGISTRY_DISTRICT, count)))
                names[count++] = district->id;
        names[count] = NULL;

        const char *nearest = diag_nearest(id, names);

        if (nearest)
                diag_hint(loading->diag, "did you mean \"%s\"?", nearest);
        diag_add(loading->diag, DIAG_ERROR, "G023", loading->path, mark, NULL,
                 "%s \"%s\" is not in districts.csv", what, id);
}

static void reference_check(struct loading *loading, const struct registry_cell_column *column,
                            const struct csv_cell *cell, const char *id) {
        if (column->kind == REGISTRY_CELL_DISTRICT && loading->result->present[REGISTRY_DISTRICT] &&
            !registry_district(loading->registry, id))
                district_unknown(loading, cell->mark, column->name, id);
        if (column->kind == REGISTRY_CELL_ELDER && loading->result->present[REGISTRY_ELDER] &&
            !registry_elder(loading->registry, id))
                diag_add(loading->diag, DIAG_ERROR, "G023", loading->path, cell->mark, NULL,
                         "elder \"%s\" is not in elders.csv", id);
}

static void parent_check(struct loading *loading, const struct csv_cell *cell, const char *parent) {
        if (!registry_district(loading->registry, parent))
                district_unknown(loading, cell->mark, "parent", parent);
}

/* --- a row --------------------------------------------------------------------------------------- */

/* Copy the cell without surrounding spaces to @ret. Return: false when nothing is left. */
static bool cell_trim(const struct csv_cell *cell, char *ret, size_t ret_bytes) {
        size_t from = strspn(cell->text, " ");
        size_t bytes = cell->bytes - from;

        while (bytes && cell->text[from + bytes - 1] == ' ')
                bytes--;
        if (bytes >= ret_bytes)
                bytes = ret_bytes - 1;
        memcpy(ret, cell->text + from, bytes);
        ret[bytes] = '\0';
        return bytes > 0;
}

static void record_clear(enum registry_type type, union registry_record *record) {
        memset(record, 0, sizeof(*record));
        if (type == REGISTRY_ELDER)
                record->elder.latitude_deg = record->elder.longitude_deg = NAN;
        if (type == REGISTRY_CONTACT)
                record->contact.order = 1;
        if (type != REGISTRY_TEAM)
                return;
        record->team.latitude_deg = record->team.longitude_deg = NAN;
        memset(record->team.on_duty_days, true, sizeof(record->team.on_duty_days));
}

static const struct csv_cell *cell_named(const struct loading *loading, const struct csv_row *row,
                                         const char *name) {
        int column = column_find(loading->plan, name);

        return column >= 0 && loading->cell_of[column] >= 0 ? &row->cells[loading->cell_of[column]]
                                                            : NULL;
}

static bool cell_is_empty(const struct csv_cell *cell) {
        return !cell || strspn(cell->text, " ") == cell->bytes;
}

/* Two cells must be given together or not at all. */
static void pair_check(struct loading *loading, const struct csv_row *row, const char *first,
                       const char *second, const char *code) {
        const struct csv_cell *left = cell_named(loading, row, first);
        const struct csv_cell *right = cell_named(loading, row, second);

        if (cell_is_empty(left) == cell_is_empty(right))
                return;
        diag_add(loading->diag, DIAG_ERROR, code, loading->path,
                 cell_is_empty(left) ? right->mark : left->mark, NULL, "%s and %s: both or neither",
                 first, second);
}

static int place_note(struct loading *loading, const struct csv_row *row,
                      const union registry_record *record) {
        bool elder = loading->plan->type == REGISTRY_ELDER;

        if (!elder && loading->plan->type != REGISTRY_TEAM)
                return 0;

        struct place place = {
                .latitude_deg = elder ? record->elder.latitude_deg : record->team.latitude_deg,
                .longitude_deg = elder ? record->elder.longitude_deg : record->team.longitude_deg,
                .type = loading->plan->type,
        };
        const struct csv_cell *cell = cell_named(loading, row, "lat");

        if (isnan(place.latitude_deg) || isnan(place.longitude_deg) || !cell)
                return 0;
        place.mark = cell->mark;
        if (loading->place_count == loading->place_room) {
                size_t room = loading->place_room ? 2 * loading->place_room : 256;
                struct place *places = realloc(loading->places, room * sizeof(*places));

                if (!places)
                        return err_raise(-ENOMEM);
                loading->places = places;
                loading->place_room = room;
        }
        loading->places[loading->place_count++] = place;
        return 0;
}

/* Keep a row with a valid id even if the row has errors, so that rows that refer to it are not reported as well. */
static int record_keep(struct loading *loading, const struct csv_row *row,
                       const union registry_record *record) {
        enum registry_type type = loading->plan->type;
        const struct registry_shape *shape = registry_shape(type);
        const char *id = (const char *)record + shape->id_offset;

        if (!id[0])
                return 0;

        size_t before = registry_count(loading->registry, type);
        int r = registry_put(loading->registry, type, record);

        if (r == 0 && registry_count(loading->registry, type) == before)
                diag_add(loading->diag, DIAG_ERROR, "G022", loading->path,
                         cell_named(loading, row, "id")->mark, NULL, "id \"%s\" is used twice", id);
        return r < 0 ? r : place_note(loading, row, record);
}

static void foreign_check(struct loading *loading, const struct csv_row *row,
                          const struct registry_device *device) {
        const struct csv_cell *cell = cell_named(loading, row, "foreign_id");
        const char *name = device->foreign_id[0] ? device->foreign_id : device->id;
        const struct registry_device *other =
                registry_device_foreign(loading->registry, device->profile, name, strlen(name));

        if (cell && other && strcmp(other->id, device->id) != 0)
                diag_add(loading->diag, DIAG_ERROR, "G022", loading->path, cell->mark, NULL,
                         "foreign_id \"%s\" of profile \"%s\" is already device %s", name,
                         device->profile, other->id);
}

static void cell_take(struct loading *loading, const struct registry_cell_column *column,
                      const struct csv_cell *cell, union registry_record *record) {
        char text[512];
        struct registry_cell_fault fault = {.language = diag_language(loading->diag)};

        if (!cell_trim(cell, text, sizeof(text))) {
                if (column->required)
                        diag_add(loading->diag, DIAG_ERROR, "G020", loading->path, cell->mark, NULL,
                                 "%s is empty", column->name);
                return;
        }
        if (!registry_cell_read(column, text, record, &fault)) {
                diag_add(loading->diag, DIAG_ERROR, fault.code, loading->path, cell->mark,
                         fault.help, "%s", fault.message);
                return;
        }
        reference_check(loading, column, cell, (const char *)record + column->offset);
}

static int row_take(struct loading *loading, const struct csv_row *row) {
        const struct file_plan *plan = loading->plan;
        int errors = diag_errors(loading->diag);
        union registry_record record;

        record_clear(plan->type, &record);
        for (size_t i = 0; i < plan->column_count; i++)
                if (loading->cell_of[i] >= 0)
                        cell_take(loading, &plan->columns[i], &row->cells[loading->cell_of[i]],
                                  &record);
        if (plan->type == REGISTRY_ELDER || plan->type == REGISTRY_TEAM)
                pair_check(loading, row, "lat", "lon", "G026");
        if (plan->type == REGISTRY_TEAM)
                pair_check(loading, row, "on_duty_from", "on_duty_to", "G030");
        if (plan->type == REGISTRY_DEVICE)
                foreign_check(loading, row, &record.device);

        int r = record_keep(loading, row, &record);

        if (r == 0 && diag_errors(loading->diag) == errors)
                loading->result->rows[plan->type]++;
        return r;
}

/* --- a file -------------------------------------------------------------------------------------- */

/* A parent may follow its children in the file, so check parents in a second pass. */
static int parents_check(struct loading *loading, const char *text, size_t text_bytes) {
        struct diag *mute = NULL; /* its messages were reported in the first pass */
        struct csv *csv = NULL;
        struct csv_row row;
        int r = diag_new(&mute);

        if (r < 0)
                return r;
        r = csv_open(&csv, loading->path, text, text_bytes, mute);
        if (r != 0)
                goto out;
        r = csv_next(csv, &row); /* the header */
        while (r == 0 && (r = csv_next(csv, &row)) == 0) {
                const struct csv_cell *cell = cell_named(loading, &row, "parent");
                char parent[REGISTRY_ID_BYTES];

                if (cell && cell_trim(cell, parent, sizeof(parent)) &&
                    registry_id_is_valid(parent, strlen(parent), sizeof(parent)))
                        parent_check(loading, cell, parent);
        }
out:
        csv_close(csv);
        diag_free(mute);
        return r < 0 ? r : 0;
}

static int text_take(struct loading *loading, const char *text, size_t text_bytes) {
        struct csv *csv = NULL;
        struct csv_row row;
        int errors = diag_errors(loading->diag);
        int r = csv_open(&csv, loading->path, text, text_bytes, loading->diag);

        if (r == 0) {
                r = csv_next(csv, &row);
                if (r == CSV_END && diag_errors(loading->diag) == errors)
                        diag_add(loading->diag, DIAG_ERROR, "G033", loading->path,
                                 (struct diag_mark){0}, "the first line names the columns",
                                 "there is nothing in this file");
                if (r == 0 && header_read(loading, &row)) {
                        while ((r = csv_next(csv, &row)) == 0 && (r = row_take(loading, &row)) == 0)
                                ;
                        if (r == CSV_END && loading->plan->type == REGISTRY_DISTRICT)
                                r = parents_check(loading, text, text_bytes);
                }
        }
        csv_close(csv);
        /* Do not quote lines of text in another encoding: they would disturb the terminal. */
        if (r >= 0 && r != CSV_REFUSED && diag_errors(loading->diag) > errors)
                r = diag_file(loading->diag, loading->path, text, text_bytes);
        return r < 0 ? r : 0;
}

/* Read the whole file. Return: 0, -errno of opening or reading, -ENOMEM. */
static int file_read(const char *path, char **ret, size_t *ret_bytes) {
        FILE *file = fopen(path, "re");
        char *text = NULL;
        size_t bytes = 0;
        int r;

        if (!file)
                return -errno;

        FILE *memory = open_memstream(&text, &bytes);

        if (!memory) {
                fclose(file);
                return -ENOMEM;
        }

        char chunk[65536];
        size_t got;

        while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
                fwrite(chunk, 1, got, memory);
        r = ferror(file) ? -EIO : 0;
        fclose(file);
        if (fclose(memory) != 0 && r == 0)
                r = -ENOMEM;
        if (r < 0) {
                free(text);
                return r;
        }
        *ret = text;
        *ret_bytes = bytes;
        return 0;
}

static int file_take(struct loading *loading, const struct file_plan *plan) {
        char *text = NULL;
        size_t text_bytes = 0;
        int r;

        loading->plan = plan;
        free(loading->path);
        if (asprintf(&loading->path, "%s/%s", loading->folder, plan->file) < 0) {
                loading->path = NULL;
                return err_raise(-ENOMEM);
        }
        r = file_read(loading->path, &text, &text_bytes);
        if (r == -ENOENT) {
                diag_add(loading->diag, DIAG_WARNING, "G010", loading->path, (struct diag_mark){0},
                         "an empty file needs its header line",
                         "this file is missing: the records of its kind are left as they are");
                return 0;
        }
        if (r == -ENOMEM)
                return err_raise(r);
        loading->result->present[plan->type] = true;
        if (r < 0) {
                diag_add(loading->diag, DIAG_ERROR, "G010", loading->path, (struct diag_mark){0},
                         NULL, "cannot be read: %s", err_text(-r));
                return 0;
        }
        r = text_take(loading, text, text_bytes);
        free(text);
        return r;
}

/* --- all together --------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b) {
        double left = *(const double *)a, right = *(const double *)b;

        return (left > right) - (left < right);
}

/* All places of a site are in one region: coordinates far from the median are wrong, most often with latitude and
 * longitude swapped. */
static int places_check(struct loading *loading) {
        size_t count = loading->place_count;
        double *sorted = calloc(count + 1, sizeof(*sorted));

        if (!sorted)
                return err_raise(-ENOMEM);
        for (size_t i = 0; i < count; i++)
                sorted[i] = loading->places[i].latitude_deg;
        qsort(sorted, count, sizeof(*sorted), by_number);

        double latitude_deg = sorted[count / 2];

        for (size_t i = 0; i < count; i++)
                sorted[i] = loading->places[i].longitude_deg;
        qsort(sorted, count, sizeof(*sorted), by_number);

        double longitude_deg = sorted[count / 2];

        free(sorted);
        for (size_t i = 0; i < count && count >= PLACES_MIN; i++) {
                const struct place *place = &loading->places[i];
                bool far = fabs(place->latitude_deg - latitude_deg) > PLACE_FAR_DEG ||
                           fabs(place->longitude_deg - longitude_deg) > PLACE_FAR_DEG;
                bool swapped = fabs(place->longitude_deg - latitude_deg) <= PLACE_FAR_DEG &&
                               fabs(place->latitude_deg - longitude_deg) <= PLACE_FAR_DEG;
                char *path = NULL;

                if (!far)
                        continue;
                if (asprintf(&path, "%s/%s", loading->folder, registry_csv_file(place->type)) < 0)
                        return err_raise(-ENOMEM);
                if (swapped)
                        diag_add(loading->diag, DIAG_ERROR, "G026", path, place->mark, NULL,
                                 "lat and lon are swapped");
                else
                        diag_add(loading->diag, DIAG_WARNING, "G026", path, place->mark,
                                 "check the coordinates",
                                 "this place is far from all the others (around %.1f, %.1f)",
                                 latitude_deg, longitude_deg);
                free(path);
        }
        return 0;
}

int registry_csv_load(const char *folder, struct registry *registry, struct diag *diag,
                      struct registry_csv_result *ret) {
        struct registry_csv_result result = {0};
        struct loading loading = {
                .folder = folder,
                .registry = registry,
                .diag = diag,
                .result = &result,
        };
        int errors = diag_errors(diag);
        int r = 0;

        for (size_t i = 0; r == 0 && i < REGISTRY_TYPES; i++)
                r = file_take(&loading, &plans[i]);
        if (r == 0 && loading.place_count)
                r = places_check(&loading);
        if (r == 0 && !result.present[REGISTRY_ELDER] && !result.present[REGISTRY_DEVICE] &&
            !result.present[REGISTRY_CONTACT] && !result.present[REGISTRY_TEAM] &&
            !result.present[REGISTRY_DISTRICT])
                diag_add(diag, DIAG_ERROR, "G010", folder, (struct diag_mark){0},
                         "it should hold elders.csv, devices.csv, contacts.csv, teams.csv and "
                         "districts.csv",
                         "no registry files here");
        free(loading.path);
        free(loading.places);
        if (r < 0)
                return r;
        *ret = result;
        return diag_errors(diag) > errors ? REGISTRY_CSV_REFUSED : 0;
}
