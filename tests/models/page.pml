/* SPDX-License-Identifier: MIT
 *
 * The hand-over of a page. Alerting stores a plan in Kafka, then sends the page; the recipient answers; alerting
 * stores the answer, then confirms it ("stored"; `thank` in this model). Alerting may be killed at any point, also
 * after Kafka has taken a record and before alerting knows it. Any frame may be lost. The person of the first step
 * may never answer; the desk answers in the end.
 *
 * Holds:
 *      - no recipient is shown a page whose plan is not in Kafka (its answer could not be told from a forgery);
 *      - a recipient whose answer was confirmed keeps the alert, whatever is killed;
 *      - once an answer is stored, no further step is planned;
 *      - the alert always gets an answer: a kill or a loss never stops the escalation.
 * With -DBROKEN a page is sent before its plan is in Kafka.
 */
#define CRASHES 3
#define LOSSES 3
#define PERSON 1 /* step 1 asks the person */
#define DESK 2   /* step 2, the last, asks the desk */

/* Stored in Kafka. */
byte kept_step = 0;
byte kept_holder = 0;

/* In memory, and the one batch that is being written. */
byte step = 0;
byte holder = 0;
bool writing = false;
byte writes_step;
byte writes_holder;

byte crashes = 0;
byte losses = 0;
bool thanked[3];

chan to_person = [1] of { byte };
chan to_desk = [1] of { byte };
chan answers = [2] of { byte }; /* who answers */
chan thanks_person = [1] of { bit };
chan thanks_desk = [1] of { bit };

inline lose_or(channel, what) {
        if
        :: nfull(channel) -> channel!what
        :: losses < LOSSES -> losses++
        :: full(channel) -> skip
        fi
}

inline page(whom) {
        if
        :: whom == PERSON -> lose_or(to_person, PERSON)
        :: else -> lose_or(to_desk, DESK)
        fi
}

inline thank(whom) {
        if
        :: whom == PERSON -> lose_or(thanks_person, 1)
        :: else -> lose_or(thanks_desk, 1)
        fi
}

inline write() {
        writing = true;
        writes_step = step;
        writes_holder = holder
}

inline kafka_takes() {
        kept_step = writes_step;
        kept_holder = writes_holder
}

inline crash() {
        crashes++;
        if
        :: writing -> kafka_takes()
        :: skip
        fi;
        writing = false;
        step = kept_step;
        holder = kept_holder;
        assert(!thanked[PERSON] || holder == PERSON);
        assert(!thanked[DESK] || holder == DESK)
}

active proctype alerting() {
        byte who;
        do
        /* A deadline: plan the next step. After the last step, the page is only sent again. */
        :: atomic { !writing && holder == 0 && step < DESK ->
                assert(!thanked[PERSON] && !thanked[DESK]);
                step++;
                write();
#ifdef BROKEN
                page(step)
#endif
           }
        /* Kafka has acknowledged the batch: send the planned page, or confirm the answer. */
        :: atomic { writing ->
                kafka_takes();
                writing = false;
                if
                :: writes_holder != 0 -> thank(writes_holder)
                :: else -> page(writes_step)
                fi
           }
        /* No receipt: send the page again. */
        :: atomic { !writing && holder == 0 && step > 0 && empty(to_person) && empty(to_desk) ->
                page(step)
           }
        /* The first answer: store it. */
        :: atomic { !writing && holder == 0 && nempty(answers) ->
                answers?who;
                holder = who;
                write()
           }
        /* kill -9: Kafka may or may not have taken the batch. */
        :: atomic { crashes < CRASHES -> crash() }
        :: atomic { !writing && holder != 0 -> break }
        od;

        /* Somebody has accepted the alert: a valid end state, and no further page is sent. A recipient whose
         * confirmation was lost repeats the answer, and it is confirmed again. */
end_held:
        do
        :: atomic { answers?who ->
                if
                :: holder == who -> thank(who)
                :: else -> skip /* another recipient has it: refused */
                fi
           }
        :: atomic { crashes < CRASHES -> crash(); assert(holder != 0) }
        od
}

active proctype person() {
        bool shown = false;
end:    do
        :: atomic { to_person?_ -> assert(kept_step >= PERSON); shown = true }
        :: atomic { shown && !thanked[PERSON] && empty(answers) -> answers!PERSON }
        :: atomic { thanks_person?_ -> assert(kept_holder == PERSON); thanked[PERSON] = true }
        /* or no answer: this person may never answer */
        :: shown -> break
        od;
end2:   do
        :: to_person?_
        :: atomic { thanks_person?_ -> assert(kept_holder == PERSON); thanked[PERSON] = true }
        od
}

active proctype desk() {
        bool shown = false;
end:    do
        :: atomic { to_desk?_ -> assert(kept_step >= DESK); shown = true }
        :: atomic { shown && !thanked[DESK] && empty(answers) && holder != PERSON -> answers!DESK }
        :: atomic { thanks_desk?_ -> assert(kept_holder == DESK); thanked[DESK] = true }
        od
}
