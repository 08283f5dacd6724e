/* SPDX-License-Identifier: MIT */
#include "common/registry/registry_json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "common/base/err.h"

enum { RECORD_VERSION = 1 };

int registry_key_parse(const char *key, size_t key_bytes, enum registry_type *ret_type,
                       char *ret_id) {
        const char *slash = memchr(key, '/', key_bytes);

        if (!slash)
                return err_raise_why(REGISTRY_REFUSED,
                                     "a key is <type>/<id>, this one has no slash");

        size_t name_bytes = (size_t)(slash - key);
        size_t id_bytes = key_bytes - name_bytes - 1;

        for (int type = 0; type < REGISTRY_TYPES; type++) {
                if (strlen(registry_type_name(type)) != name_bytes ||
                    memcmp(registry_type_name(type), key, name_bytes) != 0)
                        continue;
                if (!registry_id_is_valid(slash + 1, id_bytes, registry_shape(type)->id_bytes))
                        return err_raise_why(
                                REGISTRY_REFUSED,
                                "the id in the key of a %s must be 1 to %zu of A-Z a-z 0-9 _ . -",
                                registry_type_name(type), registry_shape(type)->id_bytes - 1);
                memcpy(ret_id, slash + 1, id_bytes);
                ret_id[id_bytes] = '\0';
                *ret_type = (enum registry_type)type;
                return 0;
        }
        return err_raise_why(REGISTRY_REFUSED,
                             "a key starts with elder/, device/, contact/, team/ or district/");
}

/* --- decoding: one table a type, one function a kind of field ------------------------------- */

enum field_type {
        FIELD_TEXT,
        FIELD_WORD,  /* text of id characters, or empty */
        FIELD_WORDS, /* list of words */
        FIELD_BOOL,
        FIELD_INT,
        FIELD_INT64,
        FIELD_DEGREES, /* NAN when absent or null */
        FIELD_ON_DUTY, /* object of a team; sets the three on_duty members */
};

struct field {
        const char *key;
        enum field_type type;
        size_t offset;
        size_t bytes; /* texts: size of the member */
        bool required;
        double min, max; /* numbers: the allowed range, inclusive */
};

#define TEXT(s, key, member, need)                                                                 \
        { key, FIELD_TEXT, offsetof(struct s, member), sizeof(((struct s *)0)->member), need, 0, 0 }
#define WORD(s, key, member, need)                                                                 \
        { key, FIELD_WORD, offsetof(struct s, member), sizeof(((struct s *)0)->member), need, 0, 0 }
#define OTHER(s, key, kind, member, min, max)                                                      \
        { key, kind, offsetof(struct s, member), 0, false, min, max }

#define TIME_MS_MAX 253402300799999.0

static const struct field elder_fields[] = {
        WORD(registry_elder, "id", id, true),
        TEXT(registry_elder, "name", name, false),
        OTHER(registry_elder, "birth_year", FIELD_INT, birth_year, 0, 9999),
        WORD(registry_elder, "care_level", care_level, false),
        OTHER(registry_elder, "conditions", FIELD_WORDS, conditions, 0, 0),
        OTHER(registry_elder, "tags", FIELD_WORDS, tags, 0, 0),
        OTHER(registry_elder, "lives_alone", FIELD_BOOL, lives_alone, 0, 0),
        TEXT(registry_elder, "address", address, false),
        TEXT(registry_elder, "phone", phone, false),
        OTHER(registry_elder, "lat", FIELD_DEGREES, latitude_deg, -90, 90),
        OTHER(registry_elder, "lon", FIELD_DEGREES, longitude_deg, -180, 180),
        WORD(registry_elder, "district", district, false),
        WORD(registry_elder, "site", site, false),
};

static const struct field device_fields[] = {
        WORD(registry_device, "id", id, true),
        WORD(registry_device, "elder", elder_id, true),
        WORD(registry_device, "class", device_class, false),
        WORD(registry_device, "room", room, false),
        WORD(registry_device, "wearing_position", wearing_position, false),
        WORD(registry_device, "profile", profile, false),
        TEXT(registry_device, "foreign_id", foreign_id, false),
        OTHER(registry_device, "heartbeat_ms", FIELD_INT64, heartbeat_ms, 0, TIME_MS_MAX),
        OTHER(registry_device, "commissioned_time_ms", FIELD_INT64, commissioned_time_ms, 0,
              TIME_MS_MAX),
};

