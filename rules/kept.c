/* SPDX-License-Identifier: MIT */
#include "rules/kept.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/err.h"

enum { COPY_BYTES = 64 * 1024, FOLDER_MODE = 0700, FILE_MODE = 0600 };

static const char current[] = "current";

/* Return: 0 or -ENAMETOOLONG. */
static int path_of(char *ret, const char *folder, const char *name) {
        if (snprintf(ret, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX)
                return err_raise(-ENAMETOOLONG);
        return 0;
}

/* Write the version that `current` names into @ret[NAME_MAX + 1]; "" if there is none. */
static void current_read(const char *folder, char *ret) {
        char path[PATH_MAX];
        ssize_t used = -1;

        if (path_of(path, folder, current) == 0)
                used = readlink(path, ret, NAME_MAX);
        ret[used > 0 ? used : 0] = '\0';
        if (strchr(ret, '/'))
                ret[0] = '\0'; /* not written by us */
}

bool kept_is(const char *folder, const char *version) {
        char name[NAME_MAX + 1];

        current_read(folder, name);
        return strcmp(name, version) == 0;
}

/* --- copying -------------------------------------------------------------------------------------- */

static int pump(int from, int to) {
        static char bytes[COPY_BYTES];
        ssize_t used;

        while ((used = read(from, bytes, sizeof(bytes))) > 0)
                if (write(to, bytes, (size_t)used) != used)
                        return err_raise(errno ? -errno : -ENOSPC);
        if (used < 0 || fsync(to) < 0)
                return err_raise(-errno);
        return 0;
}

static int copy_file(const char *from, const char *to) {
        int in = open(from, O_RDONLY | O_CLOEXEC);
        int r = 0;

        if (in < 0)
                return err_raise_why(-errno, "%s cannot be read", from);

        int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);

        if (out < 0)
                r = err_raise_why(-errno, "%s cannot be written", to);
        else
                r = pump(in, out);
        close(in);
        if (out >= 0)
                close(out);
        return r;
}

static int make_folder(const char *path) {
        if (mkdir(path, FOLDER_MODE) < 0 && errno != EEXIST)
                return err_raise_why(-errno, "%s cannot be made", path);
        return 0;
}

/* Create @folder and its parent. */
static int make_folders(const char *folder) {
        char above[PATH_MAX];
        const char *slash = strrchr(folder, '/');
        int r = 0;

        if (slash && slash != folder && slash - folder < PATH_MAX) {
                snprintf(above, sizeof(above), "%.*s", (int)(slash - folder), folder);
                r = make_folder(above);
        }
        return r ? r : make_folder(folder);
}

int kept_copy(const char *folder, const char *version, const char *root, char *const *files,
              char *ret, size_t ret_bytes) {
        char set[PATH_MAX], path[PATH_MAX];
        size_t root_bytes = strlen(root);
        int r = make_folders(folder);

        kept_drop(folder, version); /* perhaps an incomplete copy is left from before */
        if (r == 0)
                r = path_of(set, folder, version);
        if (r == 0)
                r = make_folder(set);
        if (r == 0)
                r = path_of(path, set, "overrides.d");
        if (r == 0)
                r = make_folder(path);
        for (size_t i = 0; r == 0 && files[i]; i++) {
                const char *name = files[i] + root_bytes; /* every file is below @root */

                r = path_of(path, set, name + strspn(name, "/"));
                if (r == 0)
                        r = copy_file(files[i], path);
        }
        if (r == 0)
                snprintf(ret, ret_bytes, "%s", set);
        return err_trace(r);
}

/* --- use and removal -------------------------------------------------------------------------------- */

static void folder_empty(const char *path) {
        DIR *folder = opendir(path);
        const struct dirent *entry;

        while (folder && (entry = readdir(folder)))
                if (entry->d_name[0] != '.')
                        unlinkat(dirfd(folder), entry->d_name, 0);
        if (folder)
                closedir(folder);
}

void kept_drop(const char *folder, const char *version) {
        char set[PATH_MAX], overrides[PATH_MAX];

        if (!version[0] || path_of(set, folder, version) < 0 ||
            path_of(overrides, set, "overrides.d") < 0)
                return;
        folder_empty(overrides);
        rmdir(overrides);
        folder_empty(set);
        rmdir(set);
}

int kept_use(const char *folder, const char *version) {
        char path[PATH_MAX], next[PATH_MAX], former[NAME_MAX + 1];
        int r;

        current_read(folder, former);
        r = path_of(path, folder, current);
        if (r == 0)
                r = path_of(next, folder, "next");
        if (r < 0)
                return err_trace(r);
        unlink(next);
        if (symlink(version, next) < 0 || rename(next, path) < 0)
                return err_raise_why(-errno, "%s cannot be written", path);
        if (strcmp(former, version) != 0)
                kept_drop(folder, former);
        return 0;
}
