/* A process of the gateway: each option is one step, which ends in one commit or in one call. */

#define DUE(n) (entry[n].state == QUEUED && !entry[n].receipt)
#if NOTICES == 1
#define SOME_DUE DUE(0)
#else
#define SOME_DUE (DUE(0) || DUE(1))
#endif
#ifdef BUG_LEASE_FOR_EVER
#define EXPIRED(g, n) false
#else
#define EXPIRED(g, n) (entry[n].state == SENDING && gateway[g].offset >= entry[n].lease)
#endif
#define COUNTS(g, n) (gateway[g].offset >= entry[n].settled)

/* While faults last, a process asks at any time. Afterwards it asks when the answer can change anything. */
#define ASKABLE(g, n) (entry[n].state == IN_DOUBT && \
    (!calm || judged[n] != NOTHING || (COUNTS(g, n) && !entry[n].person)))
#define FOLLOWABLE(n) (entry[n].state == PENDING && (!calm || judged[n] != TICKET))
#define GIVES_UP(n) (entry[n].state == PENDING && !calm)
#ifdef BUG_CONFIRM_ONCE
#define FETCHABLE(n) (issued[n] && !entry[n].receipt)
#else
#define FETCHABLE(n) (issued[n] && (!entry[n].receipt || !confirmed[n]))
#endif
#define APPLICABLE(n) (entry[n].receipt && entry[n].state != SERVED && entry[n].state != SENDING)
#ifdef ROWS
#define WRITABLE(n) (row[n] != entry[n].state && entry[n].state != SENDING)
#else
#define WRITABLE(n) false
#endif
#define WORK(g, n) (EXPIRED(g, n) || ASKABLE(g, n) || FOLLOWABLE(n) || GIVES_UP(n) || FETCHABLE(n) || APPLICABLE(n) || \
    WRITABLE(n))

/* What a free process may do about one notice, beside sending it. */
inline works(g, n) {
    if
    /* in_doubt.py: an expired lease. Never back to the queue. */
    :: d_step { EXPIRED(g, n) ->
        printf("gateway %d: notice %d: the lease is over, doubt begins\n", g, n);
        moves(g, n);
#ifdef BUG_LEASE_BACK
        enters(n, QUEUED)
#else
        doubts(g, n)
#endif
    }

    /* in_doubt.py: inquire. The time of the question decides if "not known" counts. */
    :: d_step { ASKABLE(g, n) ->
        printf("gateway %d: notice %d: inquires; counts: %d\n", g, n, COUNTS(g, n));
        gateway[g].at = ASKED;
        gateway[g].mine = ON(n);
        gateway[g].held = ON(n);
        gateway[g].counts = COUNTS(g, n)
    }

    /* tickets.py: ask about a ticket. The answer "unknown" may be wrong. */
    :: FOLLOWABLE(n) ->
        d_step {
            gateway[g].at = TICKET_TOLD;
            gateway[g].mine = ON(n);
            gateway[g].held = ON(n)
        };
        if
        :: gateway[g].told[n] = judged[n]
        :: !calm -> gateway[g].told[n] = NOTHING
        fi;

    /* tickets.py: without an outcome for too long. A person decides. */
    :: d_step { GIVES_UP(n) ->
        printf("gateway %d: notice %d: the ticket takes too long, doubt for a person\n", g, n);
        moves(g, n);
        fails_ticket(g, n);
        entry[n].person = true
    }

    /* acceptance.py: a receipt comes, for the first time or once more, and is stored. */
    :: d_step { FETCHABLE(n) ->
#ifdef BUG_CONFIRM_BEFORE_STORE
        printf("gateway %d: notice %d: a receipt comes and is confirmed\n", g, n);
        assert(entry[n].receipt);
        confirmed[n] = true;
#endif
        printf("gateway %d: notice %d: a receipt is stored\n", g, n);
        entry[n].receipt = true;
        gateway[g].at = STORED;
        gateway[g].mine = ON(n)
    }

    /* receipt_application.py: one that came while its notice was being sent waits for the outcome. */
    :: d_step { APPLICABLE(n) ->
        printf("gateway %d: notice %d: the receipt is applied\n", g, n);
        moves(g, n);
        enters(n, SERVED)
    }

#ifdef ROWS
    /* writeback.py */
    :: d_step { WRITABLE(n) ->
#ifdef BUG_NO_JUMP
        if
        :: row_is_ahead[n]      /* the row has a later step's number, and refuses this one */
        :: else -> row[n] = entry[n].state; shown_since[n] = true
        fi
#else
        row[n] = entry[n].state
#endif
    }
#endif
    fi
}

