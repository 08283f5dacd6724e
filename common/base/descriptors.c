/* SPDX-License-Identifier: MIT */
#include "common/base/descriptors.h"

#include <errno.h>
#include <limits.h>
#include <sys/resource.h>

#include "common/base/err.h"

/* Some libraries loop over all possible descriptors, which takes minutes if the limit is very high. */
enum { DESCRIPTORS_MAX = 1 << 20 };

long descriptors_raise(void) {
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
                return err_raise(-errno);

        rlim_t wanted = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;

        if (limit.rlim_cur < wanted) {
                limit.rlim_cur = wanted;
                if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
                        return err_raise(-errno);
        }
        return limit.rlim_cur < LONG_MAX ? (long)limit.rlim_cur : LONG_MAX;
}
