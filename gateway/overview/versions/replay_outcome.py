"""Outcome of a replay in figures and words, for every screen: what a draft would change for notices that exist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.mapping.kinds.notice_schemas import NOTICE
from gateway.mapping.model.schema import leaves
from gateway.runtime.bilingual import Words
from gateway.versions.replay import Replayed

FIGURES: Final[Mapping[str, Words]] = {
    "notices": Words(en="notices", fa="ابلاغیه"),
    "same": Words(en="made the same", fa="مانند نسخه جاری ساخته می‌شود"),
    "differ": Words(en="differ in fields", fa="در فیلدهایی متفاوت است"),
    "another_notice": Words(
        en="would be ANOTHER NOTICE, with another reference: the same paper would be served twice",
        fa="ابلاغیه دیگری با شماره دیگر می‌شد: یک برگه دو بار ابلاغ می‌شد",
    ),
    "refused_by_draft": Words(en="refused by the draft", fa="در این نسخه پذیرفته نمی‌شود"),
    "refused_by_current": Words(
        en="refused by what is in force, as the row stands now", fa="با وضعیت کنونی ردیف، در نسخه جاری پذیرفته نمی‌شود"
    ),
    "row_gone": Words(en="their rows are gone", fa="ردیف آن دیگر در منبع نیست"),
    "row_unreadable": Words(
        en="their rows cannot be read now, so nothing is known of them",
        fa="ردیف آن اکنون خوانده نمی‌شود و مقایسه نشده است",
    ),
    "not_as_admitted": Words(
        en="their rows (or the mapping) are not as they were when admitted",
        fa="ردیف آن (یا نگاشت) مانند زمان پذیرش نیست",
    ),
}
"""Meaning of each figure. Its name is that of the output for programs."""

ALWAYS: Final = frozenset({"notices", "same"})
"""Figures that are shown even if they are zero."""

NOTHING: Final = Words(
    en="no notice was admitted since then, so this compares nothing",
    fa="از آن زمان هیچ ابلاغیه‌ای پذیرفته نشده است؛ پس این بررسی چیزی را نشان نمی‌دهد.",
)

TITLES: Final = {
    "reference": "شناسه ابلاغیه",
    "body.title": "عنوان مرجع صادرکننده",
    "document.media_type": "قالب فایل برگه",
    "document.size": "اندازه فایل برگه (بایت)",
    **{".".join(path): leaf.title for path, leaf in leaves(NOTICE) if leaf.title},
}
"""Persian names of a notice's fields, by their paths."""


def figures(found: Sequence[Replayed]) -> dict[str, int]:
    """Return how many notices each of `FIGURES` counts. One notice may count in several.

    ``row_unreadable`` is left out if it is zero.
    """
    unreadable = sum(each.unreadable for each in found)
    return {
        "notices": len(found),
        "same": sum(each.same for each in found),
        "differ": sum(bool(each.differences) for each in found),
        "another_notice": sum(each.renamed for each in found),
        "refused_by_draft": sum(each.refused_after is not None for each in found),
        "refused_by_current": sum(each.refused_before is not None for each in found),
        "row_gone": sum(each.gone for each in found),
        **({"row_unreadable": unreadable} if unreadable else {}),
        "not_as_admitted": sum(each.unlike for each in found),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Notice whose field differs, with both values; None if absent."""

    notice: Replayed
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedField:
    """Field that differs for ``count`` notices, with the first of them; ``title`` is its Persian name."""

    path: str
    title: str
    count: int
    examples: Sequence[Example]


def changed_fields(found: Sequence[Replayed], examples: int) -> list[ChangedField]:
    """Return the fields that differ, the most frequent first, each with so many ``examples`` at most."""
    counts = Counter(difference.path for each in found for difference in each.differences)
    changed = []
    for path, count in counts.most_common():
        first = [
            Example(notice=each, before=difference.before, after=difference.after)
            for each in found
            for difference in each.differences
            if difference.path == path
        ][:examples]
        changed.append(ChangedField(path=path, title=TITLES.get(path, path), count=count, examples=first))
    return changed


def refused_by_one(found: Sequence[Replayed]) -> list[Replayed]:
    """Return the notices that one of the two mappings refuses, or both with another reason."""
    return [each for each in found if each.refused_before != each.refused_after]
