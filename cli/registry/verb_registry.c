/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "cli/command/cli.h"
#include "cli/command/verbs.h"
#include "cli/registry/registry_csv.h"
#include "cli/registry/registry_publish.h"
#include "cli/term/table.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/kafka/kafka.h"
#include "common/kafka/kafka_topics.h"
#include "common/registry/registry_json.h"
#include "common/language/say.h"

enum {
        OPTION_TIMEOUT = 256,
        OPTION_PRUNE,
        OPTION_STRICT,
        OPTION_DRY_RUN,
        OPTION_REMOVE,

        TIMEOUT_DEFAULT_S = 30,
        BELONGINGS_MAX = 64,
        GONE_LISTED = 20, /* listed per type */
        KEY_BYTES = 64,
};

struct request {
        struct cli *cli;
        const char *operand;
        bool strict;
        long long remove; /* -1: not given */
        struct registry_publish_options publish;
};

/* Order of the output. */
static const enum registry_type listing[REGISTRY_TYPES] = {
        REGISTRY_DISTRICT, REGISTRY_ELDER, REGISTRY_DEVICE, REGISTRY_CONTACT, REGISTRY_TEAM,
};

static enum cli_exit fail(const struct request *request, int r) {
        if (r == -EINTR)
                return CLI_INTERRUPTED;
        return cli_fail(request->cli, r);
}

/* --- check ---------------------------------------------------------------------------------------- */

static void totals_print(const struct language *language, size_t errors, size_t warnings) {
        fprintf(stderr, say_count(language, "%zu error, ", "%zu errors, ", errors), errors);
        fprintf(stderr, say_count(language, "%zu warning.", "%zu warnings.", warnings), warnings);
        fputc('\n', stderr);
}

/* Read the folder and report its errors. Return: CLI_DONE, CLI_BAD, CLI_WARNINGS; CLI_INTERRUPTED and others after
 * a failure. */
static enum cli_exit files_load(const struct request *request, struct registry *registry,
                                struct registry_csv_result *ret) {
        struct diag *diag = NULL;
        enum cli_exit result = CLI_DONE;
        int r = cli_diag_new(request->cli, &diag);

        if (r == 0)
                r = registry_csv_load(request->operand, registry, diag, ret);
        if (r < 0) {
                diag_free(diag);
                return fail(request, r);
        }
        cli_diag_print(request->cli, diag);
        if (diag_errors(diag) || diag_warnings(diag))
                totals_print(request->cli->language, (size_t)diag_errors(diag),
                             (size_t)diag_warnings(diag));
        if (r == REGISTRY_CSV_REFUSED)
                result = CLI_BAD;
        else if (diag_warnings(diag) && request->strict)
                result = CLI_WARNINGS;
        diag_free(diag);
        return result;
}

static enum cli_exit check(struct request *request) {
        struct registry *registry = NULL;
        struct registry_csv_result files;
        enum cli_exit result;
        int r = registry_new(&registry);

        if (r < 0)
                return fail(request, r);
        result = files_load(request, registry, &files);
        if (result == CLI_DONE && request->cli->json) {
                for (size_t i = 0; i < REGISTRY_TYPES; i++)
                        printf("%s\"%ss\":%zu", i ? "," : "{", registry_type_name(listing[i]),
                               files.rows[listing[i]]);
                printf("}\n");
        } else if (result == CLI_DONE) {
                printf(say(request->cli->language,
                           "no errors; elders: %zu, devices: %zu, contacts: %zu, teams: %zu, "
                           "districts: %zu\n"),
                       files.rows[REGISTRY_ELDER], files.rows[REGISTRY_DEVICE],
                       files.rows[REGISTRY_CONTACT], files.rows[REGISTRY_TEAM],
                       files.rows[REGISTRY_DISTRICT]);
        }
        registry_free(registry);
        return result;
}

/* --- import --------------------------------------------------------------------------------------- */

/* Records of a missing file stay as they are in the topic, so references to them are checked against the topic.
 * Return: number of references that are in neither place. */
