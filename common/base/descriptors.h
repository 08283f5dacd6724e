/* SPDX-License-Identifier: MIT
 *
 * The limit of open file descriptors. Shells and services set a soft limit of 1024 because select() cannot handle
 * more. Our programs do not use select(), and each connected pager needs a descriptor.
 *
 * Thread: main(), before others start. Blocks: never.
 */
#ifndef VIGIL_COMMON_BASE_DESCRIPTORS_H
#define VIGIL_COMMON_BASE_DESCRIPTORS_H

/* Raise the soft limit to the hard limit, or to 1,048,576 if that is lower. Return: the limit in force, or -errno. */
long descriptors_raise(void);

#endif
