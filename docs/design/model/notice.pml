/* The protocol of a notice: claim, lease, submission, doubt, inquiry, settling, ticket, receipt, restore.
 *
 * README.md in this folder says which variable is which code, what is left out, and how to run it.
 * Time is counted in whole units of the judiciary's clock. Nothing here is an absolute time: a timer counts the units
 * that are left, so a run may last for ever. BUG_... breaks one guard on purpose; FREE_... drops one assumption.
 */

#ifndef NOTICES
#define NOTICES 1       /* 1 or 2; a message carries all that one claim found */
#endif
#ifndef GATEWAYS
#define GATEWAYS 2      /* 1 or 2 processes on one store, each with one call under way */
#endif
#ifndef LIFETIME
#define LIFETIME 1      /* [judiciary] lifetime_seconds: from a message's Created to its Expires */
#endif
#ifndef SKEW
#define SKEW 1          /* [judiciary] skew_seconds: the judiciary acts for so long after Expires */
#endif
#ifndef OFFSET
#define OFFSET SKEW     /* clock_tolerance: how far a gateway's clock may be from the judiciary's */
#endif
#ifndef LEASE
#define LEASE 1         /* [dispatch] lease_seconds */
#endif
#ifndef SETTLE
#define SETTLE (LIFETIME + SKEW + OFFSET)   /* settle_seconds: with OFFSET = SKEW, the least that settings allow */
#endif
#ifndef AWAY
#define AWAY (2 * OFFSET)   /* a restore takes as long as the clocks of two gateways may differ */
#endif
#ifndef ANSWERS
#define ANSWERS 2       /* ANSWERS_THAT_PROVE_ABSENCE */
#endif
#define MESSAGES (GATEWAYS + NOTICES)
#ifdef NO_RECEIPTS
#define RECEIPTS false
#else
#define RECEIPTS true
#endif
#ifdef BUG_NO_JUMP
#define ROWS
#endif

/* States of gateway/notice/delivery_state.py. SERVED stands for DELIVERED and VIEWED, REFUSED for REJECTED and
 * NO_ACCOUNT. */
#define QUEUED 0
#define SENDING 1
#define PENDING 2
#define IN_DOUBT 3
#define SUBMITTED 4
#define SERVED 5
#define REFUSED 6

/* What the judiciary has done about a notice, and what an answer says. */
#define NOTHING 0
#define TICKET 1
#define ACCEPTED 2
#define REJECTED 3

/* Where a process stands in its work. It can be killed at each of these places. */
#define IDLE 0
#define CLAIMED 1       /* the claim is committed; seals are read, the message is signed */
#define RECORDED 2      /* MESSAGE_SENT is committed */
#define WAITING 3       /* the message has left */
#define ASKED 4         /* an inquiry has left */
#define TOLD 5          /* its answer is here, and not committed */
#define TICKET_TOLD 6   /* so is the answer to a question about a ticket */
#define STORED 7        /* a receipt is stored, and not confirmed */
#define CLAIM_LOST 8    /* the answer to the COMMIT of a claim was lost: the transaction is repeated */
#define STEP_LOST 9     /* the same of a step */

bool calm;              /* no fault happens any more */

typedef Message {
    bool made;          /* it exists, here or on its way */
    bool away;          /* it has left: copies arrive at any time, in any number, or never */
    bool acted;         /* the judiciary acted on a copy; it acts on each message once */
    bool called;        /* a process waits for its answer */
    short left;         /* units until the judiciary acts on no copy any more: until its Expires plus the skew */
    byte notices;       /* the notices in it, as bits */
    byte answer[NOTICES];
};
Message message[MESSAGES];

typedef Entry {         /* a row of `outbox` */
    byte state;
    short lease;        /* lease_until */
    short settled;      /* doubt_since + settle_after */
    bool doubted;       /* doubt_since is set */
    byte absences;
    bool person;        /* a code of PERSON_DECIDES: doubt.ticket-unknown, which becomes doubt.ticket-late */
    bool receipt;       /* a receipt is stored */
};
Entry entry[NOTICES];
Entry backup[NOTICES];  /* the same row in the last backup; the first one was made at admission */
byte missing;           /* machines, as bits, whose state file names what the backup lacks: a record, or the epoch */
byte to_recover;        /* machines that find it missing in the restored store: recovery.needed */
short restoring;        /* units until the restored store is back */

typedef Gateway {       /* a process, and the only one of its machine */
    byte at;
    short offset;       /* its clock minus the judiciary's */
    short lease;        /* lease_until of its claim */
    byte held;          /* notices whose row is still as it was read, as bits: a step on another row is stale */
    byte mine;          /* notices of the present work, as bits */
    byte slot;          /* its message */
    bool counts;        /* the inquiry was made after the settling time */
    bool backed_up;     /* a backup was made since the message was recorded */
    byte told[NOTICES]; /* what the judiciary said */
};
Gateway gateway[GATEWAYS];

byte judged[NOTICES];   /* what the judiciary has done about the notice */
bool issued[NOTICES];   /* it has issued a receipt */
bool confirmed[NOTICES];
#ifdef ROWS
byte row[NOTICES];      /* the status in the case database */
#endif
#ifdef BUG_NO_JUMP
bool shown_since[NOTICES], row_is_ahead[NOTICES];
#endif
#ifdef ONE_WRONG_ANSWER
bool was_wrong;
#endif

#include "steps.pml"
#include "gateway.pml"
#include "judiciary.pml"
#include "faults.pml"

init {
    byte g;
    atomic {
        /* The ends of the range suffice: every comparison of two clocks is monotonic in both. Processes are alike, so
         * the first one's clock is never ahead of the second one's. */
        for (g : 0 .. GATEWAYS - 1) {
            if
            :: gateway[g].offset = OFFSET
            :: g == 0 || gateway[0].offset < 0 || OFFSET == 0 -> gateway[g].offset = -OFFSET
            fi
        };
        g = 0;
        for (g : 0 .. GATEWAYS - 1) {
            run Process(g)
        };
        g = 0;
        run Judiciary();
        run Clock();
        run Faults()
    }
}

/* Nothing stays undecided for ever once faults end: each notice has an outcome, or a person is told; each receipt that
 * was issued is stored, applied and confirmed; the row shows the state. */
#ifdef BUG_UNTOLD
#define DECIDED(n) (entry[n].state >= SUBMITTED)
#else
#define DECIDED(n) (entry[n].state >= SUBMITTED || (entry[n].state == IN_DOUBT && entry[n].person))
#endif
#ifdef ROWS
#define SHOWN(n) (row[n] == entry[n].state)
#else
#define SHOWN(n) true
#endif
#define AT_REST(n) (DECIDED(n) && SHOWN(n) && (!issued[n] || (entry[n].state == SERVED && confirmed[n])))
#ifdef LIVENESS
#if NOTICES == 1
ltl all_is_decided { [] (calm -> <> AT_REST(0)) }
#else
ltl all_is_decided { [] (calm -> <> (AT_REST(0) && AT_REST(1))) }
#endif
#endif
