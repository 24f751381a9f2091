/* Time, backups and restores, and the end of all faults. */

/* After faults a process is not slower than its timers, and the network not slower than a message's lifetime. */
#if MESSAGES == 2
#define ALL_DELIVERED (!UNDELIVERED(0) && !UNDELIVERED(1))
#elif MESSAGES == 3
#define ALL_DELIVERED (!UNDELIVERED(0) && !UNDELIVERED(1) && !UNDELIVERED(2))
#else
#define ALL_DELIVERED (!UNDELIVERED(0) && !UNDELIVERED(1) && !UNDELIVERED(2) && !UNDELIVERED(3))
#endif
#if GATEWAYS == 1
#define ALL_IDLE (gateway[0].at == IDLE)
#else
#define ALL_IDLE (gateway[0].at == IDLE && gateway[1].at == IDLE)
#endif

inline counts_down(timer, least) {
    if
    :: timer > least -> timer--
    :: else
    fi
}

inline ages(it) {
    if
    :: it.state == SENDING -> counts_down(it.lease, -OFFSET)
    :: else
    fi;
    if
    :: it.doubted -> counts_down(it.settled, -OFFSET)
    :: else
    fi
}

proctype Clock() {
    byte n, m, k;

    do
    :: d_step { !calm || (ALL_IDLE && ALL_DELIVERED) ->
        printf("-- a unit of time passes\n");
        for (n : 0 .. NOTICES - 1) {
            ages(entry[n]);
#ifndef NO_RESTORE
            ages(backup[n])
#endif
        };
        for (n : 0 .. GATEWAYS - 1) {
            if
            :: gateway[n].at == CLAIMED || gateway[n].at == CLAIM_LOST -> counts_down(gateway[n].lease, -OFFSET - 1)
            :: else
            fi
        };
        n = 0;
        for (m : 0 .. MESSAGES - 1) {
            if
            :: message[m].made && !message[m].acted -> counts_down(message[m].left, 0); ends(m)
            :: else
            fi
        };
        m = 0;
        counts_down(restoring, 0)
       }
    od
}

proctype Faults() {
    byte n, j, k;

    do
    :: d_step { !calm && !IS_AWAY ->
        printf("-- no more faults\n");
        calm = true;
        missing = 0;        /* no restore follows: the backup means nothing any more */
        for (n : 0 .. NOTICES - 1) {
            backup[n].state = QUEUED;
            backup[n].lease = 0;
            backup[n].settled = 0;
            backup[n].doubted = false;
            backup[n].absences = 0;
            backup[n].person = false;
            backup[n].receipt = false
        };
        n = 0
       }
#ifndef NO_RESTORE
    :: d_step { !calm && !IS_AWAY && to_recover == 0 ->
        printf("-- a backup is made\n");
        missing = 0;
        for (n : 0 .. NOTICES - 1) {
            copies(backup[n], entry[n]);
#ifdef BUG_NO_JUMP
            shown_since[n] = false;
#endif
        };
        for (n : 0 .. GATEWAYS - 1) {
            if
            :: gateway[n].at == RECORDED -> gateway[n].backed_up = true
            :: else
            fi
        };
        n = 0
       }
    :: d_step { !calm && !IS_AWAY ->
        printf("-- the backup is restored; state files name what it lacks: %d\n", missing != 0);
        for (j : 0 .. GATEWAYS - 1) {
#ifdef FREE_RUNNING
            gateway[j].held = 0
#else
            rests(j)    /* every process is ended before a restore */
#endif
        };
        j = 0;
        for (n : 0 .. NOTICES - 1) {
            copies(entry[n], backup[n]);
            if
            :: (entry[n].state == PENDING || entry[n].state == IN_DOUBT) && missing != 0 ->
                entry[n].doubted = true;
                entry[n].settled = -OFFSET
            :: else
            fi;
#ifdef BUG_NO_JUMP
            row_is_ahead[n] = row_is_ahead[n] || shown_since[n];
#endif
        };
        n = 0;
        to_recover = missing;
        restoring = AWAY
       }
#endif
    :: calm -> break
    od
}