static const struct field contact_fields[] = {
        WORD(registry_contact, "id", id, true),
        WORD(registry_contact, "elder", elder_id, true),
        TEXT(registry_contact, "name", name, false),
        WORD(registry_contact, "relation", relation, false),
        TEXT(registry_contact, "phone", phone, false),
        OTHER(registry_contact, "order", FIELD_INT, order, 0, 1000),
};

static const struct field team_fields[] = {
        WORD(registry_team, "id", id, true),
        TEXT(registry_team, "name", name, false),
        WORD(registry_team, "district", district, false),
        OTHER(registry_team, "lat", FIELD_DEGREES, latitude_deg, -90, 90),
        OTHER(registry_team, "lon", FIELD_DEGREES, longitude_deg, -180, 180),
        OTHER(registry_team, "skills", FIELD_WORDS, skills, 0, 0),
        OTHER(registry_team, "on_duty", FIELD_ON_DUTY, on_duty_from_minute, 0, 0),
};

static const struct field district_fields[] = {
        WORD(registry_district, "id", id, true),
        TEXT(registry_district, "name", name, false),
        WORD(registry_district, "parent", parent, false),
        TEXT(registry_district, "time_zone", time_zone, false),
};

static const struct {
        const struct field *fields;
        size_t count;
} tables[REGISTRY_TYPES] = {
        [REGISTRY_ELDER] = {elder_fields, sizeof(elder_fields) / sizeof(elder_fields[0])},
        [REGISTRY_DEVICE] = {device_fields, sizeof(device_fields) / sizeof(device_fields[0])},
        [REGISTRY_CONTACT] = {contact_fields, sizeof(contact_fields) / sizeof(contact_fields[0])},
        [REGISTRY_TEAM] = {team_fields, sizeof(team_fields) / sizeof(team_fields[0])},
        [REGISTRY_DISTRICT] = {district_fields,
                               sizeof(district_fields) / sizeof(district_fields[0])},
};

/* Return, like all functions below that read a field: why the value is refused; NULL if it is not. */
static const char *text_read(yyjson_val *value, bool word, char *ret, size_t ret_bytes) {
        if (!yyjson_is_str(value))
                return "must be text";

        const char *text = yyjson_get_str(value);
        size_t bytes = yyjson_get_len(value);

        if (bytes >= ret_bytes)
                return "is too long";
        if (word && bytes && !registry_id_is_valid(text, bytes, ret_bytes))
                return "must be made of A-Z a-z 0-9 _ . - only";
        for (size_t i = 0; i < bytes; i++)
                if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
                        return "has a control character in it";
        memcpy(ret, text, bytes);
        return NULL;
}

static const char *words_read(yyjson_val *value, struct registry_words *ret) {
        size_t index, count;
        yyjson_val *item;

        if (!yyjson_is_arr(value))
                return "must be a list";
        if (yyjson_arr_size(value) > REGISTRY_WORDS_MAX)
                return "has more than 8 words";
        yyjson_arr_foreach(value, index, count, item) {
                if (!yyjson_is_str(item) || yyjson_get_len(item) == 0)
                        return "must be a list of words";

                const char *why = text_read(item, true, ret->word[index], REGISTRY_ID_BYTES);

                if (why)
                        return why;
                ret->count++;
        }
        return NULL;
}

static const char *whole_read(yyjson_val *value, const struct field *field, int64_t *ret) {
        if (!yyjson_is_int(value))
                return "must be a whole number";
        if (yyjson_is_uint(value) && yyjson_get_uint(value) > INT64_MAX)
                return "is out of range";

        int64_t number = yyjson_get_sint(value);

        if ((double)number < field->min || (double)number > field->max)
                return "is out of range";
        *ret = number;
        return NULL;
}

static const char *degrees_read(yyjson_val *value, const struct field *field, double *ret) {
        if (yyjson_is_null(value))
                return NULL;
        if (!yyjson_is_num(value))
                return "must be a number of degrees";

        double degrees = yyjson_get_num(value);

        if (!(degrees >= field->min && degrees <= field->max))
                return "is out of range";
        *ret = degrees;
        return NULL;
}

