/* SPDX-License-Identifier: MIT */
#include "cli/record/tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <yyjson.h>

#include "cli/record/event_json.h"
#include "common/base/err.h"
#include "common/base/utf8.h"

/* Quarantine contains data from unknown senders. JSON escapes C0 control characters but not DEL and C1, which a
 * terminal would interpret: escape these here. */
static void line_write(FILE *out, const char *json, size_t bytes) {
        for (size_t at = 0; at < bytes;) {
                const unsigned char *byte = (const unsigned char *)json + at;
                bool c1 = byte[0] == 0xc2 && at + 1 < bytes && byte[1] < 0xa0;

                if (byte[0] == 0x7f || c1) {
                        fprintf(out, "\\u%04x", c1 ? byte[1] : byte[0]);
                        at += c1 ? 2 : 1;
                        continue;
                }
                fputc(byte[0], out);
                at++;
        }
        fputc('\n', out);
}

/* --- events --------------------------------------------------------------------------------------- */

static int event_print(FILE *out, const struct event *event, const unsigned char *samples,
                       enum lane lane, const struct event_json_place *place) {
        char *json = NULL;
        size_t bytes = 0;
        int r = event_json_encode(event, samples, lane, place, &json, &bytes);

        if (r < 0)
                return r;
        line_write(out, json, bytes);
        free(json);
        return 0;
}

static bool is_asked_for(const struct event *event, const char *elder, bool listening) {
        if (event->kind == KIND_LISTENING && !listening)
                return false;
        return !elder || strcmp(elder, event->elder_id) == 0;
}

/* Return: lines written; -ENOMEM; -EILSEQ when the record is not a valid frame (some lines may have been written). */
static int frame_print(FILE *out, const struct tap_record *record, const char *elder,
                       bool listening, long long lines_max) {
        struct frame_reader reader;
        struct event_json_place place = {record->topic, record->partition, record->offset, 0};
        int lines = 0;
        int r = frame_open(&reader, record->value, record->value_bytes);

        while (r == 0) {
                struct event event;
                const unsigned char *samples;

                r = frame_next(&reader, &event, &samples);
                if (r != 0)
                        break;
                if (lines < lines_max && is_asked_for(&event, elder, listening)) {
                        r = event_print(out, &event, samples, reader.lane, &place);
                        lines += r == 0;
                }
                place.index++;
        }
        if (r == -ENOMEM)
                return r;
        return r == FRAME_END ? lines : -EILSEQ;
}

/* --- everything else ---------------------------------------------------------------------------------- */

static bool is_utf8(const char *text, size_t bytes) {
        for (size_t at = 0; at < bytes;) {
                uint32_t character;
                size_t length = utf8_read(text + at, bytes - at, &character);

                if (!length)
                        return false;
                at += length;
        }
        return true;
}

/* Add bytes as text under @text_name if they are UTF-8, else as base64 under @base64_name. */
static bool bytes_add(yyjson_mut_doc *doc, yyjson_mut_val *root, const char *text_name,
                      const char *base64_name, const char *bytes, size_t count) {
        if (is_utf8(bytes, count))
                return yyjson_mut_obj_add_strncpy(doc, root, text_name, bytes, count);

        char *base64 = malloc(count / 3 * 4 + 5);
        bool ok = base64 != NULL;

        if (ok) {
                EVP_EncodeBlock((unsigned char *)base64, (const unsigned char *)bytes, (int)count);
                ok = yyjson_mut_obj_add_strcpy(doc, root, base64_name, base64);
        }
        free(base64);
        return ok;
}

static bool headers_add(yyjson_mut_doc *doc, yyjson_mut_val *root,
                        const struct tap_record *record) {
        if (!record->header_count)
                return true;

        yyjson_mut_val *object = yyjson_mut_obj_add_obj(doc, root, "headers");
        bool ok = object != NULL;

        for (size_t i = 0; ok && i < record->header_count; i++) {
                const struct tap_header *header = &record->headers[i];
                bool text = header->value && is_utf8(header->value, header->value_bytes);

                ok = text ? yyjson_mut_obj_add_strncpy(doc, object, header->name, header->value,
                                                       header->value_bytes)
                          : yyjson_mut_obj_add_null(doc, object, header->name);
        }
        return ok;
}

/* Numbers are kept as written, whatever their length. */
static yyjson_doc *value_read(const struct tap_record *record) {
        return yyjson_read_opts((char *)(uintptr_t)record->value, record->value_bytes,
                                YYJSON_READ_NUMBER_AS_RAW, NULL, NULL);
}