static size_t references_check(const struct request *request, const struct registry *files,
                               const struct registry *topic,
                               const struct registry_csv_result *result) {
        size_t unknown = 0;
        const struct registry_device *device;
        const struct registry_contact *contact;
        const struct registry_elder *elder;
        const struct registry_team *team;

        for (size_t i = 0;
             !result->present[REGISTRY_ELDER] && (device = registry_at(files, REGISTRY_DEVICE, i));
             i++)
                if (!registry_elder(topic, device->elder_id) && ++unknown)
                        cli_tell(request->cli,
                                 "device %s: elder %s is neither in the files nor in Kafka",
                                 device->id, device->elder_id);
        for (size_t i = 0; !result->present[REGISTRY_ELDER] &&
                           (contact = registry_at(files, REGISTRY_CONTACT, i));
             i++)
                if (!registry_elder(topic, contact->elder_id) && ++unknown)
                        cli_tell(request->cli,
                                 "contact %s: elder %s is neither in the files nor in Kafka",
                                 contact->id, contact->elder_id);
        for (size_t i = 0;
             !result->present[REGISTRY_DISTRICT] && (elder = registry_at(files, REGISTRY_ELDER, i));
             i++)
                if (!registry_district(topic, elder->district) && ++unknown)
                        cli_tell(request->cli,
                                 "elder %s: district %s is neither in the files nor in Kafka",
                                 elder->id, elder->district);
        for (size_t i = 0;
             !result->present[REGISTRY_DISTRICT] && (team = registry_at(files, REGISTRY_TEAM, i));
             i++)
                if (!registry_district(topic, team->district) && ++unknown)
                        cli_tell(request->cli,
                                 "team %s: district %s is neither in the files nor in Kafka",
                                 team->id, team->district);
        return unknown;
}

static void changes_json(const struct request *request,
                         const struct registry_publish_changes *changes, int64_t took_ms) {
        for (size_t i = 0; i < REGISTRY_TYPES; i++) {
                enum registry_type type = listing[i];

                printf("%s\"%ss\":{\"new\":%zu,\"changed\":%zu,\"same\":%zu,\"%s\":%zu}",
                       i ? "," : "{", registry_type_name(type), changes->added[type],
                       changes->changed[type], changes->same[type],
                       request->publish.prune ? "removed" : "not_here", changes->removed[type]);
        }
        printf(",\"published\":%zu,\"took_ms\":%lld,\"dry_run\":%s}\n", changes->published,
               (long long)took_ms, request->publish.dry_run ? "true" : "false");
}

static int changes_table(const struct request *request,
                         const struct registry_publish_changes *changes, int64_t took_ms) {
        const struct language *language = request->cli->language;
        const struct term_table_column columns[] = {
                {"", 10, false},
                {say(language, "NEW"), 9, true},
                {say(language, "CHANGED"), 9, true},
                {say(language, "SAME"), 9, true},
                {request->publish.prune ? say(language, "REMOVED") : say(language, "NOT HERE"), 9,
                 true}};
        struct term_table *table =
                term_table_new("", columns, sizeof(columns) / sizeof(columns[0]));
        int r;

        for (size_t i = 0; i < REGISTRY_TYPES; i++) {
                enum registry_type type = listing[i];

                term_table_row(table);
                term_table_cell(table, "%ss", registry_type_name(type));
                term_table_cell(table, "%zu", changes->added[type]);
                term_table_cell(table, "%zu", changes->changed[type]);
                term_table_cell(table, "%zu", changes->same[type]);
                term_table_cell(table, "%zu", changes->removed[type]);
        }
        r = term_table_print(table, stdout);
        term_table_free(table);
        if (r < 0)
                return r;
        if (request->publish.dry_run)
                fputs(say(language, "nothing was published (--dry-run)\n"), stdout);
        else
                printf(say_count(language, "%zu record published in %.1f s and acknowledged\n",
                                 "%zu records published in %.1f s, all acknowledged\n",
                                 changes->published),
                       changes->published, (double)took_ms / 1000);
        return 0;
}

