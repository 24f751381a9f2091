"""One sentence about a notice in a clerk's words: where it stands and since when, who must act, and what comes next.

It names no code, no number and no person. `docs/reference/sentences.md` shows every sentence.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Final

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.overview import dates_in_words
from gateway.overview.dates_in_words import as_it_came
from gateway.overview.next_step import Need, NextStep
from gateway.overview.notices.notice_case import NoticeCase, case_of, is_held_beside
from gateway.overview.notices.standstill import STANDSTILLS, Standstill
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import Actor
from gateway.store.stored import Admission


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Situation of a notice: its case, one ``sentence``, and the ``next`` step that follows from it."""

    case: NoticeCase
    sentence: Words
    next: NextStep


@dataclass(frozen=True, slots=True)
class Sentence:
    """Sentence of a case, with ``{names}`` of times: ``stands`` is its first part, ``then`` its second part and the
    words of the next step.
    """

    need: Need
    actor: Actor | None
    stands: Words
    then: Words


def _load() -> Mapping[NoticeCase, Sentence]:
    table = tomllib.loads(files("gateway.overview.notices").joinpath("sentences.toml").read_text(encoding="utf-8"))
    return {
        NoticeCase(name): Sentence(
            need=Need(row["need"]),
            actor=Actor(row["actor"]) if "actor" in row else None,
            stands=Words(en=row["en"], fa=row["fa"]),
            then=Words(en=row["then_en"], fa=row["then_fa"]),
        )
        for name, row in table.items()
    }


SENTENCES: Final = _load()
"""Sentence of each case, from `sentences.toml`."""

_HELD_BESIDE: Final = Words(
    en=". A person has had it held, too: it is not sent again until the operator releases it",
    fa=". همچنین به دستور متصدی نگه داشته شده است و تا متصدی سامانه آن را آزاد نکند دوباره ارسال نمی‌شود",
)

_TO_BE_SENT: Final = frozenset(
    {
        NoticeCase.QUEUED,
        NoticeCase.QUEUED_LATER,
        NoticeCase.QUEUED_AGAIN,
        NoticeCase.QUEUED_RELEASED,
        NoticeCase.NO_CONNECTION,
        NoticeCase.LOGIN_REFUSED,
        NoticeCase.BUSY,
        NoticeCase.PUT_OFF,
        NoticeCase.NOT_SENT,
    }
)
"""Cases in which the gateway sends the notice by itself."""

_JUDICIARY_ALONE: Final = frozenset({NoticeCase.SENDING})
"""Cases of what is under way: a batch that has begun is finished."""

_SERVED_ANEW: Final = frozenset({Need.ISSUE_REVISION, Need.SERVE_OTHERWISE, Need.DECIDE_ABSENT})
"""Next steps by which a paper is served otherwise, or sent again."""

DISPUTED: Final = NextStep(
    need=Need.JUDGE_QUARANTINE,
    actor=Actor.OPERATOR,
    words=Words(
        en="a signed receipt that contradicts this is in quarantine, and the operator must first ask the judiciary "
        "which of its words is right",
        fa="رسید امضاشده‌ای که با آن ناسازگار است در قرنطینه است و متصدی سامانه باید نخست از قوه قضاییه پیگیری کند",
    ),
)
"""Next step on a notice that ended without service, or is proven absent, beside a believed receipt in quarantine."""

ISSUED_ANEW: Final = NextStep(
    need=Need.NOTHING,
    actor=None,
    words=Words(en="a later notice took its place", fa="ابلاغیه تازه‌ای جای آن را گرفته است"),
)
"""Next step on a rejected notice whose paper was issued anew."""

_SAME_DAY: Final = Words(en="on the same day", fa="در همان روز")
_SOON: Final = Words(en="in the next round", fa="در نوبت بعدی")


def sentence_of(
    admission: Admission,
    now: datetime,
    still: Standstill | None = None,
    *,
    disputed: bool = False,
    revised: bool = False,
) -> Words:
    """Return the sentence about a notice, as `situation_of`."""
    return situation_of(admission.entry, now, still, disputed=disputed, revised=revised).sentence


def situation_of(
    entry: OutboxEntry,
    now: datetime,
    still: Standstill | None = None,
    *,
    disputed: bool = False,
    revised: bool = False,
) -> Situation:
    """Return the situation of a notice at a time.

    ``still`` is the reason for which the gateway does not go on by itself: then no sentence says that it does.
    ``disputed`` is True if a believed receipt of the notice is in quarantine: then no sentence says to serve it
    otherwise, or to decide that it is sent again. ``revised`` is True if a later notice took its place: then no
    sentence says to issue the paper anew.
    """
    case = case_of(entry, now)
    text, values = SENTENCES[case], _values(entry, now)
    stands, then = text.stands.filled(**values), text.then.filled(**values)
    step = NextStep(need=text.need, actor=text.actor, words=then, code=entry.code)
    if still is not None and _waits(case, step, still):
        step = STANDSTILLS[still]
        then = step.words
    if revised and text.need is Need.ISSUE_REVISION:
        step = ISSUED_ANEW
        then = step.words
    if disputed and text.need in _SERVED_ANEW:
        step = DISPUTED
        then = step.words
    held = _HELD_BESIDE if is_held_beside(entry) else Words(en="", fa="")
    return Situation(
        case=case,
        sentence=Words(en=f"{stands.en}; {then.en}{held.en}.", fa=f"{stands.fa}؛ {then.fa}{held.fa}."),
        next=step,
    )


def _waits(case: NoticeCase, step: NextStep, still: Standstill) -> bool:
    """Return True if a notice whose next step comes by itself has to wait for the end of a standstill."""
    if step.need is not Need.WAIT or case in _JUDICIARY_ALONE:
        return False
    return still is Standstill.STOPPED or case in _TO_BE_SENT


def _values(entry: OutboxEntry, now: datetime) -> dict[str, Words]:
    """Return the values of a sentence's names. An attempt that is due already comes with the next round."""
    doubted = entry.doubt_since if entry.state is DeliveryState.IN_DOUBT else None
    return {
        "since": dates_in_words.moment(doubted or entry.state_since),
        "due": _due(entry.due_at, now),
        "arrived": _day(entry.delivered_at),
        "viewed": _day(entry.viewed_at),
        "seen": _seen(entry),
        "by_law": _day(entry.legal_service_at),
        "reason": as_it_came(entry.reason or ""),
    }


def _due(due_at: datetime | None, now: datetime) -> Words:
    if due_at is None or due_at <= now:
        return _SOON
    at = dates_in_words.moment(due_at)
    return Words(en=f"on {at.en}", fa=f"در تاریخ {at.fa}")


def _seen(entry: OutboxEntry) -> Words:
    """Return the day of viewing with its preposition; it often is the day of arrival."""
    on, arrived = _day(entry.viewed_at), _day(entry.delivered_at)
    return _SAME_DAY if on == arrived else Words(en=f"on {on.en}", fa=f"در تاریخ {on.fa}")


def _day(value: datetime | None) -> Words:
    return Words(en="–", fa="–") if value is None else dates_in_words.day(value)
