/* SPDX-License-Identifier: MIT */
#include "alerting/route/ladder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/files/yaml.h"
#include "common/files/yaml_read.h"

enum {
        ANSWER_WITHIN_MIN_MS = 1000,
        ANSWER_WITHIN_MAX_MS = 24 * 3600 * 1000,
        ARRIVE_WITHIN_MIN_MS = 60 * 1000,
        ARRIVE_WITHIN_MAX_MS = 7 * 24 * 3600 * 1000,
};

struct district_desk {
        char district[REGISTRY_ID_BYTES];
        char desk[REGISTRY_ID_BYTES];
};

struct ladders {
        char desk[REGISTRY_ID_BYTES];
        struct district_desk *desks;
        size_t desk_count;
        struct ladder *ladders;
        size_t ladder_count;
};

static const char *const target_names[] = {"family",    "family_first", "nearest_team",
                                           "next_team", "desk",         NULL};

/* Used in place of an unknown ladder. */
static const struct ladder desk_only = {
        .id = "desk-only",
        .arrive_within_ms = 20 * 60 * 1000,
        .steps = {{.targets = {LADDER_TARGET_DESK},
                   .target_count = 1,
                   .answer_within_ms = 30 * 1000}},
        .step_count = 1,
};

/* --- reading ----------------------------------------------------------------------------------- */

