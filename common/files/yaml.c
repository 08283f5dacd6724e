/* SPDX-License-Identifier: MIT */
#include "common/files/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <yaml.h> /* libyaml's, not ours */

#include "common/base/err.h"
#include "common/files/yaml_scan.h"
#include "common/language/say.h"

enum {
        DEPTH_MAX = 24, /* our deepest file has 6 levels */
        FILE_BYTES_MAX = 32 * 1024 * 1024,
        CHUNK_BYTES = 32 * 1024,
};

/* --- memory of a document ---------------------------------------------------------------------- */

struct chunk {
        struct chunk *next;
        size_t used, room;
        alignas(16) char bytes[];
};

struct yaml_doc {
        struct chunk *chunks;
        struct yaml_node *root;
        const char *file;
};

static void *doc_take(struct yaml_doc *doc, size_t bytes) {
        bytes = (bytes + 15) & ~(size_t)15;
        if (!doc->chunks || doc->chunks->room - doc->chunks->used < bytes) {
                size_t room = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
                struct chunk *chunk = malloc(sizeof(*chunk) + room);

                if (!chunk)
                        return NULL;
                *chunk = (struct chunk){.next = doc->chunks, .room = room};
                doc->chunks = chunk;
        }

        void *taken = doc->chunks->bytes + doc->chunks->used;

        doc->chunks->used += bytes;
        return memset(taken, 0, bytes);
}

static const char *doc_text(struct yaml_doc *doc, const char *text, size_t bytes) {
        char *copy = doc_take(doc, bytes + 1);

        if (copy)
                memcpy(copy, text, bytes);
        return copy;
}

struct yaml_doc *yaml_doc_free(struct yaml_doc *doc) {
        if (!doc)
                return NULL;
        while (doc->chunks) {
                struct chunk *next = doc->chunks->next;

                free(doc->chunks);
                doc->chunks = next;
        }
        free(doc);
        return NULL;
}

/* --- from libyaml's events to our tree ----------------------------------------------------------- */

struct level {
        struct yaml_node *node;
        struct yaml_node *last; /* latest child */
        const char *key;        /* map: the key whose value comes next, or NULL */
        struct diag_mark key_mark;
};

struct builder {
        struct yaml_doc *doc;
        struct diag *diag;
        struct level levels[DEPTH_MAX];
        int depth;
        int documents;
        bool stop; /* give up: the rest of the file cannot be interpreted */
        bool out_of_memory;
};

#define COMPLAIN(builder, code, mark, help, ...)                                                   \
        diag_add((builder)->diag, DIAG_ERROR, code, (builder)->doc->file, mark, help, __VA_ARGS__)

static struct diag_mark mark_of(const yaml_mark_t *start, const yaml_mark_t *end) {
        struct diag_mark mark = {
                .line = (int)start->line + 1,
                .column = (int)start->column + 1,
                .columns = 1,
        };

        if (end->line == start->line && end->column > start->column)
                mark.columns = (int)(end->column - start->column);
        return mark;
}

static void refuse_name(struct builder *builder, const char *what, const yaml_char_t *name,
                        struct diag_mark mark) {
        mark.columns = 1;
        COMPLAIN(builder, "R005", mark, "write the value out in full",
                 "%s (%s) are not allowed in this file", diag_word(builder->diag, what),
                 (const char *)name);
}

/* Link @node as the root or as the next child of the innermost open list or map. */
static void node_link(struct builder *builder, struct yaml_node *node) {
        if (builder->depth == 0) {
                builder->doc->root = node;
                return;
        }

        struct level *level = &builder->levels[builder->depth - 1];

        node->key = level->key;
        node->key_mark = level->key_mark;
        level->key = NULL;
        if (level->last)
                level->last->next = node;
        else
                level->node->child = node;
        level->last = node;
        level->node->count++;
}

static struct yaml_node *node_add(struct builder *builder, enum yaml_type type,
                                  struct diag_mark mark) {
        struct yaml_node *node = doc_take(builder->doc, sizeof(*node));

        if (!node) {
                builder->out_of_memory = true;
                return NULL;
        }
        node->type = type;
        node->mark = mark;
        node->file = builder->doc->file;
        node_link(builder, node);
        return node;
}

static bool key_is_next(const struct builder *builder) {
        return builder->depth > 0 && builder->levels[builder->depth - 1].node->type == YAML_MAP &&
               !builder->levels[builder->depth - 1].key;
}

