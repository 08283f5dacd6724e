/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command/cli.h"
#include "cli/command/verbs.h"
#include "cli/keys/allow_list.h"
#include "cli/keys/curve.h"
#include "cli/term/table.h"
#include "common/base/err.h"
#include "common/language/say.h"
#include "common/registry/registry.h"

enum { OPTION_ROLE = 256, OPTION_ID };

static const char *const roles[] = {"family", "team", "desk", "monitor", "ingest", NULL};

struct keys {
        struct cli *cli;
        const char *role, *id;
        char *dir; /* owned */
};

/* --- helpers ---------------------------------------------------------------------------------------- */

/* The folder from the command line, or that of the configuration. */
static enum cli_exit dir_find(struct keys *keys, const char *said) {
        struct conf *conf = NULL;

        if (!said) {
                enum cli_exit result = cli_conf_load(keys->cli, &conf);

                if (result != CLI_DONE)
                        return result;
        }
        keys->dir = strdup(said ? said : conf->alerting.keys);
        conf_free(conf);
        return keys->dir ? CLI_DONE : cli_fail(keys->cli, err_raise(-ENOMEM));
}

static enum cli_exit list_open(const struct keys *keys, struct allow_list **ret) {
        struct diag *diag = NULL;
        enum cli_exit result = CLI_DONE;
        int r = cli_diag_new(keys->cli, &diag);

        if (r == 0)
                r = allow_list_open(ret, keys->dir, diag);
        if (r == ALLOW_LIST_REFUSED) {
                cli_diag_print(keys->cli, diag);
                result = CLI_BAD;
        } else if (r < 0) {
                result = cli_fail(keys->cli, r);
        }
        diag_free(diag);
        return result;
}

static enum cli_exit dir_make(const struct keys *keys) {
        if (mkdir(keys->dir, 0700) < 0 && errno != EEXIST) {
                int why = errno;

                cli_tell(keys->cli, "cannot create the folder %s: %s", keys->dir, err_text(why));
                return why == EACCES ? CLI_FORBIDDEN : CLI_BAD;
        }
        return CLI_DONE;
}

/* Create the key file with O_EXCL: of two commands only one succeeds, and an existing key is never overwritten.
 * *ret_path: malloc'd. */
static enum cli_exit file_claim(const struct keys *keys, const char *id, char **ret_path) {
        char *path = NULL;

        if (asprintf(&path, "%s/%s.key", keys->dir, id) < 0)
                return cli_fail(keys->cli, err_raise(-ENOMEM));

        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

        if (fd < 0) {
                enum cli_exit result = errno == EEXIST   ? CLI_CONFLICT
                                       : errno == EACCES ? CLI_FORBIDDEN
                                                         : CLI_BAD;

                if (errno == EEXIST)
                        cli_tell(keys->cli, "%s exists already; a key is never overwritten", path);
                else
                        cli_tell(keys->cli, "%s: %s", path, err_text(errno));
                free(path);
                return result;
        }
        close(fd);
        *ret_path = path;
        return CLI_DONE;
}

/* --- actions ---------------------------------------------------------------------------------------- */

static enum cli_exit pair_make(const struct keys *keys, struct allow_list *list) {
        struct curve_pair pair;
        char *path = NULL;
        enum cli_exit result = file_claim(keys, keys->id, &path);
        int r;

        if (result != CLI_DONE)
                return result;
        r = curve_new(&pair);
        if (r == 0)
                r = curve_write(&pair, keys->dir, keys->id);
        if (r == 0)
                r = allow_list_add(list,
                                   &(struct allow_list_row){keys->id, keys->role, pair.public_key});
        if (r == 0) {
                if (keys->cli->json)
                        printf("{\"id\":\"%s\",\"role\":\"%s\",\"public_key\":\"%s\"}\n", keys->id,
                               keys->role, pair.public_key);
                else
                        printf(say(keys->cli->language, "%s  (%s, %s; the file is secret: give it "
                                                        "to this recipient only)\n"),
                               path, keys->id, keys->role);
        } else {
                unlink(path);
                if (r == ALLOW_LIST_TAKEN) {
                        cli_tell(keys->cli, "%s is already on the list; revoke it first", keys->id);
                        result = CLI_CONFLICT;
                } else {
                        result = cli_fail(keys->cli, r);
                }
        }
        explicit_bzero(&pair, sizeof(pair));
        free(path);
        return result;
}

