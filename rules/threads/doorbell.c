/* SPDX-License-Identifier: MIT */
#include "rules/threads/doorbell.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/base/require.h"

int doorbell_init(struct doorbell *doorbell) {
        int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

        if (fd < 0)
                return err_raise(-errno);
        atomic_init(&doorbell->asleep, 0);
        doorbell->fd = fd;
        return 0;
}

void doorbell_fini(struct doorbell *doorbell) {
        close(doorbell->fd);
        doorbell->fd = -1;
}

void doorbell_ring(struct doorbell *doorbell) {
        /* B1 -> C1 and C2 <- B2. An exchange even when the consumer is awake: a plain load could be
         * satisfied before our ring_commit() is visible, and the item would wait for the
         * consumer's timeout. */
        if (atomic_exchange_explicit(&doorbell->asleep, 0, memory_order_acq_rel)) {
                uint64_t one = 1;

                /* EAGAIN means that the counter is full, which wakes the sleeper as well. After any other failure an
                 * alarm would wait for the sleeper's timeout. */
                require(write(doorbell->fd, &one, sizeof(one)) == sizeof(one) || errno == EAGAIN,
                        "doorbell %d: errno %d", doorbell->fd, errno);
        }
}

void doorbell_arm(struct doorbell *doorbell) {
        /* B2 -> C2 and C1 <- B1. */
        atomic_exchange_explicit(&doorbell->asleep, 1, memory_order_acq_rel);
}

void doorbell_disarm(struct doorbell *doorbell) {
        atomic_exchange_explicit(&doorbell->asleep, 0, memory_order_acq_rel);
}

void doorbell_sleep(struct doorbell *doorbell, int timeout_ms) {
        struct pollfd poll_fd = {.fd = doorbell->fd, .events = POLLIN};
        uint64_t rung;

        require(doorbell->fd >= 0, "a doorbell without a descriptor is slept at");
        if (poll(&poll_fd, 1, timeout_ms) > 0 && read(doorbell->fd, &rung, sizeof(rung)) < 0)
                rung = 0; /* the counter was reset already: nothing to do */
        doorbell_disarm(doorbell);
}
