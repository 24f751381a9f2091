"""The checks of the model: what must hold, and what must be found once one guard is broken.

Each names the macros with which the model is compiled. docs/design/model/README.md explains them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Run of SPIN over the model with these macros.

    ``holds``: no violation may exist; else SPIN must find one, with one of ``words`` in its message. ``whole``: every
    statement of a process must be reached, so that no step of the model is impossible. ``in_suite``: small enough for
    every run of the tests.
    """

    name: str
    says: str
    macros: tuple[str, ...] = ()
    holds: bool = False
    in_suite: bool = False
    whole: bool = False
    words: tuple[str, ...] = ()
    liveness: bool = False

    @property
    def defines(self) -> tuple[str, ...]:
        return tuple(f"-D{macro}" for macro in (*self.macros, *(["LIVENESS"] if self.liveness else [])))


SMALL: Final = ("NO_RECEIPTS", "NO_REPEATS")
ONE_PROCESS: Final = ("GATEWAYS=1", "NO_REPEATS")

REGISTERED_TWICE: Final = ("judged", "made")
"""Words of the assertions that no notice is registered twice, and that a proof of absence is right."""

HOLDING: Final = (
    Check(
        name="one-process",
        says="one notice, one process, all faults",
        macros=("GATEWAYS=1",),
        holds=True,
        whole=True,
        in_suite=True,
    ),
    Check(name="one-notice", says="one notice, two processes, all faults", holds=True, whole=True),
    Check(
        name="longer-times",
        says="the same, with a lifetime and a lease of two units",
        macros=("LIFETIME=2", "LEASE=2"),
        holds=True,
    ),
    Check(
        name="long-lease",
        says="the same, with a lease longer than the settling time",
        macros=("LEASE=4", "NO_RECEIPTS"),
        holds=True,
    ),
    Check(
        name="half-tolerance",
        says="clocks within half the skew, as the default tolerance has it; settling for lifetime + 1.5 · skew",
        macros=("SKEW=2", "OFFSET=1", "NO_RECEIPTS"),
        holds=True,
    ),
    Check(
        name="wrong-answer",
        says='the judiciary says once "not known" although it knows',
        macros=("ONE_WRONG_ANSWER",),
        holds=True,
    ),
    Check(
        name="quick-restore",
        says="a restore that takes no time, with settling for lifetime + skew + 3 · tolerance",
        macros=("AWAY=0", "SETTLE=5", "NO_RECEIPTS"),
        holds=True,
    ),
    Check(
        name="two-notices",
        says="two notices, two processes with equal clocks; without tickets, receipts, repeats, rejections",
        macros=("NOTICES=2", "SKEW=0", "NO_REJECTION", "NO_TICKETS", *SMALL),
        holds=True,
    ),
    Check(
        name="two-notices-tickets",
        says="two notices with tickets, one process with a right clock; without receipts, repeats, rejections",
        macros=("NOTICES=2", "SKEW=0", "NO_REJECTION", "NO_RECEIPTS", *ONE_PROCESS),
        holds=True,
    ),
    Check(
        name="two-notices-receipts",
        says="two notices with receipts, one process with a right clock; without tickets, repeats, rejections",
        macros=("NOTICES=2", "SKEW=0", "NO_REJECTION", "NO_TICKETS", *ONE_PROCESS),
        holds=True,
    ),
    Check(
        name="ends-two-notices",
        says="both are decided once faults end; reductions as in the line before, and without receipts",
        macros=("NOTICES=2", "SKEW=0", "NO_REJECTION", "NO_TICKETS", "NO_RECEIPTS", *ONE_PROCESS),
        holds=True,
        liveness=True,
    ),
    Check(
        name="ends-one-process",
        says="everything is decided once faults end; one process",
        macros=("GATEWAYS=1", "ROWS"),
        holds=True,
        in_suite=True,
        liveness=True,
    ),
    Check(
        name="ends",
        says="the same, two processes, with a lease longer than two clocks may differ",
        macros=("ROWS", "NO_REPEATS", "LEASE=3"),
        holds=True,
        liveness=True,
    ),
)

