/* SPDX-License-Identifier: MIT */
#include "rules/reload.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/files/diag.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "common/language/language.h"
#include "common/base/utf8.h"
#include "rules/eval/engine.h"
#include "rules/kept.h"
#include "rules/lang/documents/files.h"
#include "rules/lang/ladders.h"
#include "rules/lang/lang.h"
#include "rules/threads/stats.h"

enum { HASH_DIGITS = 12, HASH_BASE = 16 };

/* The first error in the files, and how many there are. */
struct mistake {
        char at[PATH_MAX + 32];
        char code[16];
        char message[RELOAD_MISTAKE_BYTES];
        int errors;
};

/* Overrides are about single elders: their error messages may contain health data and stay out of logs. */
static bool is_about_somebody(const char *file) {
        return strstr(file, "overrides.d/") != NULL;
}

/* Find the first error for the log, without data about elders. */
static void find_mistake(const struct diag *diag, struct mistake *ret) {
        struct diag_item item;

        for (size_t i = 0; diag_at(diag, i, &item); i++) {
                if (item.level != DIAG_ERROR)
                        continue;
                snprintf(ret->at, sizeof(ret->at), "%s:%d:%d", item.file, item.mark.line,
                         item.mark.column);
                snprintf(ret->code, sizeof(ret->code), "%s", item.code);
                snprintf(ret->message, sizeof(ret->message), "%s",
                         is_about_somebody(item.file) ? "a mistake in an override" : item.message);
                return;
        }
}

/* Read the rule files of @folder. @ladders: known ladder names; NULL: accept any. Return: 0, RELOAD_REFUSED, -errno. */
static int read_rules(const struct conf *conf, const char *folder, char *const *ladders,
                      struct diag *diag, struct rule_set **ret) {
        struct lang_options options = {
                .paths = &folder,
                .path_count = 1,
                .ladders = (const char *const *)ladders,
                .time_zone = conf->site.time_zone,
                .now_ms = clock_wall_ms(),
                .threads = 1, /* the other cores are for the shards */
        };

        return err_trace(lang_load(ret, &options, diag, NULL));
}

/* Read the ladders and the rule files, and print every error to standard error. Return: 0, RELOAD_REFUSED, -errno. */
static int load(const struct conf *conf, struct rule_set **ret, struct mistake *ret_first) {
        struct language *language;
        struct diag *diag = NULL;
        char **ladders = NULL;
        int r = diag_new(&diag);

        if (r < 0)
                return r;
        language = language_of_environment();
        diag_speak(diag, language);
        if (conf->alerting.ladders)
                r = lang_ladders_load(&ladders, conf->alerting.ladders, diag);
        if (r == 0)
                r = read_rules(conf, conf->rules.files, ladders, diag, ret);
        diag_print(diag, stderr, isatty(STDERR_FILENO));
        ret_first->errors = diag_errors(diag);
        find_mistake(diag, ret_first);
        diag_free(diag);
        language_free(language);
        lang_ladders_free(ladders);
        return err_trace(r);
}

/* --- the copy for a restart ------------------------------------------------------------------------ */

static void kept_folder(const struct conf *conf, char *ret, size_t ret_bytes) {
        snprintf(ret, ret_bytes, "%s/%s", conf->rules.kept, conf->rules.instance);
}

/* Read the copy. Errors are not printed: the files were correct when they were copied. Return: 0, RELOAD_REFUSED,
 * -errno. */
static int load_kept(const struct conf *conf, const char *folder, struct rule_set **ret) {
        struct diag *diag = NULL;
        int r = diag_new(&diag);

        /* Ladders may have changed since: accept any name here. Alerting reports ladders that do not exist. */
        if (r == 0)
                r = read_rules(conf, folder, NULL, diag, ret);
        diag_free(diag);
        return r;
}

static int copy_files(const struct reload *reload, const char *folder, const char *version,
                      char *ret, size_t ret_bytes) {
        const char *files = reload->conf->rules.files;
        struct lang_options options = {.paths = &files, .path_count = 1};
        struct diag *diag = NULL;
        char **paths = NULL;
        int r = diag_new(&diag);

        if (r == 0)
                r = lang_files(&paths, &options, diag);
        if (r == 0)
                r = kept_copy(folder, version, files, paths, ret, ret_bytes);
        lang_files_free(paths);
        diag_free(diag);
        return err_trace(r);
}

/* A file may have changed between reading and copying: the copy is used only if its version is the same. */
static int keep_as(const struct reload *reload, const char *folder, const char *version) {
        char copy[PATH_MAX];
        struct rule_set *rules = NULL;
        int r = copy_files(reload, folder, version, copy, sizeof(copy));

        if (r == 0)
                r = load_kept(reload->conf, copy, &rules);
        if (r == 0 && strcmp(rule_set_version(rules), version) == 0)
                r = kept_use(folder, version);
        else
                kept_drop(folder, version);
        rule_set_free(rules);
        return r;
}

