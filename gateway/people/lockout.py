"""Lock-out after failed sign-ins: growing waits for an account, for a peer and for a known browser.

An attempt counts as failed before it is judged, so parallel guesses count one by one. While a subject is locked no
attempt is judged or counted, so a wait never grows by itself. Whoever fails on purpose can keep an account locked for
others, but not for its person: a browser in which the person signed in before has a counter of its own, and no other
one binds it; a new invitation is bound by the peer's counter alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Failed attempts of one subject in a row, with the time of the last one."""

    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRule:
    """Rule of one kind of subject: so many ``free`` failures, then ``waits``, of which the last one repeats.

    Failures are forgotten when so much time has passed since the last one.
    """

    free: int
    waits: tuple[timedelta, ...]
    forgotten_after: timedelta

    def locked_until(self, failures: Failures | None, now: datetime) -> datetime | None:
        """Return the end of the wait, or None if an attempt may be made now."""
        if failures is None or self.is_forgotten(failures, now) or failures.count < self.free:
            return None
        until = failures.last_at + self.waits[min(failures.count - self.free, len(self.waits) - 1)]
        return until if now < until else None

    def after(self, failures: Failures | None, now: datetime) -> Failures:
        """Return the failures with one more at ``now``."""
        past = 0 if failures is None or self.is_forgotten(failures, now) else failures.count
        return Failures(count=past + 1, last_at=now)

    def is_forgotten(self, failures: Failures, now: datetime) -> bool:
        return now >= failures.last_at + self.forgotten_after


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