static bool value_is_about(const struct tap_record *record, yyjson_val *value, const char *elder) {
        const char *slash = record->key ? memchr(record->key, '/', record->key_bytes) : NULL;
        const char *id = slash ? slash + 1 : record->key;
        size_t id_bytes = id ? (size_t)(record->key + record->key_bytes - id) : 0;

        if (id && strlen(elder) == id_bytes && memcmp(id, elder, id_bytes) == 0)
                return true;
        return yyjson_equals_str(yyjson_obj_get(value, "elder"), elder) ||
               yyjson_equals_str(yyjson_obj_get(yyjson_obj_get(value, "alert"), "elder"), elder);
}

static bool place_add(yyjson_mut_doc *doc, yyjson_mut_val *root, const struct tap_record *record) {
        bool ok = yyjson_mut_obj_add_str(doc, root, "topic", record->topic) &&
                  yyjson_mut_obj_add_int(doc, root, "partition", record->partition) &&
                  yyjson_mut_obj_add_int(doc, root, "offset", record->offset);

        if (ok && record->time_ms >= 0)
                ok = yyjson_mut_obj_add_int(doc, root, "time_ms", record->time_ms);
        if (ok && record->key)
                ok = bytes_add(doc, root, "key", "key_base64", record->key, record->key_bytes);
        return ok && headers_add(doc, root, record);
}

/* vigil-rules puts whole frames into quarantine. Show their events, so that they can be corrected and replayed.
 * Return: 1 and the events in @root; 0 when it is not a frame; -ENOMEM. */
static int frame_add(yyjson_mut_doc *doc, yyjson_mut_val *root, const struct tap_record *record) {
        struct frame_reader reader;
        yyjson_mut_val *list = yyjson_mut_arr(doc);
        int r = frame_open(&reader, record->value, record->value_bytes);

        while (r == 0 && list) {
                struct event event;
                const unsigned char *samples;
                char *json = NULL;
                size_t bytes = 0;

                r = frame_next(&reader, &event, &samples);
                if (r == 0)
                        r = event_json_encode(&event, samples, reader.lane, NULL, &json, &bytes);
                if (r == 0 && !yyjson_mut_arr_append(list, yyjson_mut_rawncpy(doc, json, bytes)))
                        r = err_raise(-ENOMEM);
                free(json);
        }
        if (r == -ENOMEM || !list)
                return err_raise(-ENOMEM);
        if (r != FRAME_END)
                return 0;
        return yyjson_mut_obj_add_val(doc, root, "events", list) ? 1 : err_raise(-ENOMEM);
}

/* @value: the decoded JSON; NULL: show the bytes. @broken: why the record cannot be decoded, or NULL. */
static int record_print(FILE *out, const struct tap_record *record, yyjson_val *value,
                        const char *broken) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = doc ? yyjson_mut_obj(doc) : NULL;
        bool ok = root && place_add(doc, root, record);
        char *json = NULL;
        size_t bytes = 0;
        int frame = 0;

        if (ok && broken)
                ok = yyjson_mut_obj_add_str(doc, root, "broken", broken);
        if (ok && !record->value)
                ok = yyjson_mut_obj_add_null(doc, root, "value");
        else if (ok && value)
                ok = yyjson_mut_obj_add_val(doc, root, "value", yyjson_val_mut_copy(doc, value));
        else if (ok && !broken)
                frame = frame_add(doc, root, record);
        if (ok && record->value && !value && !frame)
                ok = bytes_add(doc, root, "text", "base64", record->value, record->value_bytes);
        if (ok && frame >= 0) {
                yyjson_mut_doc_set_root(doc, root);
                json = yyjson_mut_write(doc, YYJSON_WRITE_NOFLAG, &bytes);
        }
        if (json)
                line_write(out, json, bytes);
        free(json);
        yyjson_mut_doc_free(doc);
        return json ? 1 : err_raise(-ENOMEM);
}

int tap_print(FILE *out, enum tap_form form, const struct tap_record *record, const char *elder,
              long long lines_max) {
        if (lines_max <= 0)
                return 0;
        if (form == TAP_EVENTS || form == TAP_EVENTS_ALL) {
                int lines = frame_print(out, record, elder, form == TAP_EVENTS_ALL, lines_max);

                if (lines != -EILSEQ)
                        return lines;
                return record_print(out, record, NULL, "not an event frame of a version we read");
        }

        yyjson_doc *doc = form == TAP_JSON && record->value ? value_read(record) : NULL;
        yyjson_val *value = doc ? yyjson_doc_get_root(doc) : NULL;
        int lines = 0;

        if (!elder || value_is_about(record, value, elder))
                lines = record_print(out, record, value,
                                     form == TAP_JSON && record->value && !doc ? "not JSON" : NULL);
        yyjson_doc_free(doc);
        return lines;
}
