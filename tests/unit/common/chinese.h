/* SPDX-License-Identifier: MIT
 *
 * The Chinese catalogue of the build tree (Meson sets VIGIL_LOCALE_DIR). Loaded at the first call and never freed.
 */
#ifndef VIGIL_TESTS_UNIT_COMMON_CHINESE_H
#define VIGIL_TESTS_UNIT_COMMON_CHINESE_H

#include "common/language/language.h"
#include "tests/unit/common/unit.h"

static inline const struct language *chinese(void) {
        static struct language *language;

        if (!language)
                assert_int_equal(language_load(&language, "zh"), 0);
        return language;
}

#endif
