"""Report on an evidence file as a page for a lawyer: Persian with English beside it, self-contained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, assert_never

from lxml import etree, html
from lxml.html.builder import E

from gateway.audit.audit import CONNECTION_ONLY
from gateway.audit.audit_recipe import VERDICTS, CheckText
from gateway.audit.evidence_answer import Answer, answers, headline, is_beside
from gateway.audit.evidence_audit import EvidenceAudit
from gateway.audit.evidence_recipe import NOT_PROVEN, NOT_PROVEN_TITLE, RECIPE, EvidenceCheck
from gateway.evidence.evidence_file import paper_name
from gateway.evidence.particulars import Particulars
from gateway.notice.legal_effect import RULES, persian_digits
from gateway.runtime.bilingual import Words
from gateway.runtime.verdict import Verdict

_TITLE: Final = Words(en="Verification of an evidence file", fa="گزارش راستی‌آزمایی پرونده ادله")
_NOTICE: Final = Words(en="Notice", fa="ابلاغیه")
_RULE: Final = Words(en="Under", fa="به موجب")
_PAPER: Final = Words(
    en="The paper itself is {name} in the file.",
    fa="متن برگه در فایل {name} در همین پرونده است.",
)
_NOT_HERE: Final = Words(
    en="The sealed notice is not here, or its seal does not hold: its particulars cannot be told.",
    fa="ابلاغیه مهرشده در این پرونده نیست یا مهر آن درست نیست؛ مشخصات آن را نمی‌توان بیان کرد.",
)
_DOUBTS: Final = Words(
    en="It cannot be established because of these checks, whose reasons stand below:",
    fa="علت، این بررسی‌هاست که دلیل هر یک در زیر آمده است:",
)
_CASE: Final = Words(en="Every notice of the case", fa="همه ابلاغیه‌های پرونده")
_CHECKS: Final = Words(en="Checks on which the answer rests", fa="بررسی‌هایی که نتیجه بر آن‌ها استوار است")
_BESIDE: Final = Words(en="Side checks", fa="بررسی‌های جنبی")
_BESIDE_NOTE: Final = Words(
    en="The answer above does not rest on these. What they leave open concerns messages that also carried notices of "
    "others or were deleted, or whether a certificate of a time authority was revoked.",
    fa="نتیجه بالا بر این‌ها استوار نیست. آنچه در این بررسی‌ها احراز نشده است به پیام‌های حذف‌شده یا مشترک با ابلاغیه‌های "
    "دیگران، یا ابطال گواهی مرجع مهر زمانی مربوط است.",
)
_FACTS: Final = Words(en="What it says", fa="آنچه پرونده نشان می‌دهد")
_TRUSTED: Final = Words(
    en="Trusted; compare each fingerprint with what its owner says, by another way than this file came",
    fa="مورد اعتماد؛ هر اثر انگشت را از راهی جز راه رسیدن این پرونده با صاحب آن مقایسه کنید",
)
_WITHHELD: Final = Words(en="records are here by their digest only", fa="سند تنها با چکیده خود در این پرونده است")
_STYLE: Final = """
body { font: 16px/1.7 Vazirmatn, "IBM Plex Sans Arabic", Tahoma, "Noto Sans Arabic", sans-serif; color: #1b2330;
  background: #fff; margin: 2.5rem auto; max-width: 60rem; padding: 0 1.5rem }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
.en { color: #4a5568; font-size: .85em; direction: ltr; unicode-bidi: isolate; display: block; text-align: left }
.whole { border-inline-start: 6px solid; padding: .6rem 1rem; margin: 1.2rem 0; background: #f7fafc }
.PASSED { color: #276749 } .FAILED { color: #9b2c2c } .INDETERMINATE { color: #975a16 }
.whole.PASSED, .whole.FAILED, .whole.INDETERMINATE { border-color: currentColor }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.4rem; margin: .6rem 0 }
dt { color: #4a5568 } dd { margin: 0 } h2.notice code { display: inline-block }
table { border-collapse: collapse; width: 100%; font-size: .92rem }
td { border-bottom: 1px solid #e2e8f0; padding: .5rem .6rem; vertical-align: top } td.verdict { white-space: nowrap }
code { font: .8rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; direction: ltr; unicode-bidi: isolate;
  display: block; text-align: left; overflow-wrap: anywhere; color: #2d3748; margin: .35rem 0 }
@media print { body { margin: 0; max-width: none } tr { break-inside: avoid } }
"""


def report_page(audit: EvidenceAudit, anchors: Sequence[str]) -> bytes:
    """Return the report; all content from the file appears as text."""
    whole, said = headline(audit)
    beside = [check for check in EvidenceCheck if is_beside(audit, check)]
    found = answers(audit)
    body = E.body(
        E.h1(_TITLE.fa),
        _english(_TITLE.en),
        E.code(audit.file),
        _banner(whole, said),
        *_of_case(audit),
        *[part for each in found for part in _notice(audit, each, alone=len(found) == 1)],
        _heading(_FACTS),
        E.ul(*[E.li(_text(fact.fa), _english(_text(fact.en))) for fact in audit.facts]),
        _heading(_CHECKS),
        E.table(E.tbody(*[_row(audit, check) for check in EvidenceCheck if check not in beside])),
        *_side(audit, beside),
        *([_counted(len(audit.withheld))] if audit.withheld else []),
        *_list(_TRUSTED, anchors),
        _heading(NOT_PROVEN_TITLE),
        E.ul(*[E.li(each.fa, _english(each.en)) for each in NOT_PROVEN]),
    )
    policy = {"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"}
    head = E.head(E.meta(charset="utf-8"), E.meta(**policy), E.title(f"{_TITLE.fa} – {audit.file}"), E.style(_STYLE))
    page = E.html(head, body, lang="fa", dir="rtl")
    return etree.tostring(page, method="html", encoding="utf-8", doctype="<!DOCTYPE html>", pretty_print=True)


def _banner(verdict: Verdict, said: Words) -> html.HtmlElement:
    english = _english(f"{verdict}: {said.en}")
    return E.div(E.strong(VERDICTS[verdict].fa), f": {said.fa}", english, **{"class": f"whole {verdict}"})


def _of_case(audit: EvidenceAudit) -> list[html.HtmlElement]:
    if audit.index is None or audit.index.case is None:
        return []
    case = _text(audit.index.case)
    return [E.p(f"{_CASE.fa} ", E.bdi(persian_digits(case)), _english(f"{_CASE.en} {case}"))]


def _notice(audit: EvidenceAudit, answer: Answer, *, alone: bool) -> list[html.HtmlElement]:
    """Lay out notice and recipient, by the sealed notice and the receipts; with several notices, also the answer."""
    reference = answer.reference
    parts = [E.h2(f"{_NOTICE.fa} ", E.code(reference), **{"class": "notice"})]
    if not alone:
        parts.append(_banner(answer.verdict, answer.said))
    if answer.doubts:
        english = _english(f"{_DOUBTS.en} {', '.join(RECIPE[each].title.en for each in answer.doubts)}.")
        persian = "، ".join(f"{persian_digits(each.split()[0])} {RECIPE[each].title.fa}" for each in answer.doubts)
        parts.append(E.p(f"{_DOUBTS.fa} {persian}.", english))
    named = Particulars(fields=audit.fields.get(reference, {}), tracking=audit.tracking.get(reference, []))
    rows = named.rows()
    if answer.service is not None and answer.verdict is not Verdict.FAILED:
        rows.append((_RULE, RULES[answer.service.rule]))
    if rows:
        parts.append(E.dl(*[part for label, value in rows for part in _particular(label, value)]))
    if not named.fields:
        parts.append(E.p(_NOT_HERE.fa, _english(_NOT_HERE.en)))
    elif reference in audit.papers:
        name = paper_name(reference)
        parts.append(E.p(_PAPER.fa.format(name=f"\u2068{name}\u2069"), _english(_PAPER.en.format(name=name))))
    return parts


def _particular(label: Words, value: Words) -> tuple[html.HtmlElement, html.HtmlElement]:
    told = E.dd(E.bdi(_text(value.fa)))
    if value.en != value.fa:
        told.append(_english(_text(value.en)))
    return E.dt(label.fa, _english(label.en)), told


def _side(audit: EvidenceAudit, beside: Sequence[EvidenceCheck]) -> list[html.HtmlElement]:
    if not beside:
        return []
    note = E.p(_BESIDE_NOTE.fa, _english(_BESIDE_NOTE.en))
    return [_heading(_BESIDE), note, E.table(E.tbody(*[_row(audit, check) for check in beside]))]


def _row(audit: EvidenceAudit, check: EvidenceCheck) -> html.HtmlElement:
    verdict, step = audit.verdict_of(check), RECIPE[check]
    asks = E.td(step.asks.fa, _english(step.asks.en))
    if (means := _means(step, verdict)) is not None:
        asks.append(E.p(means.fa, _english(means.en)))
    for finding in audit.findings:
        if finding.check is check:
            asks.append(E.code(_text(f"{finding.verdict}: {finding.subject}: {finding.reason}")))
            if finding.reason == CONNECTION_ONLY.en:
                asks.append(E.p(CONNECTION_ONLY.fa))
    told = E.td(E.strong(VERDICTS[verdict].fa), _english(verdict.value), **{"class": f"verdict {verdict}"})
    return E.tr(E.td(persian_digits(check.value.split()[0])), told, asks)


def _means(step: CheckText, verdict: Verdict) -> Words | None:
    match verdict:
        case Verdict.PASSED:
            return None
        case Verdict.FAILED:
            return step.failed
        case Verdict.INDETERMINATE:
            return step.unclear
        case _:
            assert_never(verdict)


def _list(title: Words, lines: Sequence[str]) -> list[html.HtmlElement]:
    return [_heading(title), *[E.code(_text(line)) for line in lines]] if lines else []


def _counted(withheld: int) -> html.HtmlElement:
    told = E.p(f"{persian_digits(str(withheld))} {_WITHHELD.fa}")
    told.append(_english(f"{withheld} {_WITHHELD.en}"))
    return told


def _heading(title: Words) -> html.HtmlElement:
    return E.h2(title.fa, _english(title.en))


def _english(text: str) -> html.HtmlElement:
    return E.span(text, **{"class": "en", "lang": "en"})


def _text(said: str) -> str:
    """Return a text from the file without signs that a page cannot hold, or that change the direction of others."""
    return "".join(sign if sign.isprintable() or sign in _ALLOWED else "�" for sign in said)


_ALLOWED: Final = "\u200c\u2068\u2069"
"""Allowed invisible signs: half-spaces, and isolates of a value's direction."""
