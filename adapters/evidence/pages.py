"""Timeline page for people, in Persian and in English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import jdatetime

from adapters.crypto.xml.receipt_fields import tracking_number
from adapters.crypto.xml.sealed_fields import sealed_fields
from adapters.evidence import words
from adapters.evidence.verify_page import verify_page
from adapters.pages.rendering import render
from gateway.audit.evidence_recipe import NOT_PROVEN, NOT_PROVEN_TITLE
from gateway.evidence.evidence_export import Read
from gateway.evidence.evidence_file import Index, notice_name, paper_name, record_name
from gateway.evidence.particulars import Particulars
from gateway.evidence.timeline import Timeline
from gateway.notice.legal_effect import RULES, persian_digits
from gateway.overview.notice_words import EFFECTS, EVENTS, STATES
from gateway.overview.notices.deadline import Deadline
from gateway.overview.notices.timeline_line import detail_in_words
from gateway.runtime.clock import TEHRAN, parse_timestamp

_SERVING: Final = frozenset({"ContentConsignment", "ContentHandover", "LegalService"})


def pages(
    timelines: Sequence[Timeline],
    index: Index,
    places: Mapping[str, int],
    read: Read,
    deadlines: Mapping[str, Deadline] = MappingProxyType({}),
) -> dict[str, bytes]:
    """Make the timeline and the page on verification in both languages (`gateway.evidence.evidence_export.Pages`).

    ``deadlines`` are those of the notices by reference, as they are computed now.
    """
    particulars = {each.reference: _particulars(each, index, read) for each in timelines}
    found = {}
    for language in ("fa", "en"):
        found[f"timeline.{language}.html"] = _timeline(language, timelines, index, places, particulars, deadlines)
        found[f"VERIFY.{language}.txt"] = verify_page(language, timelines, index, places)
    return found


def _particulars(told: Timeline, index: Index, read: Read) -> Particulars:
    """Return particulars from the container's files; a deleted notice gives none."""
    files = {record.file for record in index.records if record.file}
    notice = notice_name(told.reference)
    receipts = sorted(name for name in files if name.startswith(f"notices/{told.reference}/receipt-"))
    numbers = [number for name in receipts if (number := tracking_number(read(name)))]
    return Particulars(
        fields=sealed_fields(read(notice)) if notice in files else {},
        tracking=tuple(dict.fromkeys(numbers)),
    )


def _timeline(
    language: str,
    timelines: Sequence[Timeline],
    index: Index,
    places: Mapping[str, int],
    particulars: Mapping[str, Particulars],
    deadlines: Mapping[str, Deadline],
) -> bytes:
    records = {record.index: record for record in index.records}

    def digits(text: object) -> str:
        return persian_digits(str(text)) if language == "fa" else str(text)

    def local(time: str) -> str:
        """Return date and time in Tehran by the language's calendar."""
        there = parse_timestamp(time).astimezone(TEHRAN)
        if language != "fa":
            return f"{there:%Y-%m-%d %H:%M:%S}"
        date = jdatetime.datetime.fromgregorian(datetime=there.replace(tzinfo=None)).strftime("%Y/%m/%d")
        return digits(f"{date} {there:%H:%M:%S}")

    return render(
        "timeline.html",
        language,
        timelines=timelines,
        index=index,
        particulars=particulars,
        words=words,
        events=EVENTS,
        detail_of=detail_in_words,
        deadlines=deadlines,
        states=STATES,
        effects=EFFECTS,
        rules=RULES,
        serving=_SERVING,
        not_proven=NOT_PROVEN,
        not_proven_title=NOT_PROVEN_TITLE,
        digits=digits,
        local=local,
        paper_name=paper_name,
        record_of=lambda each: records[places[each.record]],
        file_of=lambda record: record.file or record_name(record.index),
    )
