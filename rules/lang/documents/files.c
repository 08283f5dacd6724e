/* SPDX-License-Identifier: MIT
 *
 * Finds the rule files and parses them as YAML. Parsing takes most of the time, so several files are parsed in
 * parallel.
 */
#include "rules/lang/documents/files.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/err.h"
#include "rules/lang/reading/options.h"
#include "rules/lang/reading/reading.h"

/* --- which ---------------------------------------------------------------------------------------------- */

struct path_list {
        char **paths;
        size_t count;
};

static int path_add(struct path_list *list, const char *folder, const char *name) {
        char *path;
        char **paths = realloc(list->paths, (list->count + 1) * sizeof(*paths));

        if (!paths)
                return err_raise(-ENOMEM);
        list->paths = paths;
        if (asprintf(&path, "%s%s%s", folder ? folder : "", folder ? "/" : "", name) < 0)
                return err_raise(-ENOMEM);
        paths[list->count++] = path;
        return 0;
}

static void path_list_free(struct path_list *list) {
        for (size_t i = 0; i < list->count; i++)
                free(list->paths[i]);
        free(list->paths);
}

static bool name_ends(const char *name, const char *end) {
        size_t bytes = strlen(name), end_bytes = strlen(end);

        return bytes > end_bytes && strcmp(name + bytes - end_bytes, end) == 0;
}

/* Leaves out what editors create beside the files: ".30-vitals.yaml.swp", "30-vitals.yaml~". */
static int name_is_rule_file(const struct dirent *entry) {
        return entry->d_name[0] != '.' && name_ends(entry->d_name, ".yaml") &&
               !name_ends(entry->d_name, ".test.yaml");
}

static int name_compare(const struct dirent **a, const struct dirent **b) {
        return strcmp((*a)->d_name,
                      (*b)->d_name); /* not alphasort(): the order must not follow the locale */
}

static int folder_add(struct path_list *list, const char *folder) {
        struct dirent **entries;
        int count = scandir(folder, &entries, name_is_rule_file, name_compare);
        int r = 0;

        if (count < 0)
                return err_raise(-errno);
        for (int i = 0; i < count; i++) {
                if (r == 0)
                        r = path_add(list, folder, entries[i]->d_name);
                free(entries[i]);
        }
        free(entries);
        return r;
}

static int paths_expand(const struct lang_options *options, struct path_list *list,
                        struct diag *diag) {
        char overrides[PATH_MAX];

        for (size_t i = 0; i < options->path_count; i++) {
                const char *path = options->paths[i];
                struct stat status;
                int r;

                if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode)) {
                        r = path_add(list, NULL, path); /* yaml_load() reports its errors */
                } else {
                        r = folder_add(list, path);
                        if (r == 0 &&
                            snprintf(overrides, sizeof(overrides), "%s/overrides.d", path) <
                                    (int)sizeof(overrides) &&
                            stat(overrides, &status) == 0 && S_ISDIR(status.st_mode))
                                r = folder_add(list, overrides);
                }
                if (r == -ENOMEM)
                        return r;
                if (r < 0) {
                        diag_add(diag, DIAG_ERROR, "R008", path, (struct diag_mark){.line = 0},
                                 NULL, "cannot read this folder: %s",
                                 diag_word(diag, strerrordesc_np(-r)));
                        return r;
                }
        }
        return 0;
}

int lang_files(char ***ret, const struct lang_options *options, struct diag *diag) {
        struct path_list list = {NULL, 0};
        int r = paths_expand(options, &list, diag);

        if (r == 0) {
                char **files = realloc(list.paths, (list.count + 1) * sizeof(*files));

                if (!files)
                        r = err_raise(-ENOMEM);
                else
                        list.paths = files;
        }
        if (r < 0) {
                path_list_free(&list);
                return err_trace(r);
        }
        list.paths[list.count] = NULL;
        *ret = list.paths;
        return 0;
}

char **lang_files_free(char **files) {
        for (size_t i = 0; files && files[i]; i++)
                free(files[i]);
        free(files);
        return NULL;
}

/* --- reading -------------------------------------------------------------------------------------------- */

enum { THREADS_MAX = 8 };

struct one_file {
        const char *path;
        struct diag *diag; /* one per file, because a diag belongs to one thread */
        struct yaml_doc *doc;
        int r;
};

struct loading {
        struct one_file *files;
        size_t count;
        atomic_size_t next; /* next file to read; orders nothing */
};

static void *files_read(void *context) {
        struct loading *loading = context;
        size_t i;

        while ((i = atomic_fetch_add_explicit(&loading->next, 1, memory_order_relaxed)) <
               loading->count) {
                struct one_file *file = &loading->files[i];

                file->r = yaml_load(&file->doc, file->path, file->diag);
        }
        return NULL;
}

/* The caller's thread reads files, too, so all are read even if no thread can be started. */
static void all_read(struct loading *loading, unsigned int threads_wanted) {
        pthread_t threads[THREADS_MAX];
        long cores = threads_wanted ? (long)threads_wanted : sysconf(_SC_NPROCESSORS_ONLN);
        size_t most = loading->count < THREADS_MAX ? loading->count : THREADS_MAX, started = 0;

        while (started + 1 < most && (long)started + 1 < cores &&
               pthread_create(&threads[started], NULL, files_read, loading) == 0)
                started++;
        files_read(loading);
        while (started > 0)
                pthread_join(threads[--started], NULL);
}

/* Move documents and diagnostics into the reading, in the order of the files. */
static int files_take(struct lang_reading *reading, struct loading *loading) {
        int r = 0;

        for (size_t i = 0; i < loading->count; i++) {
                struct one_file *file = &loading->files[i];
                int merged = diag_merge(reading->diag, file->diag);

                if (r == 0)
                        r = file->r == -ENOMEM ? file->r : merged;
                if (file->doc)
                        reading->docs[reading->doc_count++] = file->doc;
                else
                        reading->refused =
                                true; /* the other files are still read, to report their errors */
        }
        return r;
}

int lang_documents_load(struct lang_reading *reading, char *const *paths, size_t count) {
        struct loading loading = {.files = calloc(count + 1, sizeof(*loading.files)),
                                  .count = count};
        int r = loading.files ? 0 : err_raise(-ENOMEM);

        for (size_t i = 0; r == 0 && i < count; i++) {
                loading.files[i] = (struct one_file){.path = paths[i]};
                r = diag_new(&loading.files[i].diag);
                if (r == 0)
                        diag_speak(loading.files[i].diag, diag_language(reading->diag));
        }
        if (r == 0) {
                all_read(&loading, reading->options->threads);
                r = files_take(reading, &loading);
        }
        for (size_t i = 0; loading.files && i < count; i++)
                diag_free(loading.files[i].diag);
        free(loading.files);
        return err_trace(r);
}
