"""Effect of an act on versions in words: the state of the version, and what comes into force where and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gateway.overview.dates_in_words import as_it_came, moment
from gateway.overview.versions.version_words import STATES, SUBJECTS, place_words
from gateway.runtime.bilingual import Words
from gateway.store.stored import MappingChange
from gateway.store.version import Activation

_STATE: Final = Words(en="{subject} {label}: {state}.", fa="{subject} {label}: {state}.")
_AT_ONCE: Final = Words(
    en="For {place}, {label} is in force at once.", fa="برای {place}، نسخه {label} بی‌درنگ جاری می‌شود."
)
_FROM: Final = Words(
    en="For {place}, {label} is in force from {at} (Tehran).", fa="برای {place}، نسخه {label} از {at} جاری می‌شود."
)
_NOW: Final = Words(en="For {place}, {label} is in force now.", fa="برای {place} اکنون نسخه {label} جاری است.")
_NOW_FILE: Final = Words(
    en="For {place}, the file of the configuration is in force now.", fa="برای {place} اکنون فایل پیکربندی جاری است."
)
_PLANNED: Final = Words(
    en="For {place}, {label} is planned from {at} (Tehran). It is dropped unless it begins before.",
    fa="برای {place}، نسخه {label} از {at} برنامه‌ریزی شده است و اگر پیش از آن آغاز نشود لغو می‌شود.",
)


def version_effects(change: MappingChange) -> Iterator[Words]:
    """Yield the state that a version reaches, and each decision about a place."""
    for step in change.steps[-1:]:
        there = step.after
        yield _STATE.filled(subject=SUBJECTS[there.subject], label=as_it_came(there.label), state=STATES[there.state])
    for each in change.activations:
        words = _AT_ONCE if each.is_at_once else _FROM
        yield words.filled(place=place_words(each.source), label=as_it_came(each.label), at=moment(each.begins_at))


def standing_words(place: str, here: Activation | None, planned: Sequence[Activation]) -> Iterator[Words]:
    """Yield what is in force and planned for a place before an act."""
    name = place_words(place)
    yield _NOW_FILE.filled(place=name) if here is None else _NOW.filled(place=name, label=as_it_came(here.label))
    for each in planned:
        yield _PLANNED.filled(place=name, label=as_it_came(each.label), at=moment(each.begins_at))
