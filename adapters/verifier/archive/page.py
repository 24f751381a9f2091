"""Report of an audit as a page to read and print: Persian from right to left, English beside it.

It is one file without scripts or external resources. It is built of elements, so that forged content remains text.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from lxml import etree, html
from lxml.html.builder import E

from adapters.shipped.resources import version
from gateway.audit.audit import AuditReport, Finding, PeriodReport, shown
from gateway.audit.audit_recipe import RECIPE, UNPROVEN, VERDICTS
from gateway.audit.period import Stamped
from gateway.notice.legal_effect import jalali
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import TEHRAN, parse_timestamp, timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.verdict import Verdict

KINDS: Final = {
    EvidenceKind.SEALED_NOTICE: Words("sealed notices", "ابلاغیه مهرشده"),
    EvidenceKind.MESSAGE_SENT: Words("messages sent", "پیام فرستاده‌شده"),
    EvidenceKind.MESSAGE_RECEIVED: Words("messages received", "پیام دریافت‌شده"),
    EvidenceKind.RECEIPT: Words("receipts", "رسید"),
    EvidenceKind.PERSON_ACT: Words("acts of persons", "اقدام اشخاص"),
    EvidenceKind.MAPPING_ACTIVATED: Words("mappings activated", "نگاشت فعال‌شده"),
    EvidenceKind.PROFILE_ACTIVATED: Words("judiciary profiles activated", "پروفایل فعال‌شده قوه قضاییه"),
    EvidenceKind.RECOVERY_BEGUN: Words("recoveries begun", "آغاز بازیابی"),
    EvidenceKind.CONFIGURATION_CHANGED: Words("configurations recorded", "پیکربندی ثبت‌شده"),
    EvidenceKind.PAYLOAD_DELETED: Words("payloads deleted by rule", "متن حذف‌شده طبق قاعده"),
    EvidenceKind.PAYLOAD_DAMAGED: Words("payloads found damaged", "محتوای آسیب‌دیده"),
    EvidenceKind.HISTORY_SET_ASIDE: Words("histories set aside", "کنار گذاشتن بخش فراموش‌شده"),
}

_DIGITS: Final = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")

_STYLE: Final = """
body { font: 15px/1.7 Vazirmatn, "IBM Plex Sans Arabic", Tahoma, "Noto Sans Arabic", sans-serif; color: #1a1a1a;
  max-width: 60rem; margin: 2rem auto; padding: 0 1.5rem }
h1 { font-size: 1.5rem; margin-bottom: .2rem }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; border-bottom: 2px solid #ddd; display: flex;
  justify-content: space-between; align-items: baseline; break-after: avoid }