static int changes_print(const struct request *request,
                         const struct registry_publish_changes *changes, int64_t took_ms) {
        size_t stale = 0;
        int r = 0;

        for (size_t i = 0; i < REGISTRY_TYPES; i++)
                stale += changes->removed[i];
        if (request->cli->json)
                changes_json(request, changes, took_ms);
        else
                r = changes_table(request, changes, took_ms);
        if (r < 0)
                return r;
        if (stale && !request->publish.prune)
                cli_tell(request->cli,
                         "records in Kafka that the files do not have: %zu; --prune removes them",
                         stale);
        return 0;
}

static void gone_print(void *context, enum registry_type type, const char *id) {
        size_t *listed = context;

        if (listed[type]++ < GONE_LISTED)
                printf("- %s/%s\n", registry_type_name(type), id);
        else if (listed[type] == GONE_LISTED + 1)
                printf("- %s/…\n", registry_type_name(type));
}

/* Return: CLI_DONE; CLI_BAD when more would be removed than the operator confirmed. */
static enum cli_exit removal_check(const struct request *request,
                                   const struct registry_publish_changes *changes,
                                   const struct registry_csv_result *files) {
        size_t asks = registry_publish_removal_asks(changes, files);
        size_t gone = 0;

        if (!request->publish.prune)
                return CLI_DONE;
        for (int type = 0; type < REGISTRY_TYPES; type++)
                gone += changes->removed[type];
        if (request->remove >= 0 ? (size_t)request->remove == gone : asks == 0)
                return CLI_DONE;
        cli_tell(request->cli,
                 "%zu records would be removed, and their elders' alarms with them; list them with "
                 "--prune --dry-run; to remove them all: --prune --remove %zu",
                 gone, gone);
        if (request->publish.dry_run)
                return CLI_DONE;
        cli_tell(request->cli, "nothing was published");
        return CLI_BAD;
}

static enum cli_exit publish(const struct request *request, const struct conf *conf,
                             const struct registry *wanted,
                             const struct registry_csv_result *files) {
        struct registry *current = NULL;
        struct registry_publish_options count = request->publish;
        struct registry_publish_changes changes = {0};
        size_t listed[REGISTRY_TYPES] = {0};
        int64_t started_mono_ms = clock_mono_ms();
        enum cli_exit result = CLI_DONE;
        int r = kafka_topics_ensure(conf, request->publish.timeout_ms);

        if (r == 0)
                r = registry_publish_load_topic(&current, conf, request->publish.timeout_ms);
        if (r < 0)
                return fail(request, r);
        if (references_check(request, wanted, current, files)) {
                cli_tell(request->cli, "nothing was published");
                registry_free(current);
                return CLI_BAD;
        }
        count.dry_run = true;
        if (request->publish.dry_run && !request->cli->json) {
                count.gone = gone_print;
                count.context = listed;
        }
        r = registry_publish(conf, current, wanted, files, &count, &changes);
        if (r == 0)
                result = removal_check(request, &changes, files);
        if (r == 0 && !request->publish.dry_run && result == CLI_DONE)
                r = registry_publish(conf, current, wanted, files, &request->publish, &changes);
        if (r < 0) {
                result = fail(request, r);
                cli_tell(request->cli,
                         "%zu records were published before the failure; run it again to continue",
                         changes.published);
        } else if (result == CLI_DONE) {
                r = changes_print(request, &changes, clock_mono_ms() - started_mono_ms);
                if (r < 0)
                        result = fail(request, r);
        }
        registry_free(current);
        return result;
}

static enum cli_exit import(struct request *request) {
        struct registry *wanted = NULL;
        struct registry_csv_result files;
        struct conf *conf = NULL;
        enum cli_exit result = cli_conf_load(request->cli, &conf);
        int r;

        if (result != CLI_DONE)
                return result;
        r = registry_new(&wanted);
        if (r < 0) {
                result = fail(request, r);
                goto out;
        }
        result = files_load(request, wanted, &files);
        if (result != CLI_DONE) {
                cli_tell(request->cli, "nothing was published");
                goto out;
        }
        result = publish(request, conf, wanted, &files);
out:
        registry_free(wanted);
        conf_free(conf);
        return result;
}

/* --- show ----------------------------------------------------------------------------------------- */

