/* Conditions and changes that several processes share. */

#define ON(n) (1 << (n))
#define EVERY_MACHINE (ON(GATEWAYS) - 1)
#define HOLDS(g, n) (gateway[g].held & ON(n))
#define WORKS(g, n) (gateway[g].mine & ON(n))
#define IS_AWAY (restoring > 0)

#ifdef FREE_OWN_FILES
#define LACKS(g) (to_recover & ON(g))   /* only a machine's own file tells it */
#else
#define LACKS(g) (to_recover != 0)      /* `check` was run on every machine first */
#endif
#define IS_FREE(g) (gateway[g].at == IDLE && !IS_AWAY && !LACKS(g))

#define UNDELIVERED(m) (message[m].away && !message[m].acted && message[m].left > 0)

/* Forget message `m` if nobody waits for its answer and no copy of it can do anything. */
inline ends(m) {
    if
    :: message[m].made && !message[m].called && (!message[m].away || message[m].acted || message[m].left <= 0) ->
        message[m].made = false;
        message[m].away = false;
        message[m].acted = false;
        message[m].left = 0;
        message[m].notices = 0;
        for (k : 0 .. NOTICES - 1) {
            message[m].answer[k] = NOTHING
        };
        k = 0
    :: else
    fi
}

/* The work of process `g` ends: it is done, or was killed, or the store gave no answer. */
inline rests(g) {
    if
    :: gateway[g].at == RECORDED || gateway[g].at == WAITING ->
        message[gateway[g].slot].called = false;
        ends(gateway[g].slot)
    :: else
    fi;
    gateway[g].at = IDLE;
    gateway[g].lease = 0;
    gateway[g].held = 0;
    gateway[g].mine = 0;
    gateway[g].slot = 0;
    gateway[g].counts = false;
    gateway[g].backed_up = false;
    for (k : 0 .. NOTICES - 1) {
        gateway[g].told[k] = NOTHING
    };
    k = 0
}

/* Process `g` commits a step on notice `n`: every other copy of the row is old now. Whoever has asked about old rows alone
 * ends its work here: it would write nothing but an acceptance or a ticket, which the next question tells as well. */
inline moves(g, n) {
    for (j : 0 .. GATEWAYS - 1) {
        gateway[j].held = gateway[j].held & ~ON(n);
        if
        :: j != g && gateway[j].held == 0 && gateway[j].at > WAITING && gateway[j].at <= TICKET_TOLD -> rests(j)
        :: else
        fi
    };
    j = 0
}

/* Fields that mean nothing in a state have one value in it. The status that will be written to the row follows from
 * what the judiciary did and from what is stored. */
inline enters(n, next) {
    assert(next != SUBMITTED || judged[n] == ACCEPTED);
    assert(next != SERVED || (judged[n] == ACCEPTED && issued[n] && entry[n].receipt));
    assert(next != REFUSED || judged[n] == REJECTED);
    entry[n].state = next;
    entry[n].absences = 0;
    entry[n].lease = 0;
    if
    :: next != IN_DOUBT && next != PENDING ->
        entry[n].settled = 0;
        entry[n].doubted = false
    :: else
    fi;
    if
    :: next >= SUBMITTED -> entry[n].person = false
    :: else
    fi
}

/* A doubt begins now, by the clock of process `g`. */
inline doubts(g, n) {
    enters(n, IN_DOUBT);
    entry[n].doubted = true;
    entry[n].settled = gateway[g].offset + SETTLE
}

/* A verified answer about a notice: `settled` of sending/exchange.py, `issued` of sending/tickets.py. */
inline takes(n, what) {
    if
    :: what == ACCEPTED -> enters(n, SUBMITTED)
    :: what == REJECTED -> enters(n, REFUSED)
    :: what == TICKET -> enters(n, PENDING)
    fi
}

/* An answer to a submission whose notice has moved on: `_step` of sending/late_outcome.py. */
#define TAKES_LATE(n, what) ((what == ACCEPTED && entry[n].state < SUBMITTED) || \
    (what == TICKET && (entry[n].state == QUEUED || entry[n].state == SENDING || entry[n].state == IN_DOUBT)))
inline takes_late(g, n, what) {
    if
    :: what == TICKET && !entry[n].doubted ->
        /* A message of the other claim may be signed until its lease ends. */
        entry[n].settled = (entry[n].lease > gateway[g].offset -> entry[n].lease : gateway[g].offset) + SETTLE;
        entry[n].doubted = true
    :: else
    fi;
    takes(n, what)
}

/* A ticket that leads nowhere: doubt. One that an inquiry found keeps the beginning of its doubt. */
inline fails_ticket(g, n) {
    if
    :: entry[n].doubted -> entry[n].state = IN_DOUBT
    :: else -> doubts(g, n)
    fi
}

/* A proof of absence is right: the judiciary has nothing, and nothing that was made can still reach it. */
inline proves_absence(n) {
    assert(judged[n] == NOTHING);
    for (k : 0 .. MESSAGES - 1) {
        assert(!(message[k].made && (message[k].notices & ON(n)) && !message[k].acted && message[k].left > 0))
    };
    k = 0
}

inline copies(to, from) {
    to.state = from.state;
    to.lease = from.lease;
    to.settled = from.settled;
    to.doubted = from.doubted;
    to.absences = from.absences;
    to.person = from.person;
    to.receipt = from.receipt
}

/* State files name what the last backup lacks. If it is restored, every doubt begins anew, so that the times in it mean
 * nothing any more. */
inline backup_lacks(machines) {
#ifdef FREE_OWN_FILES
    missing = missing | machines
#else
    missing = EVERY_MACHINE;
    for (k : 0 .. NOTICES - 1) {
        backup[k].settled = 0;
        backup[k].doubted = false;
        backup[k].absences = 0
    };
    k = 0
#endif
}
