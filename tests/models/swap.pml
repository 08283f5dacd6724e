/* SPDX-License-Identifier: MIT
 *
 * engine_swap(): a reloader offers rule sets through one pointer that is exchanged. The engine takes a set up at
 * the beginning of a call, its quiescent point, and publishes which set is in force. The reloader frees a
 * set that was displaced before it was taken up, or when a later set is in force.
 *
 * Holds: the engine never reads a set that is not filled or has been freed, and in the end every set except
 * the one in force has been freed. With -DBROKEN the engine publishes the new set before it stops using the old one.
 */
#define SETS 4 /* 0: in force from the start; 1 to 3: offered; NONE: no set */
#define NONE 255

byte offered = NONE;
byte in_force = 0;
bool filled[SETS];
bool freed[SETS];
bool done = false;

inline use(set) {
        assert(filled[set] && !freed[set])
}

inline release(set) {
        assert(!freed[set]);
        freed[set] = true
}

active proctype engine() {
        byte rules = 0;
        byte taken;

        filled[0] = true;
        do
        :: done && offered == NONE -> break
        :: else ->
                /* engine_enter() */
                if
                :: offered != NONE ->
                        atomic { taken = offered; offered = NONE }; /* T1 */
                        use(taken);                                 /* plans_renew() */
#ifdef BROKEN
                        in_force = taken;
                        use(rules);
                        rules = taken;
#else
                        use(rules);
                        rules = taken;
                        in_force = taken;                           /* S2 */
#endif
                :: else
                fi;
                use(rules);                                         /* events, deadlines */
                use(rules)
        od
}

active proctype reloader() {
        byte set = 1;
        byte displaced;
        byte held = 0; /* the set that was in force at the last check */

        do
        :: set < SETS ->
                filled[set] = true;
                atomic { displaced = offered; offered = set };      /* S1 */
                if
                :: displaced != NONE -> release(displaced)
                :: else
                fi;
                /* The reloader may check now, or only after the next offer. */
                if
                :: in_force != held && in_force == set ->           /* T2 */
                        release(held);
                        held = set
                :: skip
                fi;
                set++
        :: else -> break
        od;
        done = true;
        (offered == NONE && in_force == SETS - 1);
        /* Free the sets that were in force in between. */
        displaced = 0;
        do
        :: displaced < SETS - 1 ->
                if
                :: !freed[displaced] -> release(displaced)
                :: else
                fi;
                displaced++
        :: else -> break
        od
}