/* Keep the set in force. */
static void keep(const struct reload *reload) {
        const char *version = rule_set_version(reload->rules);
        char folder[PATH_MAX];
        int r;

        if (!reload->conf->rules.kept)
                return;
        kept_folder(reload->conf, folder, sizeof(folder));
        if (kept_is(folder, version))
                return;
        r = keep_as(reload, folder, version);
        if (r < 0)
                log_event(LOG_WARN, "V2504",
                          "the rule files cannot be kept: a restart with mistakes in them would "
                          "not start",
                          "folder", folder, "why", err_why()[0] ? err_why() : strerror(-r), NULL);
}

/* Publish the new set, once every shard uses it. */
static void show(const struct reload *reload) {
        char digits[HASH_DIGITS + 1];

        snprintf(digits, sizeof(digits), "%.*s", HASH_DIGITS, rule_set_version(reload->rules));
        stat_set(STAT_RULE_SET_HASH, strtoll(digits, NULL, HASH_BASE));
        stat_set(STAT_RULES, rule_set_count(reload->rules));
        stat_set(STAT_RELOAD_SUCCESS_TIMESTAMP, clock_wall_ms() / 1000);
        log_event(LOG_INFO, "V2501", "rule set loaded", "version", rule_set_version(reload->rules),
                  "rules", log_number(rule_set_count(reload->rules)), NULL);
}

void reload_mistake(struct reload *reload, char *ret, size_t ret_bytes) {
        pthread_mutex_lock(&reload->lock);
        snprintf(ret, ret_bytes, "%s", reload->mistake);
        pthread_mutex_unlock(&reload->lock);
}

static void show_mistake(struct reload *reload, const char *why, const struct mistake *first) {
        char text[sizeof(*first) + RELOAD_MISTAKE_BYTES];
        size_t kept;

        if (first && first->at[0])
                snprintf(text, sizeof(text), "rule files refused: %s: error[%s]: %s", first->at,
                         first->code, first->message);
        else
                snprintf(text, sizeof(text), "rule files refused: %s", why);
        kept = utf8_prefix(text, strlen(text), sizeof(reload->mistake) - 1);
        pthread_mutex_lock(&reload->lock);
        memcpy(reload->mistake, text, kept);
        reload->mistake[kept] = '\0';
        pthread_mutex_unlock(&reload->lock);
        stat_set(STAT_RELOAD_SUCCESSFUL, 0);
}

static void show_no_mistake(struct reload *reload) {
        pthread_mutex_lock(&reload->lock);
        reload->mistake[0] = '\0';
        pthread_mutex_unlock(&reload->lock);
        stat_set(STAT_RELOAD_SUCCESSFUL, 1);
}

/* load(), counted and with the error published. Return: as load(). */
static int load_counted(struct reload *reload, struct rule_set **ret, struct mistake *ret_first) {
        *ret_first = (struct mistake){.errors = 0};

        int r = load(reload->conf, ret, ret_first);

        stat_add(STAT_RELOADS, 1);
        if (r)
                show_mistake(reload, r < 0 ? err_why() : "they cannot be read", ret_first);
        return r;
}

/* --- the files ----------------------------------------------------------------------------------- */

/* Watch the folder and its overrides.d instead of the files, because editors write a new file and rename
 * it. */
static int watch_files(struct reload *reload) {
        static const uint32_t what = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;
        char overrides[PATH_MAX];

        reload->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (reload->inotify_fd < 0)
                return err_raise(-errno);
        if (inotify_add_watch(reload->inotify_fd, reload->conf->rules.files, what | IN_CREATE) < 0)
                return err_raise_why(-errno, "%s cannot be watched", reload->conf->rules.files);
        snprintf(overrides, sizeof(overrides), "%s/overrides.d", reload->conf->rules.files);
        if (inotify_add_watch(reload->inotify_fd, overrides, what) < 0 && errno != ENOENT)
                return err_raise_why(-errno, "%s cannot be watched", overrides);
        return 0;
}

static bool drain_changes(struct reload *reload) {
        alignas(struct inotify_event) char buffer[4096];
        bool changed = false;

        while (read(reload->inotify_fd, buffer, sizeof(buffer)) > 0)
                changed = true;
        return changed;
}

/* --- the swap ------------------------------------------------------------------------------------ */

/* A set that this displaces before a shard has taken it up is still owned by reload (retired or refused), so the return
 * value of engine_swap() is not needed. */
static void swap(struct reload *reload, struct rule_set *rules) {
        reload->retired = reload->rules;
        reload->rules = rules;
        for (int32_t i = 0; i < reload->shard_count; i++) {
                (void)engine_swap(reload->shards[i].engine, rules);
                doorbell_ring(&reload->shards[i].bell);
        }
}

static bool is_refused(const struct reload *reload) {
        for (int32_t i = 0; i < reload->shard_count; i++)
                if (engine_rules_refused(reload->shards[i].engine) == reload->rules)
                        return true;
        return false;
}

static bool is_in_force(const struct reload *reload) {
        for (int32_t i = 0; i < reload->shard_count; i++)
                if (engine_rules_in_force(reload->shards[i].engine) != reload->rules)
                        return false;
        return true;
}

