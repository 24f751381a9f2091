/* The judiciary and the network before it: copies of a message arrive at any time of its life, in any order and number.
 * One that is never chosen is lost; an answer that no process takes is lost, too. */

/* It acts on a copy: once, and not after Expires plus the skew. */
inline acts(m) {
    n = 0;
    do
    :: n < NOTICES && !(message[m].notices & ON(n)) -> n++
    :: n < NOTICES && (message[m].notices & ON(n)) ->
        printf("judiciary: acts on notice %d in message %d\n", n, m);
        assert(judged[n] == NOTHING);       /* no notice is registered twice */
        if
        :: judged[n] = ACCEPTED
#ifndef NO_REJECTION
        :: judged[n] = REJECTED
#endif
#ifndef NO_TICKETS
        :: judged[n] = TICKET
#endif
        fi;
        if
        :: message[m].called -> message[m].answer[n] = judged[n]
        :: else
        fi;
        n++
    :: n == NOTICES -> break
    od;
    n = 0;
    d_step {
        message[m].acted = true;
        message[m].left = 0;
        ends(m)
    }
}

/* It decides about a ticket, or drops it and acts on nothing; it issues a receipt. */
#define OPEN(n) (judged[n] == TICKET || (judged[n] == ACCEPTED && !issued[n] && RECEIPTS))
inline decides(n) {
    if
    :: judged[n] == TICKET -> judged[n] = ACCEPTED
#ifndef NO_REJECTION
    :: judged[n] == TICKET -> judged[n] = REJECTED
#endif
    :: judged[n] == TICKET && !calm -> judged[n] = NOTHING
    :: judged[n] == ACCEPTED -> issued[n] = true
    fi
}

proctype Judiciary() {
    byte n, k;

    do
    :: atomic { UNDELIVERED(0) -> acts(0) }
    :: atomic { UNDELIVERED(1) -> acts(1) }
#if MESSAGES > 2
    :: atomic { UNDELIVERED(2) -> acts(2) }
#endif
#if MESSAGES > 3
    :: atomic { UNDELIVERED(3) -> acts(3) }
#endif
    :: atomic { OPEN(0) -> decides(0) }
#if NOTICES > 1
    :: atomic { OPEN(1) -> decides(1) }
#endif
    od
}
