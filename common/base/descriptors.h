/* SPDX-License-Identifier: MIT
 *
 * How many descriptors a program may have. A shell's and a service's soft limit is 1024, for programs that
 * still use select(); ours do not, and each connected pager is a descriptor.
 *
 * Thread: main(), before others start. Blocks: never.
 */
#ifndef VIGIL_COMMON_BASE_DESCRIPTORS_H
#define VIGIL_COMMON_BASE_DESCRIPTORS_H

/* Raises the soft limit to the hard one. Return: the limit in force, or -errno. */
long descriptors_raise(void);

#endif