.en { direction: ltr; unicode-bidi: isolate; text-align: left; color: #555; font-size: .85rem; line-height: 1.5 }
h1 + .en, h2 .en, li > .en, div > .en { display: block }
body > div { margin: .8rem 0 .3rem }
h2 .en { font-weight: normal }
table { border-collapse: collapse; width: 100% }
td, th { border-top: 1px solid #ddd; padding: .45rem .5rem; vertical-align: top; text-align: right }
th { font-weight: 600 }
td.en { text-align: left }
code { direction: ltr; unicode-bidi: isolate; font: .78rem/1.6 "DejaVu Sans Mono", monospace;
  overflow-wrap: anywhere; display: block; text-align: left }
.verdict { font-weight: 600; white-space: nowrap; padding: .1rem .5rem; border-radius: .3rem; border: 1px solid }
.PASSED { color: #13622b; background: #e8f5ec }
.FAILED { color: #9b1111; background: #fdecec }
.INDETERMINATE { color: #7a5200; background: #fff6e0 }
.banner { padding: .8rem 1rem; margin: 1rem 0; border: 1px solid; border-radius: .4rem; font-weight: 600 }
.banner .en { color: inherit; display: block; font-weight: normal }
ul { padding-right: 1.2rem }
@media print { body { margin: 0; max-width: none; font-size: 11px } tr, .banner { break-inside: avoid } }
"""

Element = etree._Element
Content = str | Element


def write_page(path: Path, report: AuditReport, anchors: list[str], folder: str, at: datetime) -> None:
    """Write the page; ``at`` is the time of the audit. Raises `GatewayError` ``archive.report``."""
    try:
        path.write_bytes(page(report, anchors, folder, at))
    except OSError as error:
        raise GatewayError("archive.report", where=str(path), detail=str(error.strerror)) from error


def page(report: AuditReport, anchors: list[str], folder: str, at: datetime) -> bytes:
    """Return the page as HTML in UTF-8."""
    parts = [
        *_head(report, folder, at),
        *_checks(report),
        *(_period(report.period) if report.period else ()),
        *_set_aside(report),
        *_records(report),
        *_anchors(anchors),
        *_unproven(),
    ]
    title = "گزارش راستی‌آزمایی بایگانی ابلاغ"
    policy = {"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"}
    head = E.head(E.meta(charset="utf-8"), E.meta(policy), E.title(title), E.style(_STYLE))
    root = E.html(head, E.body(*parts), lang="fa", dir="rtl")
    octets: bytes = html.tostring(root, doctype="<!DOCTYPE html>", encoding="utf-8", pretty_print=True)
    return octets


def _head(report: AuditReport, folder: str, at: datetime) -> list[Element]:
    verdict, words = _outcome(report)
    facts = [
        (Words("archive", "بایگانی"), _code(report.origin or "–")),
        (Words("folder", "پوشه"), _code(folder)),
        (Words("records, segments", "رکوردها، قطعه‌ها"), f"{_number(report.records)}، {_number(report.segments)}"),
        (Words("root of the tree", "ریشه درخت"), _code(report.root.hex() if report.root else "–")),
        (Words("verified", "زمان راستی‌آزمایی"), _moment(at)),
        (Words("by", "با برنامه"), _code(f"eblagh-verify {version()}")),
    ]
    return [
        E.h1("گزارش راستی‌آزمایی بایگانی ابلاغ"),
        E.div({"class": "en"}, "Report on the verification of an archive of notices"),
        E.div({"class": f"banner {verdict}"}, words.fa, _en(words)),
        E.table(*[E.tr(E.th(words.fa), E.td(value), E.td({"class": "en"}, words.en)) for words, value in facts]),
    ]


def _outcome(report: AuditReport) -> tuple[Verdict, Words]:
    failed, unclear = (
        sum(found is verdict for found in report.verdicts.values())
        for verdict in (Verdict.FAILED, Verdict.INDETERMINATE)
    )
    if failed:
        fa = f"این بایگانی آن نیست که باید باشد: {_number(failed)} بررسی رد شد."
        return Verdict.FAILED, Words(f"This archive is not what it ought to be: checks that failed: {failed}.", fa)
    if unclear:
        fa = f"هیچ بررسی‌ای رد نشد؛ {_number(unclear)} بررسی قابل احراز نیست."
        return Verdict.INDETERMINATE, Words(f"No check failed; checks that could not be judged: {unclear}.", fa)
    return Verdict.PASSED, Words("Every check passed.", "همه بررسی‌ها تأیید شد.")


def _checks(report: AuditReport) -> list[Element]:
    rows = [
        E.tr(*[E.th(text) for text in ("", "بررسی", "نتیجه", "شمار تأییدشده")], E.th({"class": "en"}, "check")),
    ]
    for check, verdict in report.verdicts.items():
        step = RECIPE[check]
        badge = E.span({"class": f"verdict {verdict}"}, VERDICTS[verdict].fa)
        told = E.td(E.strong(step.title.fa), E.br(), step.asks.fa)
        english = E.td({"class": "en"}, E.strong(f"{step.title.en}: {verdict}"), E.br(), step.asks.en)
        number = _number(report.passed.get(check, 0))
        rows.append(E.tr(E.td(_number(check.number)), told, E.td(badge), E.td(number), english))
    return [_heading("بررسی‌ها", "Checks"), E.table(*rows), *_reasons(report)]


def _reasons(report: AuditReport) -> list[Element]:
    wrong = [(check, verdict) for check, verdict in report.verdicts.items() if verdict is not Verdict.PASSED]
    if not wrong:
        return []
    parts = [_heading("چرا", "Reasons")]
    for check, verdict in wrong:
        step = RECIPE[check]
        means = (step.failed if verdict is Verdict.FAILED else step.unclear) or Words("", "")
        badge = E.span({"class": f"verdict {verdict}"}, VERDICTS[verdict].fa)
        line = E.div(f"{_number(check.number)}. {step.title.fa} ", badge, f" {means.fa}.", _en(means))
        found = [_code(_reason(each)) for each in report.findings if each.check is check]
        parts += [line, *found]
    if report.untold:
        parts.append(E.div(f"و {_number(report.untold)} مورد دیگر", _en(Words(f"and {report.untold} more", ""))))
    return parts


def _reason(found: Finding) -> str:
    return f"{found.verdict} {found.subject}: {found.reason}"


def _period(report: PeriodReport) -> list[Element]:
    since, until = report.period.since, report.period.until
    archive = Words("the beginning of the archive", "آغاز بایگانی")
    here = Words("the last record that is here", "آخرین رکوردی که اینجاست")
    missing = "، ".join(f"{_number(first)} تا {_number(end)}" for first, end in report.missing) or "هیچ"
    rows = [
        (Words("period", "بازه"), E.span(_moment(since), " تا پیش از ", _moment(until))),
        (Words("from the checkpoint", "از نقطه وارسی"), _checkpoint(report.opening, archive)),
        (Words("to the checkpoint", "تا نقطه وارسی"), _checkpoint(report.closing, here)),
        (Words("records between the two", "رکوردهای میان آن دو"), _number(report.end - report.first)),
        (Words("say that they were recorded in it", "بنا به گفته خود، ثبت‌شده در بازه"), _number(report.of_period)),
        (Words("missing", "رکوردهایی که نیست"), missing),
    ]
    cells = [E.tr(E.th(words.fa), E.td(value), E.td({"class": "en"}, words.en)) for words, value in rows]
    return [_heading("بازه خواسته‌شده", "The period that was asked about"), E.table(*cells)]


def _checkpoint(stamped: Stamped | None, otherwise: Words) -> Element:
    if stamped is None:
        return E.span(otherwise.fa)
    return E.span(f"{_number(stamped.size)} رکورد، مهر زمانی ", _moment(stamped.time))


def _set_aside(report: AuditReport) -> list[Element]:
    """Return the section of histories that were set aside on record."""
    if not report.set_aside:
        return []
    words = Words(
        "The gateway's database was restored, and had forgotten records that the archive or a witness held. A person"
        " set them aside, on record; their segments lie in the folder set-aside and were verified, too.",
        "پایگاه داده درگاه بازیابی شده و رکوردهایی را که بایگانی یا شاهد در دست داشت از دست داده بود. متصدی آنها را با"
        " ثبت سند کنار گذاشته است؛ قطعه‌های آنها در پوشه set-aside است و راستی‌آزمایی شده است.",
    )
    rows = []
    for record in report.set_aside:
        sizes = ", ".join(str(each.size) for each in record.checkpoints)
        told = f"{record.account}: {record.reason} ({', '.join(record.segments) or '–'}; {sizes})"
        rows.append(E.tr(E.th(_moment(record.at)), E.td(_code(shown(told)))))
    heading = _heading("رکوردهایی که کنار گذاشته شده است", "Records that were set aside")
    return [heading, E.div(words.fa, _en(words)), E.table(*rows)]


def _records(report: AuditReport) -> list[Element]:
    rows = []
    for kind, count in sorted(report.kinds.items()):
        words = KINDS.get(EvidenceKind(kind), Words(kind, kind))
        rows.append(E.tr(E.th(words.fa), E.td(_number(count)), E.td({"class": "en"}, words.en)))
    rows.append(E.tr(E.th("همه"), E.td(_number(report.records)), E.td({"class": "en"}, "all")))
    times = [
        (Words("first recorded, by the gateway's clock", "نخستین ثبت، به ساعت درگاه"), report.first_time),
        (Words("last recorded, by the gateway's clock", "آخرین ثبت، به ساعت درگاه"), report.last_time),
        (Words("last time-stamp, by an authority's clock", "آخرین مهر زمانی، به ساعت مرجع"), report.stamped_at),
    ]
    for words, time in times:
        if time:
            moment = _moment(parse_timestamp(time))
            rows.append(E.tr(E.th(words.fa), E.td(moment), E.td({"class": "en"}, words.en)))
    return [_heading("رکوردها", "Records"), E.table(*rows)]


def _anchors(anchors: list[str]) -> list[Element]:
    request = Words(
        "Everything above rests on these. Compare each with what its owner says of it, by another way than the archive"
        " came to you: by telephone, in person, or from the owner's own publication.",
        "همه آنچه گفته شد بر اینها استوار است. هر یک را با آنچه صاحبش اعلام می‌کند بسنجید، از راهی جز راهی که بایگانی"
        " به دست شما رسیده است: تلفنی، حضوری، یا از نشر رسمی خود او.",
    )
    return [
        _heading("ریشه‌ها و کلیدهای مورد اعتماد", "Trusted anchors and keys"),
        E.div(request.fa, _en(request)),
        *[_code(line) for line in anchors],
    ]


def _unproven() -> list[Element]:
    items = [E.li(words.fa, _en(words)) for words in UNPROVEN]
    return [_heading("آنچه این راستی‌آزمایی ثابت نمی‌کند", "What this does not prove"), E.ul(*items)]


def _heading(fa: str, en: str) -> Element:
    return E.h2(fa, E.span({"class": "en"}, en))


def _en(words: Words) -> Element:
    return E.span({"class": "en"}, words.en)


def _code(text: str) -> Element:
    return E.code(text)


def _moment(moment: datetime) -> Element:
    """Return a time in Tehran, with the machine-readable form."""
    local = moment.astimezone(TEHRAN)
    shown = f"{jalali(moment).replace('-', '/')} ساعت {local:%H:%M:%S}".translate(_DIGITS)
    return E.span(shown, " ", E.span({"class": "en"}, timestamp(moment)))


def _number(number: int) -> str:
    return f"{number:,}".replace(",", "٬").translate(_DIGITS)