static enum cli_exit keys_new(struct keys *keys) {
        struct allow_list *list = NULL;
        enum cli_exit result;

        if (!keys->id || !keys->role)
                return cli_usage(keys->cli, "new requires --role and --id");
        if (!registry_id_is_valid(keys->id, strlen(keys->id), REGISTRY_ID_BYTES) ||
            strcmp(keys->id, "server") == 0)
                return cli_usage(keys->cli,
                                 "--id must have 1 to %d characters of A-Z a-z 0-9 _ . - and must "
                                 "not be \"server\"",
                                 REGISTRY_ID_BYTES - 1);
        result = dir_make(keys);
        if (result == CLI_DONE)
                result = list_open(keys, &list);
        if (result == CLI_DONE)
                result = pair_make(keys, list);
        allow_list_close(list);
        return result;
}

static enum cli_exit keys_server(struct keys *keys) {
        struct curve_pair pair;
        char *path = NULL;
        enum cli_exit result = dir_make(keys);
        int r;

        if (result == CLI_DONE)
                result = file_claim(keys, "server", &path);
        if (result != CLI_DONE)
                return result;
        r = curve_new(&pair);
        if (r == 0)
                r = curve_write_server(&pair, keys->dir);
        if (r < 0) {
                unlink(path);
                result = cli_fail(keys->cli, r);
        } else {
                printf(say(keys->cli->language,
                           "%s  (secret; alerting's own)\n%s/server.pub  (for every client)\n"),
                       path, keys->dir);
        }
        explicit_bzero(&pair, sizeof(pair));
        free(path);
        return result;
}

static enum cli_exit keys_revoke(struct keys *keys) {
        struct allow_list *list = NULL;
        enum cli_exit result = list_open(keys, &list);

        if (result != CLI_DONE)
                return result;

        int r = allow_list_remove(list, keys->id);

        if (r == 0) {
                printf(say(keys->cli->language, "%s is off the list; alerting notices by itself\n"),
                       keys->id);
        } else if (r == ALLOW_LIST_UNKNOWN) {
                cli_tell(keys->cli, "%s is not on the list", keys->id);
                result = CLI_BAD;
        } else {
                result = cli_fail(keys->cli, r);
        }
        allow_list_close(list);
        return result;
}

static void rows_json(const struct allow_list *list) {
        struct allow_list_row row;

        for (size_t i = 0; (row = allow_list_at(list, i)).id; i++)
                printf("{\"id\":\"%s\",\"role\":\"%s\",\"public_key\":\"%s\"}\n", row.id,
                       row.role ? row.role : "", row.public_key ? row.public_key : "");
}

static int rows_table(const struct language *language, const struct allow_list *list) {
        const struct term_table_column columns[] = {{say(language, "ID"), 24, false},
                                                    {say(language, "ROLE"), 8, false},
                                                    {say(language, "PUBLIC KEY"), 0, false}};
        struct term_table *table =
                term_table_new("", columns, sizeof(columns) / sizeof(columns[0]));
        struct allow_list_row row;
        int r;

        for (size_t i = 0; (row = allow_list_at(list, i)).id; i++) {
                term_table_row(table);
                term_table_cell(table, "%s", row.id);
                term_table_cell(table, "%s", row.role ? row.role : "");
                term_table_cell(table, "%s", row.public_key ? row.public_key : "");
        }
        r = term_table_print(table, stdout);
        term_table_free(table);
        return r;
}