/* Add a record to @list, an array, or an object under the name of its type. Return: false when out of memory. */
static bool records_add(yyjson_mut_doc *doc, yyjson_mut_val *list, enum registry_type type,
                        const void *record) {
        char *json = NULL;
        char key[KEY_BYTES];

        if (registry_encode(type, record, &json, key, sizeof(key)) < 0)
                return false;

        yyjson_doc *read = yyjson_read(json, strlen(json), 0);
        yyjson_mut_val *value = read ? yyjson_val_mut_copy(doc, yyjson_doc_get_root(read)) : NULL;
        bool ok = value &&
                  (yyjson_mut_is_arr(list)
                           ? yyjson_mut_arr_append(list, value)
                           : yyjson_mut_obj_add_val(doc, list, registry_type_name(type), value));

        yyjson_doc_free(read);
        free(json);
        return ok;
}

static bool belongings_add(yyjson_mut_doc *doc, yyjson_mut_val *root,
                           const struct registry *registry, const char *elder_id) {
        const struct registry_device *devices[BELONGINGS_MAX];
        const struct registry_contact *contacts[BELONGINGS_MAX];
        size_t device_count = registry_devices_of(registry, elder_id, devices, BELONGINGS_MAX);
        size_t contact_count = registry_contacts_of(registry, elder_id, contacts, BELONGINGS_MAX);
        yyjson_mut_val *device_list = yyjson_mut_obj_add_arr(doc, root, "devices");
        yyjson_mut_val *contact_list = yyjson_mut_obj_add_arr(doc, root, "contacts");
        bool ok = device_list && contact_list;

        for (size_t i = 0; ok && i < device_count; i++)
                ok = records_add(doc, device_list, REGISTRY_DEVICE, devices[i]);
        for (size_t i = 0; ok && i < contact_count; i++)
                ok = records_add(doc, contact_list, REGISTRY_CONTACT, contacts[i]);
        return ok;
}

static int record_print(const struct cli *cli, const struct registry *registry,
                        enum registry_type type, const void *record) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = doc ? yyjson_mut_obj(doc) : NULL;
        bool ok = root && records_add(doc, root, type, record);
        char *text = NULL;

        if (ok && type == REGISTRY_ELDER)
                ok = belongings_add(doc, root, registry,
                                    ((const struct registry_elder *)record)->id);
        if (ok) {
                yyjson_mut_doc_set_root(doc, root);
                text = yyjson_mut_write(doc, cli->json ? 0 : YYJSON_WRITE_PRETTY_TWO_SPACES, NULL);
        }
        yyjson_mut_doc_free(doc);
        if (!text)
                return err_raise(-ENOMEM);
        printf("%s\n", text);
        free(text);
        return 0;
}

/* Match "elder/E17", or "E17" in any type. */
static bool record_is(enum registry_type type, const void *record, const char *wanted) {
        const char *name = registry_type_name(type);
        const char *id = record; /* every record begins with its id */
        size_t name_bytes = strlen(name);

        if (strchr(wanted, '/'))
                return strncmp(wanted, name, name_bytes) == 0 && wanted[name_bytes] == '/' &&
                       strcmp(wanted + name_bytes + 1, id) == 0;
        return strcmp(wanted, id) == 0;
}

static enum cli_exit show(struct request *request) {
        struct registry *registry = NULL;
        struct conf *conf = NULL;
        enum cli_exit result = cli_conf_load(request->cli, &conf);
        size_t found = 0;
        int r;

        if (result != CLI_DONE)
                return result;
        r = registry_publish_load_topic(&registry, conf, request->publish.timeout_ms);
        for (int type = 0; r == 0 && type < REGISTRY_TYPES; type++) {
                const void *record;

                for (size_t i = 0; r == 0 && (record = registry_at(registry, type, i)); i++) {
                        if (!record_is(type, record, request->operand))
                                continue;
                        found++;
                        r = record_print(request->cli, registry, type, record);
                }
        }
        if (r < 0) {
                result = fail(request, r);
        } else if (!found) {
                cli_tell(request->cli, "the registry has no \"%s\"", request->operand);
                result = CLI_BAD;
        }
        registry_free(registry);
        conf_free(conf);
        return result;
}

/* --- the verb ------------------------------------------------------------------------------------- */

