"""Timeline page for people: self-contained HTML, built from elements, in Persian and in English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import jdatetime
from lxml import etree, html
from lxml.html.builder import E

from adapters.crypto.xml.receipt_fields import tracking_number
from adapters.crypto.xml.sealed_fields import sealed_fields
from adapters.evidence import words
from adapters.evidence.verify_page import verify_page
from gateway.audit.evidence_recipe import NOT_PROVEN, NOT_PROVEN_TITLE
from gateway.evidence.evidence_export import Read
from gateway.evidence.evidence_file import Index, IndexedRecord, notice_name, paper_name, record_name
from gateway.evidence.particulars import Particulars
from gateway.evidence.timeline import Element, Timeline
from gateway.notice.legal_effect import RULES, ServiceDate, persian_digits
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import TEHRAN, parse_timestamp

_STYLE: Final = """
:root { color-scheme: light }
body { font: 16px/1.7 Vazirmatn, "IBM Plex Sans Arabic", Tahoma, "Noto Sans Arabic", "Segoe UI", sans-serif;
  margin: 2.5rem auto; max-width: 62rem; padding: 0 1.5rem; color: #1b2330; background: #fff }
h1 { font-size: 1.5rem; margin: 0 0 .3rem } h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem }
p.note { color: #4a5568; margin: .2rem 0 1.2rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 0 0 1rem }
dt { color: #4a5568 } dd { margin: 0 }
table { border-collapse: collapse; width: 100%; font-size: .92rem }
a { color: #2b6cb0; text-decoration: none }
th { text-align: start; font-weight: 600; color: #4a5568; border-bottom: 2px solid #cbd5e0; padding: .4rem .6rem }
td { border-bottom: 1px solid #e2e8f0; padding: .5rem .6rem; vertical-align: top }
td.served { border-inline-start: 4px solid #2f855a } td.plain { border-inline-start: 4px solid transparent }
small { color: #4a5568; display: block } .ltr { direction: ltr; unicode-bidi: isolate; display: inline-block;
  white-space: nowrap }
code { font: .82rem ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; direction: ltr;
  unicode-bidi: isolate } ul { padding-inline-start: 1.3rem } li { margin: .3rem 0 }
@media print { body { margin: 0; max-width: none } tr { break-inside: avoid } }
"""
_SERVING: Final = frozenset({"ContentConsignment", "ContentHandover"})


def pages(timelines: Sequence[Timeline], index: Index, places: Mapping[str, int], read: Read) -> dict[str, bytes]:
    """Make the timeline and the page on verification in both languages (`gateway.evidence.evidence_export.Pages`)."""
    particulars = {each.reference: _particulars(each, index, read) for each in timelines}
    found = {}
    for language in ("fa", "en"):
        found[f"timeline.{language}.html"] = _Page(language, index, places, particulars).octets(timelines)
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


class _Page:
    def __init__(
        self, language: str, index: Index, places: Mapping[str, int], particulars: Mapping[str, Particulars]
    ) -> None:
        self._language, self._index, self._places = language, index, places
        self._particulars = particulars
        self._records = {record.index: record for record in index.records}

    def octets(self, timelines: Sequence[Timeline]) -> bytes:
        say, index = self._say, self._index
        facts = [(words.ARCHIVE, E.code(index.origin)), (words.MADE, self._moment(index.made_at))]
        if index.case is not None:
            facts.insert(0, (words.CASE, E.bdi(self._digits(index.case))))
        body = E.body(
            E.h1(say(words.TITLE)),
            E.p(say(words.NOTE), **{"class": "note"}),
            self._facts(facts),
            *[part for each in timelines for part in self._notice(each)],
            E.h2(say(NOT_PROVEN_TITLE)),
            E.ul(*[E.li(say(limit)) for limit in NOT_PROVEN]),
        )
        head = E.head(
            E.meta(charset="utf-8"),
            # Nothing is fetched, nothing runs.
            E.meta(
                **{"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"}
            ),
            E.meta(name="viewport", content="width=device-width, initial-scale=1"),
            E.title(f"{say(words.TITLE)} – {index.case or timelines[0].reference}"),
            E.style(_STYLE),
        )
        page = E.html(head, body, lang=self._language, dir="rtl" if self._language == "fa" else "ltr")
        return etree.tostring(page, method="html", encoding="utf-8", doctype="<!DOCTYPE html>", pretty_print=True)

    def _notice(self, told: Timeline) -> list[html.HtmlElement]:
        say = self._say
        columns = E.tr(*[E.th(say(column)) for column in words.COLUMNS])
        named = self._particulars[told.reference]
        rows = [(label, E.bdi(say(value))) for label, value in named.rows(told.tracking_number)]
        if named.fields:
            paper = paper_name(told.reference)
            rows.append((words.PAPER, E.span(E.a(E.code(paper.rpartition("/")[2]), href=paper))))
        return [
            E.h2(f"{say(words.NOTICE)} ", E.code(told.reference)),
            self._facts([*self._service(told.service), (words.STATE, E.span(say(words.STATES[told.state]))), *rows]),
            E.h3(say(words.STEPS)),
            E.table(E.thead(columns), E.tbody(*[self._row(each) for each in told.elements])),
        ]

    def _service(self, served: ServiceDate | None) -> list[tuple[Words, html.HtmlElement]]:
        if served is None:
            return [(words.SERVICE, E.span(self._say(words.NONE_YET)))]
        rule = E.small(f"{self._say(words.RULE)} {self._say(RULES[served.rule])}")
        return [
            (words.SERVICE, E.bdi(self._say(served.day))),
            (words.EFFECT, E.span(self._say(words.EFFECTS[served.effect]), rule)),
        ]

    def _row(self, each: Element) -> html.HtmlElement:
        what = E.td(self._say(words.EVENTS[each.event]), **{"class": "served" if each.event in _SERVING else "plain"})
        if each.detail is not None:
            told, _, mark = each.detail.rpartition(": ")
            if (known := words.DETAILS.get(each.detail)) is not None:
                what.append(E.small(self._say(known)))
            elif (known := words.DETAILS.get(mark)) is not None:
                what.append(E.small(E.code(told), " ", self._say(known)))
            else:
                what.append(E.small(E.code(each.detail)))
        if each.state is not None:
            what.append(E.small(self._say(words.STATES[each.state])))
        return E.tr(what, E.td(self._moment(each.occurred_at)), E.td(self._moment(each.learned_at)), self._proof(each))

    def _proof(self, each: Element) -> html.HtmlElement:
        if each.record is None:
            return E.td(self._say(words.OUR_WORD))
        record: IndexedRecord = self._records[self._places[each.record]]
        file = record.file or record_name(record.index)
        cell = E.td(E.a(E.code(file.rpartition("/")[2]), href=file))
        cell.append(E.small(f"{self._say(words.RECORD)} {self._digits(str(record.index))}"))
        if record.withheld is not None:
            cell.append(E.small(self._say(words.WITHHELD[record.withheld])))
        if record.rule is not None and record.deleted_at is not None:
            cell.append(E.small(E.code(record.rule), " ", self._moment(record.deleted_at)))
        return cell

    def _facts(self, facts: Sequence[tuple[Words, html.HtmlElement]]) -> html.HtmlElement:
        return E.dl(*[part for label, value in facts for part in (E.dt(self._say(label)), E.dd(value))])

    def _moment(self, time: str) -> html.HtmlElement:
        """Return date and time in Tehran by the language's calendar, with UTC beside them."""
        moment = parse_timestamp(time)
        there = moment.astimezone(TEHRAN)
        if self._language == "fa":
            date = str(jdatetime.datetime.fromgregorian(datetime=there.replace(tzinfo=None)).strftime("%Y/%m/%d"))
            told = self._digits(f"{date} {there:%H:%M:%S}")
        else:
            told = f"{there:%Y-%m-%d %H:%M:%S}"
        return E.span(E.span(told, **{"class": "ltr"}), E.small(E.span(f"{time[:19]}Z", **{"class": "ltr"})))

    def _digits(self, text: str) -> str:
        return persian_digits(text) if self._language == "fa" else text

    def _say(self, said: Words) -> str:
        return said.fa if self._language == "fa" else said.en
