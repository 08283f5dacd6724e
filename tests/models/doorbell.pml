/* SPDX-License-Identifier: MIT
 *
 * rules/threads/doorbell.h: two producers, one consumer that sleeps when there is nothing. `asleep` is only ever
 * exchanged, by both sides; `bell` is the eventfd.
 *
 * Holds: everything put in is taken out and nobody sleeps for ever (an endless sleep is an invalid end).
 * With -DBROKEN the producer looks at `asleep` with a plain load that may be satisfied before its
 * item can be seen: both sides miss each other and the consumer sleeps on an item.
 */
#define PRODUCERS 2
#define ITEMS 2

byte items[PRODUCERS]; /* committed and not taken */
bit asleep = 0;
byte bell = 0;
byte taken = 0;

proctype producer(byte me) {
        byte made = 0;
        bit was;

        do
        :: made < ITEMS ->
#ifdef BROKEN
                was = asleep; /* hoisted over the commit */
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
                        :: items[0] > 0 || items[1] > 0 ->     /* the second look */
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
