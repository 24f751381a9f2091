"""Effect of an act in words: what its transaction changes beside the record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.overview.dates_in_words import as_it_came
from gateway.overview.legal.moved_deadline_words import moved_effects
from gateway.overview.notice_words import STATES
from gateway.overview.versions.version_effects import version_effects
from gateway.quarantine.quarantine import DISMISSED, RELEASED
from gateway.runtime.bilingual import Words
from gateway.store.stored import Changes, Ending, Mark

_HELD: Final = Words(
    en="The notice is held: it is not sent until a person releases it.",
    fa="ابلاغیه نگه داشته می‌شود و تا زمانی که آزاد نشود ارسال نخواهد شد.",
)
_RELEASED: Final = Words(
    en="The notice is not held any more.", fa="نگه داشتن ابلاغیه پایان می‌یابد و مانعی برای ارسال آن نیست."
)
_DUE: Final = Words(
    en="The notice is due now; its state does not change by that.",
    fa="نوبت ابلاغیه هم‌اکنون می‌رسد؛ وضعیت آن با این اقدام تغییر نمی‌کند.",
)
_UNWRITTEN: Final = Words(
    en="Its present state is written into its row once more.", fa="وضعیت کنونی آن بار دیگر در ردیف نوشته می‌شود."
)
_STOPPED: Final = Words(
    en="All work of the gateway stops; batches under way are finished.",
    fa="همه کارهای درگاه متوقف می‌شود؛ کارهای در دست انجام به پایان می‌رسد.",
)
_RESUMED: Final = Words(en="All work of the gateway goes on.", fa="همه کارهای درگاه از سر گرفته می‌شود.")
_WOKEN: Final = Words(
    en="The next call of {destination} is made at once.", fa="تماس بعدی با مقصد {destination} بی‌درنگ انجام می‌شود."
)
_ITEM_DISMISSED: Final = Words(
    en="The item leaves the quarantine's list; nothing of it is accepted.",
    fa="این مورد از فهرست قرنطینه خارج می‌شود و چیزی از آن پذیرفته نمی‌شود.",
)
_ITEM_ACCEPTED: Final = Words(
    en="The receipt is accepted, and its notice moves by it.",
    fa="رسید پذیرفته می‌شود و وضعیت ابلاغیه بر پایه آن تغییر می‌کند.",
)
_ITEM_STAYS: Final = Words(
    en="The receipt is not accepted now either; it stays in quarantine for the reason {code}.",
    fa="رسید اکنون هم پذیرفته نمی‌شود و با علت {code} در قرنطینه می‌ماند.",
)
_SAME: Final = Words(
    en="The receipt is not accepted now either; it stays in quarantine as it is.",
    fa="رسید اکنون هم پذیرفته نمی‌شود و به همین صورت در قرنطینه می‌ماند.",
)

_ENDS: Final = {DISMISSED: _ITEM_DISMISSED, RELEASED: _ITEM_ACCEPTED}


def effects(changes: Changes) -> list[Words]:
    """Return the changes of one act in words."""
    return [*_effects(changes)] or [_SAME]


def _effects(changes: Changes) -> Iterator[Words]:
    for step in changes.steps:
        before, after = STATES[step.before.state], STATES[step.after.state]
        yield Words(en=f"State: {before.en} → {after.en}.", fa=f"وضعیت: از «{before.fa}» به «{after.fa}».")
    for mark in changes.marks:
        yield from _marked(mark)
    if changes.switch is not None:
        yield _STOPPED if changes.switch.stopped else _RESUMED
    for destination in changes.breaker_wakeups:
        yield _WOKEN.filled(destination=as_it_came(destination))
    for ending in changes.endings:
        yield _ended(ending)
    yield from version_effects(changes.mappings)
    yield from moved_effects(changes)


def _marked(mark: Mark) -> Iterator[Words]:
    if mark.held is not None:
        yield _HELD if mark.held else _RELEASED
    if mark.due_at is not None:
        yield _DUE
    if mark.unwritten is not None:
        yield _UNWRITTEN


def _ended(ending: Ending) -> Words:
    if ending.ended_as in _ENDS:
        return _ENDS[ending.ended_as]
    return _ITEM_STAYS.filled(code=as_it_came(ending.ended_as))
