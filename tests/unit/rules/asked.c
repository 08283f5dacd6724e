/* SPDX-License-Identifier: MIT */
#include "tests/unit/rules/asked.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Invalid options of prctl(): the kernel rejects them, and the tracer sees them as marks. */
enum { MARK_BEGIN = 0x56474201, MARK_END = 0x56474202, RAN_OUT = 128 };

static struct asked *shared; /* the child's counts, in memory shared with the parent */
static _Thread_local bool counting;

/* --- memory ------------------------------------------------------------------------------------- */

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *memory, size_t bytes);
extern void *__libc_memalign(size_t align, size_t bytes);
extern void __libc_free(void *memory);

static void note_allocation(void) {
        if (counting)
                shared->allocations++;
}

void *malloc(size_t bytes) {
        note_allocation();
        return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes) {
        note_allocation();
        return __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes) {
        note_allocation();
        return __libc_realloc(memory, bytes);
}

void *memalign(size_t align, size_t bytes) {
        note_allocation();
        return __libc_memalign(align, bytes);
}

void *aligned_alloc(size_t align, size_t bytes) {
        return memalign(align, bytes);
}

int posix_memalign(void **ret, size_t align, size_t bytes) {
        void *memory = memalign(align, bytes);

        if (memory)
                *ret = memory;
        return memory ? 0 : ENOMEM;
}

void free(void *memory) {
        if (counting && memory)
                shared->frees++;
        __libc_free(memory);
}

/* --- system calls --------------------------------------------------------------------------------- */

void asked_begin(void) {
        prctl(MARK_BEGIN);
        counting = true;
}

void asked_end(void) {
        counting = false;
        prctl(MARK_END);
}

static void note_call(const struct __ptrace_syscall_info *info, bool *tracing) {
        uint64_t number = info->entry.nr;

        if (number == SYS_prctl && info->entry.args[0] == MARK_BEGIN) {
                *tracing = true;
        } else if (number == SYS_prctl && info->entry.args[0] == MARK_END) {
                *tracing = false;
        } else if (*tracing) {
                shared->calls[number < ASKED_CALLS ? number : ASKED_CALLS - 1]++;
                shared->calls_in_all++;
        }
}

/* Trace the child from its first stop to its end. Return: as asked_of(). */
static int trace(pid_t child) {
        bool tracing = false;
        int status;

        if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status) ||
            ptrace(PTRACE_SETOPTIONS, child, NULL,
                   (void *)(uintptr_t)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) < 0)
                return RAN_OUT;
        for (int signal = 0;;) {
                struct __ptrace_syscall_info info;

                if (ptrace(PTRACE_SYSCALL, child, NULL, (void *)(uintptr_t)signal) < 0 ||
                    waitpid(child, &status, 0) != child)
                        return RAN_OUT;
                if (WIFEXITED(status))
                        return WEXITSTATUS(status);
                if (WIFSIGNALED(status))
                        return RAN_OUT + WTERMSIG(status);
                signal = WSTOPSIG(status);
                if (signal != (SIGTRAP | 0x80))
                        continue;
                signal = 0;
                if (ptrace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof(info), &info) > 0 &&
                    info.op == PTRACE_SYSCALL_INFO_ENTRY)
                        note_call(&info, &tracing);
        }
}

int asked_of(struct asked *ret, int (*run)(void *context), void *context) {
        int status;
        pid_t child;

        shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                      0);
        if (shared == MAP_FAILED)
                abort();
        child = fork();
        if (child == 0) {
                if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
                        _exit(RAN_OUT);
                raise(SIGSTOP);
                _exit(run(context));
        }
        status = trace(child);
        *ret = *shared;
        munmap(shared, sizeof(*shared));
        return status;
}

static int ask_twice(void *context) {
        (void)context;
        asked_begin();
        syscall(SYS_getppid);
        syscall(SYS_getppid);
        asked_end();
        return 0;
}

const char *asked_cannot(void) {
        struct asked asked;

        if (asked_of(&asked, ask_twice, NULL) != 0 || asked.calls[SYS_getppid] != 2)
                return "this machine does not let a process trace its child: ptrace(2)";
        return NULL;
}