static enum cli_exit keys_list(struct keys *keys) {
        struct allow_list *list = NULL;
        enum cli_exit result = list_open(keys, &list);
        int r = 0;

        if (result != CLI_DONE)
                return result;
        if (keys->cli->json)
                rows_json(list);
        else
                r = rows_table(keys->cli->language, list);
        allow_list_close(list);
        return r < 0 ? cli_fail(keys->cli, r) : CLI_DONE;
}

/* --- the verb ---------------------------------------------------------------------------------------- */

static const struct action {
        const char *name;
        bool takes_id; /* the first operand is an ID */
        enum cli_exit (*run)(struct keys *keys);
} actions[] = {
        {"new", false, keys_new},
        {"server", false, keys_server},
        {"list", false, keys_list},
        {"revoke", true, keys_revoke},
};

static enum cli_exit act(struct keys *keys, int argc, char **argv) {
        for (size_t i = 0; argc && i < sizeof(actions) / sizeof(actions[0]); i++) {
                const struct action *action = &actions[i];
                int operands = 1 + action->takes_id;
                enum cli_exit result;

                if (strcmp(action->name, argv[0]) != 0)
                        continue;
                if (argc < operands || argc > operands + 1)
                        return cli_usage(keys->cli,
                                         action->takes_id
                                                 ? N_("%s takes an ID and at most one folder")
                                                 : N_("%s takes at most one folder"),
                                         action->name);
                if (action->takes_id)
                        keys->id = argv[1];
                result = dir_find(keys, argc > operands ? argv[operands] : NULL);
                if (result == CLI_DONE)
                        result = action->run(keys);
                free(keys->dir);
                return result;
        }
        return cli_usage(keys->cli, "missing argument: new, server, list or revoke");
}

static bool role_take(struct keys *keys, const char *role) {
        for (size_t i = 0; roles[i]; i++) {
                if (strcmp(roles[i], role) != 0)
                        continue;
                keys->role = role;
                return true;
        }
        cli_usage(keys->cli, "unknown role \"%s\"; one of: family, team, desk, monitor, ingest",
                  role);
        return false;
}

static enum cli_exit run(struct cli *cli, int argc, char **argv) {
        struct keys keys = {.cli = cli};
        int id;

        while ((id = cli_option_next(cli, argc, argv)) != CLI_OPTION_END) {
                if (id == CLI_OPTION_LEFT)
                        return cli_option_exit(cli);
                if (id == OPTION_ID)
                        keys.id = optarg;
                else if (!role_take(&keys, optarg))
                        return CLI_USAGE;
        }
        return act(&keys, argc - optind, argv + optind);
}

static const char *const words[] = {"new", "server", "list", "revoke", NULL};

static const struct cli_option options[] = {
        {OPTION_ROLE, "role", "ROLE", N_("family, team, desk, monitor or ingest")},
        {OPTION_ID, "id", "ID", N_("id of the contact, team or desk")},
        {0},
};

static const struct cli_example examples[] = {
        {"vigil keys server", N_("alerting's own key pair, once for each site")},
        {"vigil keys new --role family --id F0017a", N_("for the pager of a daughter")},
        {"vigil keys revoke F0017a", N_("her phone is lost")},
        {NULL, NULL},
};

const struct cli_verb verb_keys = {
        .name = "keys",
        .group = CLI_GROUP_RUNNING,
        .summary = N_("make, list and revoke the CURVE keys of those who may connect"),
        .usage = "keys server [DIR]\n"
                 "keys new --role family|team|desk|monitor|ingest --id ID [DIR]\n"
                 "keys list [DIR] [--json]\n"
                 "keys revoke ID [DIR]\n",
        .words = words,
        .examples = examples,
        .details = N_("DIR defaults to alerting.keys of the configuration. A key file is readable "
                      "by its owner only and is never overwritten. Alerting reloads allowed.yaml "
                      "by itself when it changes."),
        .options = options,
        .run = run,
};
