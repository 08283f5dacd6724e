/* SPDX-License-Identifier: MIT */
#include "rules/lang/ladders.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/files/yaml.h"
#include "rules/lang/lang.h"

static int names_copy(const struct yaml_node *list, char ***ret) {
        char **names = calloc(list->count + 1, sizeof(*names));
        size_t count = 0;

        if (!names)
                return err_raise(-ENOMEM);
        for (const struct yaml_node *item = list->child; item; item = item->next) {
                const struct yaml_node *id = yaml_get(item, "id");

                if (!id || id->type != YAML_TEXT)
                        continue; /* alerting reports it */
                names[count] = strdup(id->text);
                if (!names[count++]) {
                        lang_ladders_free(names);
                        return err_raise(-ENOMEM);
                }
        }
        *ret = names;
        return 0;
}

int lang_ladders_load(char ***ret, const char *path, struct diag *diag) {
        struct yaml_doc *doc;
        const struct yaml_node *list;
        int r;

        r = yaml_load(&doc, path, diag);
        if (r != 0)
                return r > 0 ? LANG_REFUSED : r;
        list = yaml_get(yaml_root(doc), "ladders");
        if (list && list->type == YAML_LIST) {
                r = names_copy(list, ret);
        } else {
                diag_add(diag, DIAG_ERROR, "R047", path, (struct diag_mark){.line = 1}, NULL,
                         "there are no \"ladders\" in this file");
                r = LANG_REFUSED;
        }
        yaml_doc_free(doc);
        return r;
}

char **lang_ladders_free(char **ladders) {
        for (size_t i = 0; ladders && ladders[i]; i++)
                free(ladders[i]);
        free(ladders);
        return NULL;
}
