/* SPDX-License-Identifier: MIT
 *
 * rules/threads/ring.h: one producer, one consumer, free-running indices that wrap (here at 256). Each side
 * has a private copy of the other side's index, which may be stale.
 *
 * Holds: items come out complete, once and in order; a slot is never filled while it is being read.
 * With -DBROKEN the tail may become visible before the slot that it advertises. This happens on a machine that
 * reorders stores if ring_commit() does not store with release order.
 */
#define SLOTS 2
#define ITEMS 6
#define BELOW_WRAP 254

byte slot[SLOTS];
byte head = BELOW_WRAP, tail = BELOW_WRAP;
byte reading = 255; /* the slot that the consumer reads, 255: none */

active proctype producer() {
        byte head_seen = BELOW_WRAP;
        byte item = 1;

        do
        :: item <= ITEMS ->
                if
                :: ((tail - head_seen) & 255) >= SLOTS ->
                        head_seen = head;                     /* A2: ring_reserve */
                        if
                        :: ((tail - head_seen) & 255) >= SLOTS -> goto again
                        :: else
                        fi
                :: else
                fi;
                assert(reading != tail % SLOTS);
#ifdef BROKEN
                if
                :: slot[tail % SLOTS] = item; tail++
                :: tail++; slot[((tail - 1) & 255) % SLOTS] = item
                fi;
#else
                slot[tail % SLOTS] = item;
                tail++;                                       /* R1: ring_commit */
#endif
                item++;
again:          skip
        :: else -> break
        od
}

active proctype consumer() {
        byte tail_seen = BELOW_WRAP;
        byte want = 1;
        byte count, i;

        do
        :: want <= ITEMS ->
                if
                :: tail_seen == head ->
                        (tail != head);                       /* empty: wait */
                        tail_seen = tail                      /* A1: ring_peek */
                :: else
                fi;
                count = (tail_seen - head) & 255;
                assert(count <= SLOTS);
                i = 0;
                do
                :: i < count ->
                        reading = (head + i) % SLOTS;
                        assert(slot[reading] == want);
                        want++;
                        reading = 255;
                        i++
                :: else -> break
                od;
                head = head + count                           /* R2: ring_release */
        :: else -> break
        od
}
