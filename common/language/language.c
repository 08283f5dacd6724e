/* SPDX-License-Identifier: MIT */
#include "common/language/language.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/err.h"

enum {
        FILE_BYTES_MAX = 8 << 20,
        FOLDERS_MAX = 3,
        LISTED_MAX = 64,
};

#define FILE_NAME "vigil.mo"

/* --- where catalogues are ------------------------------------------------------------------------ */

struct folders {
        char paths[FOLDERS_MAX][PATH_MAX];
        size_t count;
};

static void folder_add(struct folders *folders, const char *path, const char *more) {
        int bytes = snprintf(folders->paths[folders->count], PATH_MAX, "%s%s", path, more);

        folders->count += bytes > 0 && bytes < PATH_MAX;
}

static void folders_find(struct folders *ret) {
        const char *given = getenv("VIGIL_LOCALE_DIR");
        char program[PATH_MAX];
        ssize_t bytes = readlink("/proc/self/exe", program, sizeof(program) - 1);
        char *slash;

        ret->count = 0;
        if (given && given[0]) {
                folder_add(ret, given, "");
                return;
        }
        program[bytes > 0 ? bytes : 0] = '\0';
        slash = strrchr(program, '/');
        if (slash) {
                *slash = '\0';
                folder_add(ret, program, "/../po");
                folder_add(ret, program, "/../share/locale");
        }
        folder_add(ret, VIGIL_LOCALE_DIR, "");
}

/* Take "zh_CN" of "zh_CN.UTF-8@pinyin". Only letters, digits and _ are valid: the name becomes part of a path. */
static bool name_read(char ret[LANGUAGE_NAME_BYTES], const char *wanted) {
        size_t bytes = strcspn(wanted, ".@");

        if (bytes == 0 || bytes >= LANGUAGE_NAME_BYTES)
                return false;
        for (size_t i = 0; i < bytes; i++) {
                char c = wanted[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_'))
                        return false;
                ret[i] = c;
        }
        ret[bytes] = '\0';
        return true;
}

static void file_path(char ret[PATH_MAX], const char *folder, const char *name) {
        if (snprintf(ret, PATH_MAX, "%s/%s/LC_MESSAGES/" FILE_NAME, folder, name) >= PATH_MAX)
                ret[0] = '\0';
}

static bool is_there(const char *folder, const char *name) {
        char path[PATH_MAX];

        file_path(path, folder, name);
        return access(path, F_OK) == 0;
}

/* Is @name the language @language[@language_bytes], with or without a territory? */
static bool is_of(const char *name, const char *language, size_t language_bytes) {
        return strncmp(name, language, language_bytes) == 0 &&
               (name[language_bytes] == '\0' || name[language_bytes] == '_');
}

/* Take the first match in alphabetical order, because the order of readdir() is arbitrary. */
static bool territory_find(const char *folder, const char *language, size_t language_bytes,
                           char ret[LANGUAGE_NAME_BYTES]) {
        DIR *dir = opendir(folder);
        struct dirent *entry;
        char name[LANGUAGE_NAME_BYTES];
        bool found = false;

        while (dir && (entry = readdir(dir))) {
                if (!name_read(name, entry->d_name) || strcmp(name, entry->d_name) != 0 ||
                    !is_of(name, language, language_bytes) || !is_there(folder, name) ||
                    (found && strcmp(name, ret) >= 0))
                        continue;
                memcpy(ret, name, sizeof(name));
                found = true;
        }
        if (dir)
                closedir(dir);
        return found;
}

static bool catalogue_find(const struct folders *folders, char name[LANGUAGE_NAME_BYTES],
                           char ret_path[PATH_MAX]) {
        size_t language_bytes = strcspn(name, "_");

        for (size_t i = 0; i < folders->count; i++) {
                if (!is_there(folders->paths[i], name) &&
                    !territory_find(folders->paths[i], name, language_bytes, name))
                        continue;
                file_path(ret_path, folders->paths[i], name);
                return true;
        }
        return false;
}

/* --- reading one ------------------------------------------------------------------------------------- */

static int file_read(char **ret, size_t *ret_bytes, const char *path) {
        FILE *file = fopen(path, "rbe");
        char *bytes;
        size_t size;
        int r = 0;

        if (!file)
                return err_raise_why(-errno, "cannot read %s", path);
        bytes = malloc(FILE_BYTES_MAX + 1);
        size = bytes ? fread(bytes, 1, FILE_BYTES_MAX + 1, file) : 0;
        if (!bytes)
                r = err_raise(-ENOMEM);
        else if (ferror(file) || size > FILE_BYTES_MAX)
                r = err_raise_why(-EIO, "cannot read %s: too large or damaged", path);
        fclose(file);
        if (r < 0) {
                free(bytes);
                return r;
        }

        char *shrunk = realloc(bytes, size ? size : 1);

        *ret = shrunk ? shrunk : bytes;
        *ret_bytes = size;
        return 0;
}

/* The header is the translation of the empty text. */
static int header_read(struct language *language) {
        size_t bytes;
        const char *header = mo_find(&language->mo, "", 0, &bytes);

        if (!header || !strstr(header, "charset=UTF-8"))
                return err_raise_why(-EBADMSG, "the message catalogue %s is not in UTF-8",
                                     language->name);
        language->plural = strstr(header, "plural=");
        if (language->plural)
                language->plural += strlen("plural=");
        return 0;
}

static int catalogue_load(struct language **ret, const char *name, const char *path) {
        struct language *language = calloc(1, sizeof(*language));
        size_t bytes = 0;
        int r;

        if (!language)
                return err_raise(-ENOMEM);
        snprintf(language->name, sizeof(language->name), "%s", name);
        r = file_read(&language->bytes, &bytes, path);
        if (r == 0)
                r = mo_open(&language->mo, language->bytes, bytes);
        if (r == 0)
                r = header_read(language);
        if (r < 0) {
                language_free(language);
                return r;
        }
        *ret = language;
        return 0;
}

int language_load(struct language **ret, const char *wanted) {
        char name[LANGUAGE_NAME_BYTES], path[PATH_MAX];
        struct folders *folders;
        bool found;

        if (!name_read(name, wanted))
                return LANGUAGE_UNKNOWN;
        if (is_of(name, "en", 2) || strcmp(name, "C") == 0 || strcmp(name, "POSIX") == 0) {
                *ret = NULL;
                return 0;
        }
        folders = malloc(sizeof(*folders));
        if (!folders)
                return err_raise(-ENOMEM);
        folders_find(folders);
        found = catalogue_find(folders, name, path);
        free(folders);
        return found ? catalogue_load(ret, name, path) : LANGUAGE_UNKNOWN;
}

struct language *language_free(struct language *language) {
        if (language)
                free(language->bytes);
        free(language);
        return NULL;
}

/* --- which one ----------------------------------------------------------------------------------------- */

struct language *language_of_environment(void) {
        static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
        const char *locale = "", *list = getenv("LANGUAGE");
        struct language *language = NULL;
        char one[LANGUAGE_NAME_BYTES * 2];

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !locale[0]; i++)
                locale = getenv(names[i]) ? getenv(names[i]) : "";
        if (strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0)
                return NULL;
        while (list && *list) {
                size_t bytes = strcspn(list, ":");

                snprintf(one, sizeof(one), "%.*s", (int)(bytes < sizeof(one) ? bytes : 0), list);
                if (language_load(&language, one) == 0)
                        return language;
                list += bytes + (list[bytes] == ':');
        }
        return language_load(&language, locale) == 0 ? language : NULL;
}