static const char *on_duty_read(yyjson_val *value, struct registry_team *team) {
        yyjson_val *from = yyjson_obj_get(value, "from");
        yyjson_val *to = yyjson_obj_get(value, "to");
        yyjson_val *days = yyjson_obj_get(value, "days");
        size_t index, count;
        yyjson_val *item;

        if (!yyjson_is_obj(value))
                return "must be an object";
        if (!yyjson_is_str(from) || !yyjson_is_str(to) ||
            !registry_minute_parse(yyjson_get_str(from), yyjson_get_len(from),
                                   &team->on_duty_from_minute) ||
            !registry_minute_parse(yyjson_get_str(to), yyjson_get_len(to),
                                   &team->on_duty_to_minute))
                return "needs \"from\" and \"to\" like \"08:00\"";
        if (!days)
                return NULL;
        if (!yyjson_is_arr(days))
                return "needs \"days\" as a list like [\"mon\",\"tue\"]";

        memset(team->on_duty_days, 0, sizeof(team->on_duty_days));
        yyjson_arr_foreach(days, index, count, item) {
                int day = yyjson_is_str(item)
                                  ? registry_day_parse(yyjson_get_str(item), yyjson_get_len(item))
                                  : -1;

                if (day < 0)
                        return "has a day that is not one of mon tue wed thu fri sat sun";
                team->on_duty_days[day] = true;
        }
        return NULL;
}

static const char *field_read(const struct field *field, yyjson_val *value, unsigned char *record) {
        void *at = record + field->offset;
        int64_t number;
        const char *why;

        switch (field->type) {
        case FIELD_TEXT:
        case FIELD_WORD:
                return text_read(value, field->type == FIELD_WORD, at, field->bytes);
        case FIELD_WORDS:
                return words_read(value, at);
        case FIELD_BOOL:
                if (!yyjson_is_bool(value))
                        return "must be true or false";
                *(bool *)at = yyjson_get_bool(value);
                return NULL;
        case FIELD_INT:
                why = whole_read(value, field, &number);
                if (!why)
                        *(int *)at = (int)number;
                return why;
        case FIELD_INT64:
                return whole_read(value, field, at);
        case FIELD_DEGREES:
                return degrees_read(value, field, at);
        case FIELD_ON_DUTY:
                return on_duty_read(value, (struct registry_team *)record);
        }
        return NULL;
}

/* Set the defaults of omitted fields. */
static void defaults_set(enum registry_type type, union registry_record *record) {
        memset(record, 0, sizeof(*record));
        if (type == REGISTRY_ELDER) {
                record->elder.latitude_deg = NAN;
                record->elder.longitude_deg = NAN;
        } else if (type == REGISTRY_TEAM) {
                record->team.latitude_deg = NAN;
                record->team.longitude_deg = NAN;
                for (int day = 0; day < REGISTRY_DAYS_A_WEEK; day++)
                        record->team.on_duty_days[day] = true;
        }
}

static int record_read(enum registry_type type, const char *id, yyjson_val *root,
                       union registry_record *ret) {
        union registry_record record;

        if (!yyjson_is_obj(root))
                return err_raise_why(REGISTRY_REFUSED, "the record is not a JSON object");

        yyjson_val *version = yyjson_obj_get(root, "v");

        if (!yyjson_is_int(version) || yyjson_get_sint(version) != RECORD_VERSION)
                return err_raise_why(REGISTRY_REFUSED,
                                     "\"v\" must be 1, the version this program reads");

        defaults_set(type, &record);
        for (size_t i = 0; i < tables[type].count; i++) {
                const struct field *field = &tables[type].fields[i];
                yyjson_val *value = yyjson_obj_get(root, field->key);
                const char *why = NULL;

                if (value)
                        why = field_read(field, value, (unsigned char *)&record);
                else if (field->required)
                        why = "is missing";
                if (why)
                        return err_raise_why(REGISTRY_REFUSED, "\"%s\" of a %s %s", field->key,
                                             registry_type_name(type), why);
        }
        if (strcmp((const char *)&record + registry_shape(type)->id_offset, id) != 0)
                return err_raise_why(REGISTRY_REFUSED, "\"id\" is not the id of the key");
        if (registry_shape(type)->elder_offset &&
            ((const char *)&record)[registry_shape(type)->elder_offset] == '\0')
                return err_raise_why(REGISTRY_REFUSED, "\"elder\" of a %s is empty",
                                     registry_type_name(type));

        *ret = record;
        return 0;
}

