"""What came of an evidence file, as a page that a lawyer can read: Persian with English beside it, self-contained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lxml import etree, html
from lxml.html.builder import E

from gateway.evidence_audit import EvidenceAudit
from gateway.evidence_recipe import NOT_PROVEN, NOT_PROVEN_TITLE, RECIPE, EvidenceCheck, Words
from gateway.recipe import Verdict

_VERDICTS: Final = {
    Verdict.PASSED: Words(en="PASSED", fa="پذیرفته"),
    Verdict.FAILED: Words(en="FAILED", fa="مردود"),
    Verdict.INDETERMINATE: Words(en="INDETERMINATE", fa="نامعلوم"),
}
_WHOLE: Final = {
    Verdict.PASSED: Words(
        en="Everything that was checked holds.",
        fa="همه آنچه آزموده شد درست است.",
    ),
    Verdict.FAILED: Words(
        en="Something does not hold: do not rely on this file.",
        fa="دست‌کم یک آزمون مردود است: به این پرونده نمی‌توان استناد کرد.",
    ),
    Verdict.INDETERMINATE: Words(
        en="Nothing is wrong, as far as could be judged; what could not be is told below, with the reason.",
        fa="تا آنجا که سنجش ممکن بود ایرادی نیست؛ آنچه سنجیده نشد با دلیل آن در زیر آمده است.",
    ),
}
_TITLE: Final = Words(en="Verification of an evidence file", fa="گزارش راستی‌آزمایی پرونده ادله")
_CHECKS: Final = Words(en="Checks", fa="آزمون‌ها")
_FACTS: Final = Words(en="What it says", fa="آنچه پرونده نشان می‌دهد")
_TRUSTED: Final = Words(
    en="Trusted; compare each fingerprint with what its owner says, by another way than this file came",
    fa="مورد اعتماد؛ هر اثر انگشت را از راهی جز راه رسیدن این پرونده با صاحب آن مقایسه کنید",
)
_WITHHELD: Final = Words(en="records are here by their digest only", fa="سند تنها با چکیده خود در این پرونده است")
_PERSIAN_DIGITS: Final = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_STYLE: Final = """
body { font: 16px/1.7 Vazirmatn, "IBM Plex Sans Arabic", Tahoma, "Noto Sans Arabic", sans-serif; color: #1b2330;
  background: #fff; margin: 2.5rem auto; max-width: 60rem; padding: 0 1.5rem }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
.en { color: #4a5568; font-size: .85em; direction: ltr; unicode-bidi: isolate; display: block; text-align: left }
.whole { border-inline-start: 6px solid; padding: .6rem 1rem; margin: 1.2rem 0; background: #f7fafc }
.PASSED { color: #276749 } .FAILED { color: #9b2c2c } .INDETERMINATE { color: #975a16 }
.whole.PASSED, .whole.FAILED, .whole.INDETERMINATE { border-color: currentColor }
table { border-collapse: collapse; width: 100%; font-size: .92rem }
td { border-bottom: 1px solid #e2e8f0; padding: .5rem .6rem; vertical-align: top } td.verdict { white-space: nowrap }
code { font: .8rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; direction: ltr; unicode-bidi: isolate;
  display: block; text-align: left; overflow-wrap: anywhere; color: #2d3748; margin: .35rem 0 }
@media print { body { margin: 0; max-width: none } tr { break-inside: avoid } }
"""


def report_page(audit: EvidenceAudit, anchors: Sequence[str]) -> bytes:
    """Return the report. Whatever came from the file stands in it as text."""
    whole = audit.verdict
    body = E.body(
        E.h1(_TITLE.fa),
        _english(_TITLE.en),
        E.code(audit.file),
        E.div(E.strong(_VERDICTS[whole].fa), f": {_WHOLE[whole].fa}", _english(f"{whole}: {_WHOLE[whole].en}"),
              **{"class": f"whole {whole}"}),
        _heading(_CHECKS),
        E.table(E.tbody(*[_row(audit, check) for check in EvidenceCheck])),
        _heading(_FACTS),
        E.ul(*[E.li(_text(fact.fa), _english(_text(fact.en))) for fact in audit.facts]),
        *([_counted(len(audit.withheld))] if audit.withheld else []),
        *_list(_TRUSTED, anchors),
        _heading(NOT_PROVEN_TITLE),
        E.ul(*[E.li(each.fa, _english(each.en)) for each in NOT_PROVEN]),
    )  # fmt: skip
    policy = {"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"}
    head = E.head(E.meta(charset="utf-8"), E.meta(**policy), E.title(f"{_TITLE.fa} – {audit.file}"), E.style(_STYLE))
    page = E.html(head, body, lang="fa", dir="rtl")
    return etree.tostring(page, method="html", encoding="utf-8", doctype="<!DOCTYPE html>", pretty_print=True)


def _row(audit: EvidenceAudit, check: EvidenceCheck) -> html.HtmlElement:
    verdict, step = audit.verdict_of(check), RECIPE[check]
    asks = E.td(step.asks_fa, _english(step.asks))
    for finding in audit.findings:
        if finding.check is check:
            asks.append(E.code(_text(f"{finding.verdict}: {finding.subject}: {finding.reason}")))
    told = E.td(E.strong(_VERDICTS[verdict].fa), _english(verdict.value), **{"class": f"verdict {verdict}"})
    return E.tr(E.td(check.value.split()[0].translate(_PERSIAN_DIGITS)), told, asks)


def _list(title: Words, lines: Sequence[str]) -> list[html.HtmlElement]:
    return [_heading(title), *[E.code(_text(line)) for line in lines]] if lines else []


def _counted(withheld: int) -> html.HtmlElement:
    told = E.p(f"{str(withheld).translate(_PERSIAN_DIGITS)} {_WITHHELD.fa}")
    told.append(_english(f"{withheld} {_WITHHELD.en}"))
    return told


def _heading(title: Words) -> html.HtmlElement:
    return E.h2(title.fa, _english(title.en))


def _english(text: str) -> html.HtmlElement:
    return E.span(text, **{"class": "en", "lang": "en"})


def _text(said: str) -> str:
    """What a file says of itself may hold signs that no page can, or that turn the direction of what is around them."""
    return "".join(sign if sign.isprintable() or sign in _ALLOWED else "�" for sign in said)


_ALLOWED: Final = "\u200c\u2068\u2069"
"""Half-spaces, and what keeps the direction of a value to itself."""
