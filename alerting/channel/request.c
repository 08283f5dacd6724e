/* SPDX-License-Identifier: MIT */
#include "alerting/channel/request.h"

#include <errno.h>
#include <string.h>

#include <yyjson.h>

#include "alerting/base/json.h"
#include "common/base/err.h"

enum { NUMBER_DIGITS_MAX = 9 };

static int refuse(const char *what) {
        (void)err_raise_why(-EPROTO, "%s", what);
        return REQUEST_REFUSED;
}

/* A decimal without sign, space or leading zero, so that each page has exactly one id. */
static bool parse_number(const char *text, size_t bytes, uint32_t *ret) {
        uint32_t number = 0;

        if (bytes == 0 || bytes > NUMBER_DIGITS_MAX || (bytes > 1 && text[0] == '0'))
                return false;
        for (size_t i = 0; i < bytes; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return false;
                number = number * 10 + (uint32_t)(text[i] - '0');
        }
        *ret = number;
        return true;
}

static bool copy_part(char *ret, size_t ret_bytes, const char *from, size_t bytes) {
        if (bytes == 0 || bytes >= ret_bytes)
                return false;
        memcpy(ret, from, bytes);
        ret[bytes] = '\0';
        return true;
}

static bool is_alert_id(const char *text, size_t bytes) {
        return bytes == ALERT_ID_BYTES - 1 && strspn(text, "0123456789abcdef") >= bytes;
}

int request_parse_page_id(struct answer *ret, const char *page_id) {
        const char *recipient = strchr(page_id, '/');
        const char *step = recipient ? strchr(recipient + 1, '/') : NULL;
        const char *attempt = step ? strchr(step + 1, '/') : NULL;

        if (!attempt || strlen(page_id) >= sizeof(ret->page_id) ||
            !is_alert_id(page_id, (size_t)(recipient - page_id)) ||
            !copy_part(ret->alert_id, sizeof(ret->alert_id), page_id,
                       (size_t)(recipient - page_id)) ||
            !copy_part(ret->page_recipient, sizeof(ret->page_recipient), recipient + 1,
                       (size_t)(step - recipient) - 1) ||
            !parse_number(step + 1, (size_t)(attempt - step) - 1, &ret->step) ||
            !parse_number(attempt + 1, strlen(attempt + 1), &ret->attempt))
                return refuse("page_id is not alert/recipient/step/attempt");
        memcpy(ret->page_id, page_id, strlen(page_id) + 1);
        return 0;
}

/* ack_id is page_id/nonce/type: its page_id and type must be those of the rest of the message. */
static int parse_ack_id(struct answer *ret, const char *ack_id) {
        size_t page_id_bytes = strlen(ret->page_id);
        const char *nonce = ack_id + page_id_bytes + 1;
        const char *type;

        if (strlen(ack_id) >= sizeof(ret->ack_id) ||
            strncmp(ack_id, ret->page_id, page_id_bytes) != 0 || ack_id[page_id_bytes] != '/')
                return refuse("ack_id does not begin with the page_id");
        type = strchr(nonce, '/');
        if (!type || !copy_part(ret->nonce, sizeof(ret->nonce), nonce, (size_t)(type - nonce)) ||
            strcmp(type + 1, answer_type_name(ret->type)) != 0)
                return refuse("ack_id is not page_id/nonce/type");
        memcpy(ret->ack_id, ack_id, strlen(ack_id) + 1);
        return 0;
}

/* Free text from a person: cut to the size of the field, but never in the middle of a UTF-8 character. */
static void take_reason(struct answer *ret, yyjson_val *root) {
        const char *reason = json_get_text(root, "reason");
        size_t bytes = reason ? strlen(reason) : 0;

        if (bytes >= sizeof(ret->reason)) {
                bytes = sizeof(ret->reason) - 1;
                while (bytes > 0 && ((unsigned char)reason[bytes] & 0xc0) == 0x80)
                        bytes--;
        }
        if (bytes > 0)
                memcpy(ret->reason, reason, bytes);
        ret->reason[bytes] = '\0';
}

static int parse_body(struct answer *ret, yyjson_val *root) {
        const char *page_id = json_get_text(root, "page_id");
        const char *ack_id = json_get_text(root, "ack_id");
        yyjson_val *eta = yyjson_obj_get(root, "eta_s");
        int r;

        ret->eta_s = -1;
        if (!page_id)
                return refuse("page_id is missing");
        r = request_parse_page_id(ret, page_id);
        if (r != 0 || ret->type < ANSWER_ACCEPT)
                return r != 0 ? r : REQUEST_ANSWER;
        if (!ack_id)
                return refuse("ack_id is missing");
        r = parse_ack_id(ret, ack_id);
        if (r != 0)
                return err_trace(r);
        if (yyjson_is_int(eta) && yyjson_get_sint(eta) >= 0 && yyjson_get_sint(eta) <= 86400)
                ret->eta_s = yyjson_get_sint(eta);
        take_reason(ret, root);
        return REQUEST_ANSWER;
}

static bool is_type(const void *type, size_t type_bytes, const char *name) {
        return type_bytes == strlen(name) && memcmp(type, name, type_bytes) == 0;
}

int request_parse(struct answer *ret, const void *type, size_t type_bytes, const void *body,
                  size_t body_bytes) {
        struct answer answer = {.type = ANSWER_TYPES};
        yyjson_doc *doc;
        int r;

        if (is_type(type, type_bytes, "hello"))
                return REQUEST_HELLO;
        if (is_type(type, type_bytes, "beat"))
                return REQUEST_BEAT;
        for (int i = 0; i < ANSWER_TYPES; i++) {
                if (is_type(type, type_bytes, answer_type_name((enum answer_type)i)))
                        answer.type = (enum answer_type)i;
        }
        if (answer.type == ANSWER_TYPES)
                return refuse("an unknown type of frame");
        if (body_bytes > REQUEST_BODY_BYTES_MAX)
                return refuse("the frame is too large");
        doc = yyjson_read(body, body_bytes, 0);
        if (!yyjson_is_obj(yyjson_doc_get_root(doc))) {
                yyjson_doc_free(doc);
                return refuse("the body is not a JSON object");
        }
        r = parse_body(&answer, yyjson_doc_get_root(doc));
        yyjson_doc_free(doc);
        if (r == REQUEST_ANSWER)
                *ret = answer;
        return r;
}