int registry_decode(enum registry_type type, const char *id, const char *json, size_t json_bytes,
                    union registry_record *ret) {
        yyjson_read_err error;
        /* yyjson writes to the text only with YYJSON_READ_INSITU. */
        yyjson_doc *doc = yyjson_read_opts((char *)(uintptr_t)json, json_bytes, YYJSON_READ_NOFLAG,
                                           NULL, &error);
        int r;

        if (!doc) {
                if (error.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
                        return err_raise(-ENOMEM);
                return err_raise_why(REGISTRY_REFUSED, "not JSON at byte %zu: %s", error.pos,
                                     error.msg);
        }
        r = record_read(type, id, yyjson_doc_get_root(doc), ret);
        yyjson_doc_free(doc);
        return err_trace(r);
}

/* --- encoding ------------------------------------------------------------------------------ */

static bool on_duty_write(yyjson_mut_doc *doc, yyjson_mut_val *root,
                          const struct registry_team *team) {
        yyjson_mut_val *on_duty = yyjson_mut_obj_add_obj(doc, root, "on_duty");
        char from[16], to[16];

        snprintf(from, sizeof(from), "%02d:%02d", team->on_duty_from_minute / 60,
                 team->on_duty_from_minute % 60);
        snprintf(to, sizeof(to), "%02d:%02d", team->on_duty_to_minute / 60,
                 team->on_duty_to_minute % 60);
        bool ok = on_duty && yyjson_mut_obj_add_strcpy(doc, on_duty, "from", from) &&
                  yyjson_mut_obj_add_strcpy(doc, on_duty, "to", to);
        yyjson_mut_val *days = ok ? yyjson_mut_obj_add_arr(doc, on_duty, "days") : NULL;

        for (int day = 0; days && day < REGISTRY_DAYS_A_WEEK; day++)
                if (team->on_duty_days[day])
                        ok = ok && yyjson_mut_arr_add_str(doc, days, registry_day_name(day));
        return ok && days;
}

static bool words_write(yyjson_mut_doc *doc, yyjson_mut_val *root, const char *key,
                        const struct registry_words *words) {
        yyjson_mut_val *list = yyjson_mut_obj_add_arr(doc, root, key);
        bool ok = list != NULL;

        for (uint8_t i = 0; ok && i < words->count; i++)
                ok = yyjson_mut_arr_add_str(doc, list, words->word[i]);
        return ok;
}

static bool field_write(yyjson_mut_doc *doc, yyjson_mut_val *root, const struct field *field,
                        const unsigned char *record) {
        const void *at = record + field->offset;

        switch (field->type) {
        case FIELD_TEXT:
        case FIELD_WORD:
                return yyjson_mut_obj_add_str(doc, root, field->key, at);
        case FIELD_WORDS:
                return words_write(doc, root, field->key, at);
        case FIELD_BOOL:
                return yyjson_mut_obj_add_bool(doc, root, field->key, *(const bool *)at);
        case FIELD_INT:
                return yyjson_mut_obj_add_int(doc, root, field->key, *(const int *)at);
        case FIELD_INT64:
                return yyjson_mut_obj_add_int(doc, root, field->key, *(const int64_t *)at);
        case FIELD_DEGREES:
                if (isnan(*(const double *)at))
                        return yyjson_mut_obj_add_null(doc, root, field->key);
                return yyjson_mut_obj_add_real(doc, root, field->key, *(const double *)at);
        case FIELD_ON_DUTY:
                return on_duty_write(doc, root, (const struct registry_team *)record);
        }
        return false;
}

int registry_encode(enum registry_type type, const void *record, char **ret_json, char *ret_key,
                    size_t ret_key_bytes) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = yyjson_mut_obj(doc);
        bool ok = doc && root && yyjson_mut_obj_add_int(doc, root, "v", RECORD_VERSION);
        yyjson_write_err error = {.code = YYJSON_WRITE_ERROR_MEMORY_ALLOCATION};
        char *json = NULL;
        int written;

        for (size_t i = 0; ok && i < tables[type].count; i++)
                ok = field_write(doc, root, &tables[type].fields[i], record);
        if (ok) {
                yyjson_mut_doc_set_root(doc, root);
                json = yyjson_mut_write_opts(doc, YYJSON_WRITE_NOFLAG, NULL, NULL, &error);
        }
        yyjson_mut_doc_free(doc);
        if (!json && error.code == YYJSON_WRITE_ERROR_MEMORY_ALLOCATION)
                return err_raise(-ENOMEM);
        if (!json)
                return err_raise_why(
                        -EILSEQ, "%s/%s cannot be written: %s", registry_type_name(type),
                        (const char *)record + registry_shape(type)->id_offset, error.msg);

        written = snprintf(ret_key, ret_key_bytes, "%s/%s", registry_type_name(type),
                           (const char *)record + registry_shape(type)->id_offset);
        if (written < 0 || (size_t)written >= ret_key_bytes) {
                free(json);
                return err_raise(-ENAMETOOLONG);
        }
        *ret_json = json;
        return 0;
}