FOUND: Final = (
    Check(
        name="SETTLE-1",
        says="the settling time is one unit shorter: lifetime + 2 · skew − 1",
        macros=("SETTLE=2", *SMALL),
        words=REGISTERED_TWICE,
        in_suite=True,
    ),
    Check(
        name="SETTLE-1-longer",
        says="the same with a lifetime and a lease of two units",
        macros=("LIFETIME=2", "LEASE=2", "SETTLE=3", *SMALL),
        words=REGISTERED_TWICE,
    ),
    Check(
        name="SETTLE-1-half",
        says="the same with clocks within half the skew: lifetime + 1.5 · skew − 1",
        macros=("SKEW=2", "OFFSET=1", "SETTLE=3", *SMALL),
        words=REGISTERED_TWICE,
    ),
    Check(
        name="BUG_NOT_SETTLED",
        says='"not known" counts before the settling time',
        macros=("BUG_NOT_SETTLED", *SMALL),
        words=REGISTERED_TWICE,
        in_suite=True,
    ),
    Check(
        name="BUG_COUNT_AT_ANSWER",
        says="the time of the answer decides if it counts, not that of the question; one answer suffices",
        macros=("BUG_COUNT_AT_ANSWER", "ANSWERS=1", *SMALL),
        words=REGISTERED_TWICE,
        in_suite=True,
    ),
    Check(
        name="ANSWERS=1",
        says="one answer suffices, and the judiciary is wrong once",
        macros=("ONE_WRONG_ANSWER", "ANSWERS=1", *SMALL),
        words=REGISTERED_TWICE,
        in_suite=True,
    ),
    Check(
        name="BUG_TRUST_BUSY",
        says="a fault, or silence, sends the notice back to the queue",
        macros=("BUG_TRUST_BUSY", *SMALL),
        words=REGISTERED_TWICE,
        in_suite=True,
    ),
    Check(
        name="BUG_LEASE_BACK",
        says="an expired lease sends the notice back to the queue",
        macros=("BUG_LEASE_BACK", *SMALL),
        words=REGISTERED_TWICE,
        in_suite=True,
    ),
    Check(
        name="BUG_LATE_SIGNING",
        says="a message is signed after the lease",
        macros=("BUG_LATE_SIGNING", *SMALL),
        words=REGISTERED_TWICE,
        in_suite=True,
    ),
    Check(
        name="BUG_BLIND_REPEAT",
        says="a repeated transaction writes its step although the row moved on",
        macros=("BUG_BLIND_REPEAT", "NO_RECEIPTS", "NO_TICKETS"),
        words=REGISTERED_TWICE,
    ),
    Check(
        name="BUG_TRUST_TICKET",
        says="an unknown ticket sends the notice back to the queue",
        macros=("BUG_TRUST_TICKET", *SMALL),
        words=REGISTERED_TWICE,
        in_suite=True,
    ),
    Check(
        name="BUG_FORGET_RESTORE",
        says="a restored store sends without a recovery",
        macros=("BUG_FORGET_RESTORE", *SMALL),
        words=REGISTERED_TWICE,
        in_suite=True,
    ),
    Check(
        name="BUG_OLD_DOUBT",
        says="a recovery leaves doubts and their answers as the backup had them",
        macros=("BUG_OLD_DOUBT", *SMALL),
        words=REGISTERED_TWICE,
        in_suite=True,
    ),
    Check(
        name="BUG_NOTE_LATER",
        says="the state file is written after the answer, not before the message leaves",
        macros=("BUG_NOTE_LATER", *SMALL),
        words=REGISTERED_TWICE,
        in_suite=True,
    ),
    Check(
        name="BUG_CONFIRM_BEFORE_STORE",
        says="a receipt is confirmed before it is stored",
        macros=("BUG_CONFIRM_BEFORE_STORE", "NO_REPEATS"),
        words=("receipt",),
        in_suite=True,
    ),
    Check(
        name="BUG_CONFIRM_ONCE",
        says="a receipt that is stored and not confirmed is never fetched again",
        macros=("BUG_CONFIRM_ONCE", "ROWS", *ONE_PROCESS),
        words=("acceptance cycle",),
        in_suite=True,
        liveness=True,
    ),
    Check(
        name="BUG_LEASE_FOR_EVER",
        says="nobody looks for expired leases",
        macros=("BUG_LEASE_FOR_EVER", "ROWS", *ONE_PROCESS),
        words=("acceptance cycle",),
        in_suite=True,
        liveness=True,
    ),
    Check(
        name="BUG_UNTOLD",
        says="nobody is told of a ticket that takes too long",
        macros=("BUG_UNTOLD", "ROWS", *ONE_PROCESS),
        words=("acceptance cycle",),
        in_suite=True,
        liveness=True,
    ),
    Check(
        name="BUG_NO_JUMP",
        says="after a restore the numbers shown to rows do not jump",
        macros=("BUG_NO_JUMP", *ONE_PROCESS),
        words=("acceptance cycle",),
        in_suite=True,
        liveness=True,
    ),
    Check(
        name="FREE_QUICK",
        says="a restore that takes less than the difference of two clocks, at the shortest settling time",
        macros=("AWAY=1", *SMALL),
        words=REGISTERED_TWICE,
    ),
    Check(
        name="QUICK-1",
        says="a restore that takes no time, with settling for lifetime + skew + 3 · tolerance − 1",
        macros=("AWAY=0", "SETTLE=4", *SMALL),
        words=REGISTERED_TWICE,
    ),
    Check(
        name="FREE_SHORT_LEASE",
        says="a lease shorter than two clocks may differ: one process ends the claims of the other for ever",
        macros=("ROWS", "NO_REPEATS"),
        words=("acceptance cycle",),
        liveness=True,
    ),
    Check(
        name="FREE_RUNNING",
        says="processes go on during the restore",
        macros=("FREE_RUNNING", *SMALL),
        words=REGISTERED_TWICE,
    ),
    Check(
        name="FREE_OWN_FILES",
        says="each machine looks into its own state file only, and another one starts first",
        macros=("FREE_OWN_FILES", *SMALL),
        words=REGISTERED_TWICE,
    ),
)

CHECKS: Final = (*HOLDING, *FOUND)