/* A shard had no memory for the new set: all shards go back to the old one. The refused set is not freed, so that no
 * later set gets the address by which engine_rules_refused() names it. */
static void go_back(struct reload *reload) {
        struct rule_set *rules = reload->rules;
        size_t bytes = (reload->refused_count + 1) * sizeof(*reload->refused);
        struct rule_set **refused = realloc(reload->refused, bytes);

        if (!refused)
                return; /* the next turn tries again */
        reload->refused = refused;
        reload->refused[reload->refused_count++] = rules;
        log_event(LOG_ERROR, "V2503", "no memory for the new rule set: back to the old one",
                  "version", rule_set_version(rules), NULL);
        show_mistake(reload, "no memory for the new rule set", NULL);
        swap(reload, reload->retired);
        reload->retired = NULL;
}

static void settle_swap(struct reload *reload) {
        if (!reload->retired)
                return;
        if (is_in_force(reload)) {
                reload->retired = rule_set_free(reload->retired);
                keep(reload); /* first: once the version is published, the files may change again */
                show(reload);
                show_no_mistake(reload);
        } else if (is_refused(reload)) {
                go_back(reload);
        }
}

static void tell_refused(const struct reload *reload, const struct mistake *first, int r) {
        log_event(LOG_ERROR, "V2502", "rule files refused: the old rule set stays in force",
                  "version", rule_set_version(reload->rules), "errors", log_number(first->errors),
                  "first", first->at, "code", first->code, "why", r < 0 ? err_why() : "", NULL);
}

static void reload_now(struct reload *reload) {
        struct rule_set *rules = NULL;
        struct mistake first;
        int r;

        reload->asked = false;
        reload->changed_mono_ms = 0;
        r = load_counted(reload, &rules, &first);
        if (r) {
                tell_refused(reload, &first, r);
                return;
        }
        if (strcmp(rule_set_version(rules), rule_set_version(reload->rules)) == 0) {
                rule_set_free(rules); /* files were written, but the rules are the same */
                show_no_mistake(reload);
                keep(reload);
                return;
        }
        swap(reload, rules);
}

void reload_ask(struct reload *reload) {
        reload->asked = true;
}

void reload_turn(struct reload *reload, int64_t now_mono_ms) {
        for (int32_t i = 0; i < reload->shard_count; i++)
                (void)engine_provide(reload->shards[i].engine);
        if (drain_changes(reload))
                reload->changed_mono_ms = now_mono_ms;
        settle_swap(reload);
        if (reload->retired)
                return; /* a shard has not taken up the last set yet: never more than two sets */
        if (reload->asked ||
            (reload->changed_mono_ms && now_mono_ms - reload->changed_mono_ms >= RELOAD_SETTLE_MS))
                reload_now(reload);
}

/* --- construction --------------------------------------------------------------------------------- */

/* The files have errors: start with the copy of the set that was last in force. Return: 0 or RELOAD_REFUSED. */
static int begin_with_kept(struct reload *reload, const struct mistake *first) {
        char folder[PATH_MAX], path[PATH_MAX + 16];
        int r;

        if (!reload->conf->rules.kept)
                return RELOAD_REFUSED;
        kept_folder(reload->conf, folder, sizeof(folder));
        snprintf(path, sizeof(path), "%s/current", folder);
        r = load_kept(reload->conf, path, &reload->rules);
        if (r)
                return RELOAD_REFUSED;
        log_event(LOG_ERROR, "V2505", "rule files refused: started with the last good rule set",
                  "version", rule_set_version(reload->rules), "errors", log_number(first->errors),
                  "first", first->at, "code", first->code, NULL);
        return 0;
}

int reload_init(struct reload *reload, const struct conf *conf, bool only_check) {
        struct mistake first;
        int r;

        *reload = (struct reload){.conf = conf, .inotify_fd = -1};
        pthread_mutex_init(&reload->lock, NULL);
        r = watch_files(reload); /* first, so that a change while we read is not missed */
        if (r == 0)
                r = load_counted(reload, &reload->rules, &first);
        if (r == 0)
                show_no_mistake(reload);
        if (r == 0 && !only_check)
                keep(reload);
        if (r > 0 && !only_check)
                r = begin_with_kept(reload, &first);
        if (r) {
                reload_fini(reload);
                return r < 0 ? err_trace(r) : RELOAD_REFUSED;
        }
        show(reload);
        return 0;
}

void reload_connect(struct reload *reload, struct shard *shards, int32_t shard_count) {
        reload->shards = shards;
        reload->shard_count = shard_count;
}

void reload_fini(struct reload *reload) {
        if (reload->inotify_fd >= 0)
                close(reload->inotify_fd);
        for (size_t i = 0; i < reload->refused_count; i++)
                rule_set_free(reload->refused[i]);
        free(reload->refused);
        rule_set_free(reload->retired);
        rule_set_free(reload->rules);
        pthread_mutex_destroy(&reload->lock);
        *reload = (struct reload){.inotify_fd = -1};
}