static const struct {
        const char *name;
        const char *operand;
        enum cli_exit (*run)(struct request *request);
} actions[] = {
        {"check", "DIR", check},
        {"import", "DIR", import},
        {"show", "KEY", show},
};

static enum cli_exit act(struct request *request, int argc, char **argv) {
        if (argc == 0)
                return cli_usage(request->cli, "missing argument: check, import or show");
        for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
                if (strcmp(actions[i].name, argv[0]) != 0)
                        continue;
                if (argc != 2)
                        return cli_usage(request->cli, "%s takes one argument: %s", actions[i].name,
                                         actions[i].operand);
                request->operand = argv[1];
                return actions[i].run(request);
        }

        static const char *const names[] = {"check", "import", "show", NULL};
        const char *nearest = diag_nearest(argv[0], names);

        if (nearest)
                return cli_usage(request->cli, "unknown action \"%s\"; did you mean \"%s\"?",
                                 argv[0], nearest);
        return cli_usage(request->cli, "unknown action \"%s\"; one of: check, import, show",
                         argv[0]);
}

static enum cli_exit run(struct cli *cli, int argc, char **argv) {
        struct request request = {.cli = cli, .remove = -1};
        long long timeout_s = TIMEOUT_DEFAULT_S;
        int id;

        while ((id = cli_option_next(cli, argc, argv)) != CLI_OPTION_END) {
                if (id == CLI_OPTION_LEFT)
                        return cli_option_exit(cli);
                if (id == OPTION_TIMEOUT &&
                    !cli_number(cli, "--timeout", optarg, 1, 3600, &timeout_s))
                        return CLI_USAGE;
                if (id == OPTION_REMOVE &&
                    !cli_number(cli, "--remove", optarg, 0, INT32_MAX, &request.remove))
                        return CLI_USAGE;
                request.publish.prune |= id == OPTION_PRUNE;
                request.publish.dry_run |= id == OPTION_DRY_RUN;
                request.strict |= id == OPTION_STRICT;
        }
        if (request.remove >= 0 && !request.publish.prune)
                return cli_usage(cli, "--remove goes with --prune");
        request.publish.timeout_ms = (int)timeout_s * 1000;
        return act(&request, argc - optind, argv + optind);
}

static const char *const words[] = {"check", "import", "show", NULL};

static const struct cli_option options[] = {
        {OPTION_DRY_RUN, "dry-run", NULL, N_("count the changes, publish nothing")},
        {OPTION_PRUNE, "prune", NULL,
         N_("remove records from Kafka that the files no longer have")},
        {OPTION_REMOVE, "remove", "N",
         N_("confirm that --prune removes exactly N records (required when many would go)")},
        {OPTION_STRICT, "strict", NULL, N_("fail on warnings too (exit code 3)")},
        {OPTION_TIMEOUT, "timeout", "SECONDS", N_("how long to wait for Kafka (default: 30)")},
        {0},
};

static const struct cli_example examples[] = {
        {"vigil registry check configs/registry", N_("report every error; no server needed")},
        {"vigil registry import configs/registry", N_("publish what changed")},
        {"vigil registry import DIR --prune --dry-run", N_("show what would be removed")},
        {"vigil registry import DIR --prune --remove 120", N_("remove these 120 records")},
        {"vigil registry show elder/E0017", N_("with devices and contacts")},
        {NULL, NULL},
};

const struct cli_verb verb_registry = {
        .name = "registry",
        .group = CLI_GROUP_RUNNING,
        .summary = N_("check, import and show elders, devices, contacts, teams, districts"),
        .usage = "registry check DIR [--strict] [--json]\n"
                 "registry import DIR [--prune [--remove N]] [--dry-run] [--strict]\n"
                 "                [--timeout SECONDS] [--json]\n"
                 "registry show KEY [--json]\n",
        .words = words,
        .examples = examples,
        .details = N_("docs/registry.md describes the CSV files. If one row is wrong, nothing is "
                      "published. If a file is missing, its records stay as they are; an empty "
                      "file needs its header line. If --prune would remove more than 10 records of "
                      "a kind and more than 2 percent of it, or a file has no rows, --remove must "
                      "give the exact number of all removals."),
        .options = options,
        .run = run,
};
