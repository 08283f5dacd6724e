/* SPDX-License-Identifier: MIT */
#include "ingest/guard/poison.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#include "common/base/err.h"

#define MAGIC UINT64_C(0x316e736f706c6776) /* "vglposn1" */

/* Written by this process and read by the next one. Relaxed is enough: the end of a process orders all its writes. */
struct poison_slot {
        uint64_t magic;
        _Atomic uint64_t in_hand; /* hash of the message being handled; 0: none */
        uint64_t suspect;         /* the message in hand at the last crash */
        uint64_t deaths;          /* crashes in a row with it in hand */
};

static void count_death(struct poison_slot *slot) {
        uint64_t in_hand = atomic_load_explicit(&slot->in_hand, memory_order_relaxed);

        if (slot->magic != MAGIC)
                *slot = (struct poison_slot){.magic = MAGIC};
        else if (in_hand && in_hand == slot->suspect)
                slot->deaths++;
        else if (in_hand)
                *slot = (struct poison_slot){.magic = MAGIC, .suspect = in_hand, .deaths = 1};
        atomic_store_explicit(&slot->in_hand, 0, memory_order_relaxed);
}

int poison_open(struct poison *poison, const char *folder, const char *name) {
        char path[4096];
        void *at;
        int fd;

        *poison = (struct poison){0};
        if (!folder)
                return 0;
        if (snprintf(path, sizeof(path), "%s/%s.in-hand", folder, name) >= (int)sizeof(path))
                return err_raise(-ENAMETOOLONG);
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0)
                return err_raise_why(-errno, "%s: %s", path, strerror(errno));
        if (ftruncate(fd, sizeof(struct poison_slot)) < 0) {
                int r = err_raise_why(-errno, "%s: %s", path, strerror(errno));

                close(fd);
                return r;
        }
        at = mmap(NULL, sizeof(struct poison_slot), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        close(fd);
        if (at == MAP_FAILED)
                return err_raise_why(-errno, "%s: %s", path, strerror(errno));
        poison->slot = at;
        count_death(poison->slot);
        return 0;
}

void poison_close(struct poison *poison) {
        if (poison->slot)
                munmap(poison->slot, sizeof(struct poison_slot));
        poison->slot = NULL;
}

bool poison_begin(struct poison *poison, const char *topic, const void *payload,
                  size_t payload_bytes) {
        if (!poison->slot)
                return false;

        uint64_t hash =
                XXH3_64bits_withSeed(payload, payload_bytes, XXH3_64bits(topic, strlen(topic)));

        if (hash == 0)
                hash = 1;
        if (hash == poison->slot->suspect && poison->slot->deaths >= POISON_DEATHS)
                return true;
        atomic_store_explicit(&poison->slot->in_hand, hash, memory_order_relaxed);
        return false;
}

void poison_end(struct poison *poison) {
        if (!poison->slot)
                return;
        if (atomic_load_explicit(&poison->slot->in_hand, memory_order_relaxed) ==
            poison->slot->suspect)
                poison->slot->suspect = 0; /* not the cause: it was handled without a crash */
        atomic_store_explicit(&poison->slot->in_hand, 0, memory_order_relaxed);
}