proctype Process(byte g) {
    byte n, j, k, m;
    bool late;

    do
    /* A kill, or a store that gives no answer: the work ends wherever it is. */
    :: d_step { !calm && gateway[g].at != IDLE ->
        printf("gateway %d: is killed, or gives up\n", g);
        rests(g)
       }

    /* recovery.py, and `_forgotten` of in_doubt.py: what may still be sent is in doubt from now on. */
    :: d_step { gateway[g].at == IDLE && !IS_AWAY && LACKS(g) ->
        printf("gateway %d: begins a recovery\n", g);
        to_recover = 0;
        backup_lacks(EVERY_MACHINE);    /* the epoch is new, and the backup has another one */
#ifndef BUG_FORGET_RESTORE
        for (n : 0 .. NOTICES - 1) {
            if
#ifdef BUG_OLD_DOUBT
            :: entry[n].state == QUEUED || entry[n].state == PENDING ->
#else
            :: entry[n].state == QUEUED || entry[n].state == PENDING || entry[n].state == IN_DOUBT ->
#endif
                entry[n].person = entry[n].person || entry[n].state == PENDING;
                moves(g, n);
                doubts(g, n)
            :: else
            fi
        };
#endif
        n = 0
       }

    /* dispatch.py: claim what is due, under a lease. */
    :: atomic { IS_FREE(g) && SOME_DUE ->
        d_step {
            printf("gateway %d: claims\n", g);
            gateway[g].lease = gateway[g].offset + LEASE;
            for (n : 0 .. NOTICES - 1) {
                if
                :: DUE(n) ->
                    moves(g, n);
                    enters(n, SENDING);
                    entry[n].lease = gateway[g].lease;
                    gateway[g].held = gateway[g].held | ON(n);
                    gateway[g].mine = gateway[g].mine | ON(n)
                :: else
                fi
            };
            n = 0;
            gateway[g].at = CLAIMED
        };
#ifndef NO_REPEATS
        if
        :: !calm -> gateway[g].at = CLAIM_LOST
        :: true
        fi
#endif
       }

    /* A repeated claim finds its own lease, unless another process has ended it. */
    :: d_step { gateway[g].at == CLAIM_LOST && !IS_AWAY ->
        gateway[g].mine = gateway[g].mine & gateway[g].held;
        if
        :: gateway[g].mine == 0 -> rests(g)
        :: else -> gateway[g].at = CLAIMED
        fi
       }

    /* recovery.needed: a store that has forgotten something records no message. */
    :: d_step { gateway[g].at == CLAIMED && !IS_AWAY && LACKS(g) -> rests(g) }

    /* Nothing is signed after the lease, and nothing is recorded if a notice is not under this claim any more: then the
     * notices go back to the queue. Else a message is made and recorded. Its Created is this reading of the clock. */
    :: d_step { gateway[g].at == CLAIMED && !IS_AWAY && !LACKS(g) ->
        late = gateway[g].offset > gateway[g].lease;
#ifdef BUG_LATE_SIGNING
        late = false;
#endif
        late = late || gateway[g].held != gateway[g].mine;
        if
        :: late ->
            printf("gateway %d: its lease or its claim is over, it hands back\n", g);
            for (n : 0 .. NOTICES - 1) {
                if
                :: WORKS(g, n) && HOLDS(g, n) -> moves(g, n); enters(n, QUEUED)
                :: else
                fi
            };
            rests(g)
        :: else ->
            m = 0;
            do
            :: m < MESSAGES && message[m].made -> m++
            :: else -> break
            od;
            assert(m < MESSAGES);       /* there are as many messages as can be on their way at once */
            printf("gateway %d: makes and records message %d\n", g, m);
            message[m].made = true;
            message[m].called = true;
            message[m].notices = gateway[g].mine;
            message[m].left = gateway[g].offset + LIFETIME + SKEW;
            gateway[g].slot = m;
            gateway[g].lease = 0;
            gateway[g].at = RECORDED
        fi;
        n = 0; m = 0; late = false
       }

    /* The machine notes the record in its state file; only then the message leaves. */
    :: d_step { gateway[g].at == RECORDED ->
        printf("gateway %d: message %d leaves\n", g, gateway[g].slot);
#ifndef BUG_NOTE_LATER
        if
        :: !gateway[g].backed_up -> backup_lacks(ON(g))
        :: else
        fi;
        gateway[g].backed_up = false;
#endif
        message[gateway[g].slot].away = true;
        gateway[g].at = WAITING
       }

    /* submission_step.py: the answer is committed; late_outcome.py: so it is if the notice has moved on meanwhile. */
    :: atomic { gateway[g].at == WAITING && !IS_AWAY && message[gateway[g].slot].acted ->
        d_step {
            for (n : 0 .. NOTICES - 1) {
                if
                :: WORKS(g, n) && HOLDS(g, n) ->
                    printf("gateway %d: notice %d: commits the answer %d\n", g, n, message[gateway[g].slot].answer[n]);
                    moves(g, n);
                    takes(n, message[gateway[g].slot].answer[n])
#if GATEWAYS > 1
                :: WORKS(g, n) && !HOLDS(g, n) && TAKES_LATE(n, message[gateway[g].slot].answer[n]) ->
                    printf("gateway %d: notice %d: commits the late answer %d\n", g, n, message[gateway[g].slot].answer[n]);
                    moves(g, n);
                    takes_late(g, n, message[gateway[g].slot].answer[n])
#endif
                :: else
                fi
            };
            n = 0;
            rests(g)
        }
       }

    /* No answer, or one that proves nothing: a fault such as busy, the answer to another copy (a replay), a page of a
     * proxy, a signature that does not verify. It may come before, after or without any act of the judiciary. */
    :: atomic { gateway[g].at == WAITING && !IS_AWAY &&
            (!calm || (message[gateway[g].slot].left <= 0 && !message[gateway[g].slot].acted)) ->
        d_step {
            printf("gateway %d: no answer, or a fault\n", g);
            for (n : 0 .. NOTICES - 1) {
                if
                :: WORKS(g, n) && HOLDS(g, n) ->
                    moves(g, n);
#ifdef BUG_TRUST_BUSY
                    enters(n, QUEUED);
#else
                    doubts(g, n);
#endif
                    late = true
                :: else
                fi
            };
            n = 0;
            rests(g)
        };
#ifndef NO_REPEATS
        if
        :: !calm && late -> gateway[g].at = STEP_LOST
        :: true
        fi;
#endif
        late = false
       }

    /* A repeated transaction writes a step only on the row that it started from. */
    :: d_step { gateway[g].at == STEP_LOST && !IS_AWAY ->
#ifdef BUG_BLIND_REPEAT
        printf("gateway %d: notice 0: writes its doubt once more\n", g);
        moves(g, 0);
        doubts(g, 0);
#endif
        rests(g)
       }

    /* Everything else that a free process does about one notice. */
    :: atomic { IS_FREE(g) && WORK(g, 0) -> works(g, 0) }
#if NOTICES > 1
    :: atomic { IS_FREE(g) && WORK(g, 1) -> works(g, 1) }
#endif

    /* The judiciary reads its books at some time between question and answer. */
    :: d_step { gateway[g].at == ASKED ->
        printf("judiciary: answers gateway %d's inquiry\n", g);
        for (n : 0 .. NOTICES - 1) {
            if
            :: WORKS(g, n) -> gateway[g].told[n] = judged[n]
            :: else
            fi
        };
        n = 0;
        gateway[g].at = TOLD
       }
#ifdef ONE_WRONG_ANSWER
    /* Once it says "not known" although it knows: it read a copy of its books that was behind. */
    :: d_step { gateway[g].at == ASKED && !calm && !was_wrong ->
        printf("judiciary: answers gateway %d's inquiry wrongly with: not known\n", g);
        was_wrong = true;
        gateway[g].at = TOLD
       }
#endif

    :: d_step { gateway[g].at == TOLD && !IS_AWAY ->
        for (n : 0 .. NOTICES - 1) {
            if
            :: WORKS(g, n) && HOLDS(g, n) ->
                moves(g, n);
                if
                :: gateway[g].told[n] != NOTHING -> takes(n, gateway[g].told[n])
#ifdef BUG_COUNT_AT_ANSWER
                :: gateway[g].told[n] == NOTHING && COUNTS(g, n) ->
#elif defined(BUG_NOT_SETTLED)
                :: gateway[g].told[n] == NOTHING ->
#else
                :: gateway[g].told[n] == NOTHING && gateway[g].counts ->
#endif
                    if
                    :: entry[n].absences < ANSWERS -> entry[n].absences++
                    :: else
                    fi;
                    if
                    :: entry[n].absences == ANSWERS && !entry[n].person ->
                        printf("gateway %d: notice %d: absence is proven, queued\n", g, n);
                        proves_absence(n);
                        enters(n, QUEUED)
                    :: else
                    fi
                :: else
                fi
            :: else
            fi
        };
        n = 0;
        rests(g)
       }

    :: d_step { gateway[g].at == TICKET_TOLD && !IS_AWAY ->
        for (n : 0 .. NOTICES - 1) {
            if
            :: WORKS(g, n) && HOLDS(g, n) && gateway[g].told[n] != TICKET ->
                printf("gateway %d: notice %d: its ticket leads to %d\n", g, n, gateway[g].told[n]);
                moves(g, n);
                if
                :: gateway[g].told[n] != NOTHING -> takes(n, gateway[g].told[n])
#ifdef BUG_TRUST_TICKET
                :: gateway[g].told[n] == NOTHING -> enters(n, QUEUED)
#else
                :: gateway[g].told[n] == NOTHING -> fails_ticket(g, n); entry[n].person = true
#endif
                fi
            :: else
            fi
        };
        n = 0;
        rests(g)
       }

    /* acceptance.py: confirm what is stored. */
    :: d_step { gateway[g].at == STORED ->
        for (n : 0 .. NOTICES - 1) {
            if
            :: WORKS(g, n) ->
                assert(entry[n].receipt);
                confirmed[n] = true
            :: else
            fi
        };
        n = 0;
        rests(g)
       }
    od
}