const char *language_code(const struct language *language, char ret[LANGUAGE_NAME_BYTES]) {
        const char *name = language ? language->name : "en";

        snprintf(ret, LANGUAGE_NAME_BYTES, "%.*s", (int)strcspn(name, "_"), name);
        return ret;
}

bool language_reads_chinese(const struct language *language) {
        return language && is_of(language->name, "zh", 2);
}

static int compare_names(const void *a, const void *b) {
        return strcmp(a, b);
}

void language_list(char *ret, size_t ret_bytes) {
        struct folders *folders = malloc(sizeof(*folders));
        char names[LISTED_MAX][LANGUAGE_NAME_BYTES];
        size_t count = 0, used;

        if (folders)
                folders_find(folders);
        for (size_t i = 0; folders && i < folders->count; i++) {
                DIR *dir = opendir(folders->paths[i]);
                struct dirent *entry;

                while (dir && count < LISTED_MAX && (entry = readdir(dir)))
                        count += name_read(names[count], entry->d_name) &&
                                 strcmp(names[count], entry->d_name) == 0 &&
                                 is_there(folders->paths[i], names[count]);
                if (dir)
                        closedir(dir);
        }
        free(folders);
        qsort(names, count, sizeof(names[0]), compare_names);
        used = (size_t)snprintf(ret, ret_bytes, "en");
        for (size_t i = 0; i < count && used < ret_bytes; i++)
                if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
                        used += (size_t)snprintf(ret + used, ret_bytes - used, ", %s", names[i]);
}
