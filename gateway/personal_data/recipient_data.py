"""Everything that is held about a recipient, who is found by the keyed hashes of the identifier."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Final

from gateway.notice.notice_kinds import KINDS
from gateway.notice.recipient_index import KeyedHash
from gateway.overview.dates_in_words import day, number
from gateway.overview.notice_words import STATES
from gateway.personal_data import explained
from gateway.personal_data.actors import Actors
from gateway.personal_data.explained import closing_parts
from gateway.personal_data.notice_data import NoticeData, NoticeLine
from gateway.personal_data.part import Contents, Page, Part, Ports, Wanted, json_part
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.store.among import Among
from gateway.store.ports.notice_store import NoticeStore
from gateway.store.stored import Admission

_PAGE: Final = 100


def recipient_parts(ports: Ports, hashes: Sequence[KeyedHash], wanted: Wanted) -> Generator[Part, None, Contents]:
    """Yield the files of an export, notice by notice, and at last those about the whole; return what they hold.

    One notice is in memory at a time, with a line of the index for each.

    Raises `GatewayError` ``personal-data.none`` if no notice is found, ``personal-data.too-large`` for too many;
    ``store.*``, ``archive.*``.
    """
    lines: list[NoticeLine] = []
    actors = Actors(ports.store.people)
    for page in notices_of(ports.store.notices, hashes):
        quarantined = ports.store.quarantine.about([each.entry.reference for each in page])
        for admission in page:
            if len(lines) >= wanted.most:
                raise GatewayError("personal-data.too-large", detail=f"more than {wanted.most} notices")
            reference = admission.entry.reference
            rows = ports.store.evidence.of_notice(reference)
            notice = NoticeData(
                ports=ports,
                wanted=wanted,
                admission=admission,
                rows=[row for row in rows if row.id != wanted.apart_from],
                quarantined=[each for each in quarantined if each.notice == reference],
                actors=actors,
            )
            lines.append((yield from notice.parts()))
    if not lines:
        raise GatewayError("personal-data.none")
    told = [line.told for line in lines]
    yield json_part(
        "index.json", {"v": 1, "held_on": wanted.day.isoformat(), "unindexed": wanted.unindexed, "notices": told}
    )
    yield Part(name="index.csv", octets=ports.table(list(told[0]), told))
    yield from closing_parts(_page(lines, wanted), ports.pages, wanted)
    references = [line.admission.entry.reference for line in lines]
    return Contents(references=references, damaged=[error for line in lines for error in line.damage])


def notices_of(store: NoticeStore, hashes: Sequence[KeyedHash]) -> Iterator[Sequence[Admission]]:
    """Yield pages of a recipient's notices, by reference."""
    among, after = Among(recipient=hashes), None
    while page := store.find(state=None, limit=_PAGE, after=after, among=among):
        yield page
        after = page[-1].entry.reference


def _page(lines: Sequence[NoticeLine], wanted: Wanted) -> Page:
    facts = [(explained.NOTICES, number(len(lines)))]
    if wanted.unindexed:
        facts.append((explained.UNINDEXED, number(wanted.unindexed)))
    if damaged := sum(len(line.damaged) for line in lines):
        facts.append((explained.DAMAGED, number(damaged)))
    left_out = [] if wanted.papers else [explained.WITHOUT_PAPERS]
    return Page(
        title=explained.RECIPIENT_TITLE,
        intro=explained.RECIPIENT_INTRO,
        facts=facts,
        columns=explained.NOTICE_COLUMNS,
        rows=[_row(line) for line in lines],
        missing=[*left_out, *explained.RECIPIENT_MISSING],
    )


def _row(line: NoticeLine) -> list[Words]:
    notice, entry = line.admission, line.admission.entry
    folder = f"notices/{entry.reference}/"
    return [
        _same(folder),
        KINDS.get(notice.kind, _same(notice.kind)),
        _same(line.body),
        _same(notice.case_number),
        _same(notice.paper_number),
        STATES[entry.state],
        day(entry.admitted_at),
        _same("–") if entry.service is None else entry.service.day_or_latest,
    ]


def _same(text: str) -> Words:
    return Words(en=text, fa=text)