static void key_read(struct builder *builder, const char *key, bool plain, struct diag_mark mark) {
        struct level *level = &builder->levels[builder->depth - 1];

        level->key = key;
        level->key_mark = mark;

        if (plain && yaml_scan_fullwidth(builder->doc->file, key, mark, builder->diag))
                return;
        if (plain && strcmp(key, "<<") == 0) {
                COMPLAIN(builder, "R005", mark, "write the keys out in full",
                         "merge keys (<<) are not allowed in this file");
                return;
        }
        if (!*key) {
                COMPLAIN(builder, "R007", mark, NULL, "a key is missing before \":\"");
                return;
        }
        for (const struct yaml_node *pair = level->node->child; pair; pair = pair->next) {
                if (strcmp(pair->key, key) == 0) {
                        COMPLAIN(builder, "R004", mark, "remove one of the two",
                                 "key \"%s\" is given twice (first on line %d)", key,
                                 pair->key_mark.line);
                        return;
                }
        }
}

static void on_scalar(struct builder *builder, const yaml_event_t *event, struct diag_mark mark) {
        const char *value = (const char *)event->data.scalar.value;
        size_t bytes = event->data.scalar.length;
        bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        const char *text = doc_text(builder->doc, value, bytes);

        if (!text) {
                builder->out_of_memory = true;
                return;
        }
        if (strlen(text) != bytes)
                COMPLAIN(builder, "R007", mark, NULL, "a text must not contain a NUL character");
        if (key_is_next(builder)) {
                key_read(builder, text, plain, mark);
                return;
        }

        struct yaml_node *node = node_add(builder, YAML_TEXT, mark);

        if (node) {
                node->text = text;
                node->quoted = !plain;
        }
}

static void on_open(struct builder *builder, enum yaml_type type, struct diag_mark mark) {
        mark.columns = 1;
        if (builder->depth == DEPTH_MAX) {
                COMPLAIN(builder, "R009", mark, NULL, "nested more than %d deep", DEPTH_MAX);
                builder->stop = true;
                return;
        }
        if (key_is_next(builder)) {
                COMPLAIN(builder, "R007", mark, "write a word before the \":\"",
                         "a key must be a word, not a list or a map");
                builder->stop = true;
                return;
        }

        struct yaml_node *node = node_add(builder, type, mark);

        if (node)
                builder->levels[builder->depth++] = (struct level){.node = node};
}

static void on_document(struct builder *builder, const yaml_event_t *event, struct diag_mark mark) {
        mark.columns = 1;
        if (builder->documents++) {
                COMPLAIN(builder, "R006", mark, "put it into a file of its own",
                         "a second document (---) is not allowed in this file");
                builder->stop = true;
        }
        if (event->data.document_start.version_directive ||
            event->data.document_start.tag_directives.start !=
                    event->data.document_start.tag_directives.end)
                COMPLAIN(builder, "R005", mark, "remove the line",
                         "directives (%%) are not allowed in this file");
}

static void on_event(struct builder *builder, const yaml_event_t *event) {
        struct diag_mark mark = mark_of(&event->start_mark, &event->end_mark);

        switch (event->type) {
        case YAML_DOCUMENT_START_EVENT:
                on_document(builder, event, mark);
                break;
        case YAML_ALIAS_EVENT:
                refuse_name(builder, N_("aliases"), event->data.alias.anchor, mark);
                if (key_is_next(builder))
                        builder->stop = true;
                else if (node_add(builder, YAML_TEXT, mark))
                        builder->stop = builder->depth == 0;
                break;
        case YAML_SCALAR_EVENT:
                if (event->data.scalar.anchor)
                        refuse_name(builder, N_("anchors"), event->data.scalar.anchor, mark);
                if (event->data.scalar.tag)
                        refuse_name(builder, N_("tags"), event->data.scalar.tag, mark);
                on_scalar(builder, event, mark);
                break;
        case YAML_SEQUENCE_START_EVENT:
                if (event->data.sequence_start.anchor)
                        refuse_name(builder, N_("anchors"), event->data.sequence_start.anchor,
                                    mark);
                if (event->data.sequence_start.tag)
                        refuse_name(builder, N_("tags"), event->data.sequence_start.tag, mark);
                on_open(builder, YAML_LIST, mark);
                break;
        case YAML_MAPPING_START_EVENT:
                if (event->data.mapping_start.anchor)
                        refuse_name(builder, N_("anchors"), event->data.mapping_start.anchor, mark);
                if (event->data.mapping_start.tag)
                        refuse_name(builder, N_("tags"), event->data.mapping_start.tag, mark);
                on_open(builder, YAML_MAP, mark);
                break;
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT:
                builder->depth--;
                break;
        default:
                break;
        }
}

