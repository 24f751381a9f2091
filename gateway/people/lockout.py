"""Lock-out after failed sign-ins: growing waits for an account, for a peer and for a known browser.

An attempt counts as failed before it is judged, so parallel guesses count one by one. While a subject is locked no
attempt is judged or counted, so a wait never grows by itself. Whoever fails on purpose can keep an account locked for
others, but not for its person: a browser in which the person signed in before has a counter of its own, and no other
one binds it; a new invitation is bound by the peer's counter alone.

A failure that lies in the future, by more than clocks differ, was counted while a clock was ahead. It begins no wait,
or its subject would be locked for the whole jump; but it counts on, so the next failure begins the longer wait. A
clock that is set back therefore gives one attempt, and no new series. The latest time of a failure stays beside the
last one: a process whose clock is still ahead waits by that, and gains nothing by attempts at a process that is right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateway.runtime.clock import CLOCKS_DIFFER

MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Failed attempts of one subject in a row, with the time of the last one, and the latest time of any.

    ``latest_at`` is later than ``last_at`` if a clock was ahead; None: they are the same.
    """

    count: int
    last_at: datetime
    latest_at: datetime | None = None

    @property
    def latest(self) -> datetime:
        return max(self.last_at, self.latest_at or self.last_at)

    def last_by(self, now: datetime) -> datetime | None:
        """Return the time of the last failure for a clock that shows ``now``; None if every known time lies ahead."""
        return next((at for at in (self.latest, self.last_at) if at <= now + CLOCKS_DIFFER), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRule:
    """Rule of one kind of subject: so many ``free`` failures, then ``waits``, of which the last one repeats.

    Failures are forgotten when so much time has passed since the last one.
    """

    free: int
    waits: tuple[timedelta, ...]
    forgotten_after: timedelta

    def locked_until(self, failures: Failures | None, now: datetime) -> datetime | None:
        """Return the end of the wait, or None if an attempt may be made now. Failures in the future begin none."""
        if failures is None or self.is_forgotten(failures, now) or failures.count < self.free:
            return None
        if (last := failures.last_by(now)) is None:
            return None
        until = last + self.waits[min(failures.count - self.free, len(self.waits) - 1)]
        return until if now < until else None

    def after(self, failures: Failures | None, now: datetime) -> Failures:
        """Return the failures with one more at ``now``."""
        past = 0 if failures is None or self.is_forgotten(failures, now) else failures.count
        latest = now if failures is None else max(now, failures.latest)
        return Failures(count=past + 1, last_at=now, latest_at=latest)

    def is_forgotten(self, failures: Failures, now: datetime) -> bool:
        last = failures.last_by(now)
        return last is not None and now >= last + self.forgotten_after


ACCOUNT: Final = LockRule(
    free=5,
    waits=(MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE),
    forgotten_after=timedelta(days=1),
)
"""Rule of an account, over all browsers that are not known to it; also of one known browser."""

PEER: Final = LockRule(
    free=30,
    waits=(MINUTE, 5 * MINUTE, 15 * MINUTE),
    forgotten_after=timedelta(hours=1),
)
"""Rule of a peer address, over all accounts, for browsers that are not known. Many people may share an address."""

Subjects = Mapping[str, LockRule]
"""Subjects of one attempt, each with its rule. A subject is a keyed hash: it shows neither login nor address."""


def locked_until(subjects: Subjects, failures: Mapping[str, Failures], now: datetime) -> datetime | None:
    """Return the latest end of a wait of these subjects, or None if none of them is locked."""
    ends = (rule.locked_until(failures.get(subject), now) for subject, rule in subjects.items())
    return max((end for end in ends if end is not None), default=None)