/* Ids become part of keys, frames and topics, so they all use one alphabet. */
static bool read_id(const struct yaml_node *node, const char *what, char *ret, size_t ret_bytes,
                    struct diag *diag) {
        static const char alphabet[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

        if (!node || node->type != YAML_TEXT) {
                if (node)
                        diag_add(diag, DIAG_ERROR, "L003", node->file, node->mark, NULL,
                                 "%s must be an id", what);
                return false;
        }
        if (!node->text[0] || strlen(node->text) >= ret_bytes ||
            strspn(node->text, alphabet) != strlen(node->text)) {
                diag_add(diag, DIAG_ERROR, "L003", node->file, node->mark,
                         "letters, digits and _ . - only, for example desk-grid-1",
                         "\"%s\" cannot be %s (at most %zu characters)", node->text, what,
                         ret_bytes - 1);
                return false;
        }
        memcpy(ret, node->text, strlen(node->text) + 1);
        return true;
}

static bool read_targets(struct ladder_step *step, const struct yaml_node *list,
                         struct diag *diag) {
        bool ok = true;

        if (!list)
                return false; /* yaml_read_check_keys() has reported it */
        if (list->type != YAML_LIST || list->count == 0) {
                diag_add(diag, DIAG_ERROR, "L005", list->file, list->mark,
                         "write a list, for example page: [family, nearest_team]",
                         "page must name at least one target");
                return false;
        }
        for (const struct yaml_node *node = list->child; node; node = node->next) {
                int target;

                if (!yaml_read_word(node, target_names, &target, "L006", diag)) {
                        ok = false;
                        continue;
                }
                for (size_t i = 0; i < step->target_count; i++) {
                        if (step->targets[i] == (enum ladder_target)target) {
                                diag_add(diag, DIAG_ERROR, "L007", node->file, node->mark, NULL,
                                         "\"%s\" is named twice in this step", node->text);
                                ok = false;
                                target = -1;
                                break;
                        }
                }
                if (target >= 0)
                        step->targets[step->target_count++] = (enum ladder_target)target;
        }
        return ok;
}

static bool step_pages(const struct ladder_step *step, enum ladder_target target) {
        for (size_t i = 0; i < step->target_count; i++) {
                if (step->targets[i] == target)
                        return true;
        }
        return false;
}

static bool read_step(struct ladder_step *step, const struct yaml_node *map, struct diag *diag) {
        static const struct yaml_read_key keys[] = {
                {"page", true},
                {"answer_within", true},
                {"skill", false},
        };
        const struct yaml_node *within, *skill;
        bool ok = yaml_read_check_keys(map, "a step", keys, sizeof(keys) / sizeof(keys[0]), "L001",
                                       diag);

        if (map->type != YAML_MAP)
                return false;
        ok = read_targets(step, yaml_get(map, "page"), diag) && ok;
        within = yaml_get(map, "answer_within");
        if (within)
                ok = yaml_read_duration_ms(within, ANSWER_WITHIN_MIN_MS, ANSWER_WITHIN_MAX_MS,
                                           &step->answer_within_ms, "L004", diag) &&
                     ok;
        skill = yaml_get(map, "skill");
        if (!skill)
                return ok;
        ok = read_id(skill, "a skill", step->skill, sizeof(step->skill), diag) && ok;
        if (!step_pages(step, LADDER_TARGET_NEAREST_TEAM) &&
            !step_pages(step, LADDER_TARGET_NEXT_TEAM)) {
                diag_add(diag, DIAG_ERROR, "L008", skill->file, skill->mark,
                         "a skill is asked of nearest_team or next_team",
                         "this step pages no team");
                ok = false;
        }
        return ok;
}

static bool read_steps(struct ladder *ladder, const struct yaml_node *list, struct diag *diag) {
        const struct yaml_node *last = NULL;
        bool ok = true;

        if (!list)
                return false;
        if (list->type != YAML_LIST || list->count == 0 || list->count > LADDER_STEPS_MAX) {
                diag_add(diag, DIAG_ERROR, "L009", list->file, list->mark, NULL,
                         "steps must be a list of 1 to %d steps", LADDER_STEPS_MAX);
                return false;
        }
        for (const struct yaml_node *node = list->child; node; node = node->next) {
                ok = read_step(&ladder->steps[ladder->step_count++], node, diag) && ok;
                last = node;
        }
        if (ok && !step_pages(&ladder->steps[ladder->step_count - 1], LADDER_TARGET_DESK)) {
                diag_add(diag, DIAG_ERROR, "L010", last->file, last->mark,
                         "the last step is repeated until somebody answers; add desk to it",
                         "ladder \"%s\" ends without the desk", ladder->id);
                ok = false;
        }
        return ok;
}

static bool read_ladder(struct ladders *ladders, const struct yaml_node *map, struct diag *diag) {
        static const struct yaml_read_key keys[] = {
                {"id", true},
                {"arrive_within", true},
                {"steps", true},
        };
        struct ladder *ladder = &ladders->ladders[ladders->ladder_count];
        const struct yaml_node *within;
        bool ok = yaml_read_check_keys(map, "a ladder", keys, sizeof(keys) / sizeof(keys[0]),
                                       "L001", diag);

        if (map->type != YAML_MAP)
                return false;
        ok = read_id(yaml_get(map, "id"), "a ladder's id", ladder->id, sizeof(ladder->id), diag) &&
             ok;
        if (ladder->id[0] && ladders_find(ladders, ladder->id)) {
                const struct yaml_node *id = yaml_get(map, "id");

                diag_add(diag, DIAG_ERROR, "L011", id->file, id->mark, NULL,
                         "there are two ladders \"%s\"", ladder->id);
                ok = false;
        }
        within = yaml_get(map, "arrive_within");
        if (within)
                ok = yaml_read_duration_ms(within, ARRIVE_WITHIN_MIN_MS, ARRIVE_WITHIN_MAX_MS,
                                           &ladder->arrive_within_ms, "L004", diag) &&
                     ok;
        ok = read_steps(ladder, yaml_get(map, "steps"), diag) && ok;
        ladders->ladder_count++;
        return ok;
}

static int read_desks(struct ladders *ladders, const struct yaml_node *map, struct diag *diag) {
        if (!map)
                return 0;
        if (map->type != YAML_MAP) {
                diag_add(diag, DIAG_ERROR, "L002", map->file, map->mark,
                         "for example  desks: { grid-1: desk-grid-1 }",
                         "desks must be a map from district to desk");
                return 0;
        }
        ladders->desks = calloc(map->count + 1, sizeof(*ladders->desks));
        if (!ladders->desks)
                return err_raise(-ENOMEM);
        for (const struct yaml_node *node = map->child; node; node = node->next) {
                struct district_desk *desk = &ladders->desks[ladders->desk_count];

                if (strlen(node->key) >= sizeof(desk->district)) {
                        diag_add(diag, DIAG_ERROR, "L003", node->file, node->key_mark, NULL,
                                 "\"%s\" is too long for a district's id", node->key);
                        continue;
                }
                memcpy(desk->district, node->key, strlen(node->key) + 1);
                if (read_id(node, "a desk's id", desk->desk, sizeof(desk->desk), diag))
                        ladders->desk_count++;
        }
        return 0;
}

static int read_ladders(struct ladders *ladders, const struct yaml_node *list, struct diag *diag) {
        if (!list)
                return 0;
        if (list->type != YAML_LIST || list->count == 0) {
                diag_add(diag, DIAG_ERROR, "L009", list->file, list->mark, NULL,
                         "ladders must be a list of at least one ladder");
                return 0;
        }
        ladders->ladders = calloc(list->count, sizeof(*ladders->ladders));
        if (!ladders->ladders)
                return err_raise(-ENOMEM);
        for (const struct yaml_node *node = list->child; node; node = node->next)
                (void)read_ladder(ladders, node, diag);
        return 0;
}

static int read_root(struct ladders *ladders, const char *file, const struct yaml_node *root,
                     struct diag *diag) {
        static const struct yaml_read_key keys[] = {
                {"version", true},
                {"desk", true},
                {"desks", false},
                {"ladders", true},
        };
        const struct yaml_node *node;
        int64_t version;
        int r;

        if (!root) {
                diag_add(diag, DIAG_ERROR, "L012", file, (struct diag_mark){0},
                         "start from configs/escalation.yaml", "the file is empty");
                return 0;
        }
        (void)yaml_read_check_keys(root, "this file", keys, sizeof(keys) / sizeof(keys[0]), "L001",
                                   diag);
        if (root->type != YAML_MAP)
                return 0;
        node = yaml_get(root, "version");
        if (node)
                (void)yaml_read_integer(node, 1, 1, &version, "L002", diag);
        (void)read_id(yaml_get(root, "desk"), "a desk's id", ladders->desk, sizeof(ladders->desk),
                      diag);
        r = read_desks(ladders, yaml_get(root, "desks"), diag);
        return r < 0 ? err_trace(r) : read_ladders(ladders, yaml_get(root, "ladders"), diag);
}

static int read_doc(struct ladders **ret, const char *file, const struct yaml_doc *doc,
                    struct diag *diag) {
        int errors = diag_errors(diag);
        struct ladders *ladders;
        int r;

        ladders = calloc(1, sizeof(*ladders));
        if (!ladders)
                return err_raise(-ENOMEM);
        r = read_root(ladders, file, yaml_root(doc), diag);
        if (r == 0 && diag_errors(diag) != errors)
                r = LADDERS_REFUSED;
        if (r == 0) {
                *ret = ladders;
                ladders = NULL;
        }
        ladders_free(ladders);
        return r;
}

int ladders_load(struct ladders **ret, const char *path, struct diag *diag) {
        struct yaml_doc *doc = NULL;
        int r;

        r = yaml_load(&doc, path, diag);
        if (r == 0)
                r = read_doc(ret, path, doc, diag);
        else if (r == YAML_REFUSED)
                r = LADDERS_REFUSED;
        yaml_doc_free(doc);
        return r;
}

int ladders_parse(struct ladders **ret, const char *file, const char *text, size_t text_bytes,
                  struct diag *diag) {
        struct yaml_doc *doc = NULL;
        int r;

        r = yaml_parse(&doc, file, text, text_bytes, diag);
        if (r == 0)
                r = read_doc(ret, file, doc, diag);
        else if (r == YAML_REFUSED)
                r = LADDERS_REFUSED;
        yaml_doc_free(doc);
        return r;
}

struct ladders *ladders_free(struct ladders *ladders) {
        if (ladders) {
                free(ladders->desks);
                free(ladders->ladders);
                free(ladders);
        }
        return NULL;
}

/* --- asking ------------------------------------------------------------------------------------ */

const struct ladder *ladders_find(const struct ladders *ladders, const char *id) {
        for (size_t i = 0; i < ladders->ladder_count; i++) {
                if (strcmp(ladders->ladders[i].id, id) == 0)
                        return &ladders->ladders[i];
        }
        return NULL;
}

const struct ladder *ladders_get(const struct ladders *ladders, const char *id) {
        const struct ladder *ladder = ladders_find(ladders, id);

        return ladder ? ladder : &desk_only;
}

const char *ladders_desk(const struct ladders *ladders, const char *district) {
        for (size_t i = 0; i < ladders->desk_count; i++) {
                if (strcmp(ladders->desks[i].district, district) == 0)
                        return ladders->desks[i].desk;
        }
        return ladders->desk;
}

const char *ladders_desk_default(const struct ladders *ladders) {
        return ladders->desk;
}

size_t ladders_count(const struct ladders *ladders) {
        return ladders->ladder_count;
}

const struct ladder *ladders_at(const struct ladders *ladders, size_t index) {
        return index < ladders->ladder_count ? &ladders->ladders[index] : NULL;
}
