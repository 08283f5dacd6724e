/* SPDX-License-Identifier: MIT
 *
 * rules/threads/doorbell.h: two producers and one consumer that sleeps when its rings are empty. Both sides
 * access `asleep` by exchange only. `bell` is the eventfd.
 *
 * Holds: every item that is put in is taken out, and the consumer never sleeps for ever (that is an invalid end state).
 * With -DBROKEN the producer reads `asleep` with a plain load, which may be satisfied before its
 * item is visible: each side misses the other, and the consumer sleeps while an item waits.
 */
#define PRODUCERS 2
#define ITEMS 2

byte items[PRODUCERS]; /* committed and not taken yet */
bit asleep = 0;
byte bell = 0;
byte taken = 0;

proctype producer(byte me) {
        byte made = 0;
        bit was;

        do
        :: made < ITEMS ->
#ifdef BROKEN
                was = asleep; /* the load moved before the commit */
                items[me]++;
                if
                :: was -> asleep = 0; bell = 1
                :: else
                fi;
#else
                items[me]++;                                   /* ring_commit */
                atomic { was = asleep; asleep = 0 };           /* B1, C2: doorbell_ring */
                if
                :: was -> bell = 1
                :: else
                fi;
#endif
                made++
        :: else -> break
        od
}

proctype consumer() {
        bit dummy;
        byte k;

        do
        :: taken == PRODUCERS * ITEMS -> break
        :: else ->
                if
                :: items[0] > 0 -> items[0]--; taken++
                :: items[1] > 0 -> items[1]--; taken++
                :: items[0] == 0 && items[1] == 0 ->
                        atomic { dummy = asleep; asleep = 1 }; /* B2, C1: doorbell_arm */
                        if
                        :: items[0] > 0 || items[1] > 0 ->     /* the second check */
                                asleep = 0                     /* doorbell_disarm */
                        :: else ->
                                (bell > 0);                    /* doorbell_sleep: poll */
                                bell = 0;                      /* read */
                                asleep = 0
                        fi
                fi
        od;
        assert(items[0] == 0 && items[1] == 0)
}

init {
        atomic {
                run producer(0);
                run producer(1);
                run consumer()
        }
}