/* @parser stopped at a syntax error: report it in our own words. */
static void on_syntax_error(struct builder *builder, const yaml_parser_t *parser, const char *text,
                            size_t text_bytes) {
        struct yaml_scan_error error = {
                .problem = parser->problem ? parser->problem : "",
                .context = parser->context ? parser->context : "",
                .line = (int)parser->problem_mark.line + 1,
                .column = (int)parser->problem_mark.column + 1,
                .context_line = (int)parser->context_mark.line + 1,
                .context_column = (int)parser->context_mark.column + 1,
        };

        if (parser->error == YAML_MEMORY_ERROR)
                builder->out_of_memory = true;
        else
                yaml_scan_explain(builder->doc->file, text, text_bytes, &error, builder->diag);
}

static int build(struct builder *builder, const char *text, size_t text_bytes) {
        yaml_parser_t parser;
        yaml_event_t event;
        bool end = false;

        if (!yaml_parser_initialize(&parser))
                return err_raise(-ENOMEM);
        yaml_parser_set_input_string(&parser, (const unsigned char *)text, text_bytes);
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);

        while (!end && !builder->stop && !builder->out_of_memory) {
                if (!yaml_parser_parse(&parser, &event)) {
                        on_syntax_error(builder, &parser, text, text_bytes);
                        break;
                }
                end = event.type == YAML_STREAM_END_EVENT;
                on_event(builder, &event);
                yaml_event_delete(&event);
        }
        yaml_parser_delete(&parser);
        return builder->out_of_memory ? err_raise(-ENOMEM) : 0;
}

int yaml_parse(struct yaml_doc **ret, const char *file, const char *text, size_t text_bytes,
               struct diag *diag) {
        int errors = diag_errors(diag);
        struct builder builder = {.diag = diag};
        int r;

        if (text_bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
                text += 3;
                text_bytes -= 3;
        }
        r = diag_file(diag, file, text, text_bytes);
        if (r < 0)
                return err_trace(r);

        builder.doc = calloc(1, sizeof(*builder.doc));
        if (!builder.doc)
                return err_raise(-ENOMEM);
        builder.doc->file = doc_text(builder.doc, file, strlen(file));
        if (!builder.doc->file) {
                r = err_raise(-ENOMEM);
                goto out;
        }

        if (yaml_scan_text(file, text, text_bytes, diag))
                r = build(&builder, text, text_bytes);
        if (r == 0 && diag_errors(diag) != errors)
                r = YAML_REFUSED;
        if (r == 0) {
                *ret = builder.doc;
                builder.doc = NULL;
        }
out:
        yaml_doc_free(builder.doc);
        return err_trace(r);
}

static int file_read(const char *path, char **ret_text, size_t *ret_bytes) {
        struct stat status;
        char *text = NULL;
        size_t used = 0;
        int r = 0;
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return err_raise(-errno);
        if (fstat(fd, &status) < 0)
                r = err_raise(-errno);
        else if (S_ISDIR(status.st_mode))
                r = err_raise(-EISDIR);
        else if (status.st_size > FILE_BYTES_MAX)
                r = err_raise(-EFBIG);
        if (r < 0)
                goto out;

        size_t room = (size_t)status.st_size + 4096; /* st_size of /dev/stdin is 0 */

        for (;;) {
                char *grown = realloc(text, room);

                if (!grown) {
                        r = err_raise(-ENOMEM);
                        goto out;
                }
                text = grown;

                ssize_t got = read(fd, text + used, room - used);

                if (got < 0 && errno == EINTR)
                        continue;
                if (got < 0) {
                        r = err_raise(-errno);
                        goto out;
                }
                if (got == 0)
                        break;
                used += (size_t)got;
                if (used > FILE_BYTES_MAX) {
                        r = err_raise(-EFBIG);
                        goto out;
                }
                if (used == room)
                        room *= 2;
        }
        *ret_text = text;
        *ret_bytes = used;
        text = NULL;
out:
        free(text);
        close(fd);
        return err_trace(r);
}

int yaml_load(struct yaml_doc **ret, const char *path, struct diag *diag) {
        char *text = NULL;
        size_t text_bytes = 0;
        int r;

        r = file_read(path, &text, &text_bytes);
        if (r < 0) {
                diag_add(diag, DIAG_ERROR, "R008", path, (struct diag_mark){.line = 0}, NULL,
                         "cannot read this file: %s", diag_word(diag, strerrordesc_np(-r)));
                return err_trace(r);
        }
        r = yaml_parse(ret, path, text, text_bytes, diag);
        free(text);
        return err_trace(r);
}

const struct yaml_node *yaml_root(const struct yaml_doc *doc) {
        return doc->root;
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key) {
        if (!map || map->type != YAML_MAP)
                return NULL;
        for (const struct yaml_node *pair = map->child; pair; pair = pair->next)
                if (*pair->key == *key && strcmp(pair->key, key) == 0)
                        return pair;
        return NULL;
}
