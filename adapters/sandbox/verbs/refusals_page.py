"""The page docs/reference/refusals.md: a clerk's remedy for a refused row, in Persian, then in English."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.runtime.errors import CATALOGUE, Actor, CatalogueEntry

AREAS = ("recipient", "notice", "document")
"""Areas of the catalogue whose codes a row can be refused with."""

_ACTORS = {
    Actor.MUNICIPALITY: "کارشناس پرونده",
    Actor.OPERATOR: "متصدی سامانه",
    Actor.JUDICIARY: "قوه قضاییه",
    Actor.US: "سازندگان درگاه",
}

_PERSIAN = """# ردیف‌های پذیرفته‌نشده · Refused rows

<div dir="rtl">

ردیفی که نتوان از آن ابلاغیه‌ای ساخت، با کد و دلیل به پایگاه داده پرونده‌ها بازمی‌گردد: وضعیت `REFUSED`، کد در
`eblagh_code` و دلیل در `eblagh_reason`. اگر ردیف چند ایراد داشته باشد، کد از آنِ نخستین ایراد است و دلیل همه را، هر یک
در سطری، می‌گوید. هر ردیفی که اصلاح شود خودبه‌خود دوباره خوانده می‌شود.

| کد | ایراد | چه کسی | چه باید کرد | نمونه |
| --- | --- | --- | --- | --- |"""

_ENGLISH = """
</div>

## In English

A row of which no notice can be made goes back into the case database: state `REFUSED`, a code in `eblagh_code`, and the
reason in `eblagh_reason`. If several things are wrong, the code is that of the first, and the reason has a line for
each. A row that is corrected is read again by itself. *Again* means that the gateway also looks at the row anew by
itself, without a change. This page is made by `make docs`, from `gateway/runtime/errors.toml` and from the defects of
the sample (`adapters/sandbox/cases/defects.py`), which has a row of each but those at the end.

| code | what is wrong | who must act | what to do | again |
| --- | --- | --- | --- | --- |"""

_NOT_MADE = """
The sample has no row for these:
"""


def page() -> str:
    # The library that sets the sample's papers is slow to import, and most verbs make none.
    from adapters.sandbox.cases.defects import DEFECTS, NOT_MADE

    examples: dict[str, list[str]] = {}
    for defect in DEFECTS:
        examples.setdefault(defect.code, []).append(defect.example)
    entries = [entry for entry in CATALOGUE.values() if entry.code.startswith(tuple(f"{area}." for area in AREAS))]
    lines = [_PERSIAN]
    lines += [_persian(entry, examples.get(entry.code, ["—"])) for entry in entries]
    lines += [_ENGLISH]
    lines += [_english(entry) for entry in entries]
    lines += [_NOT_MADE, *(f"- `{code}`: {reason}." for code, reason in NOT_MADE.items())]
    return "\n".join(lines) + "\n"


def _persian(entry: CatalogueEntry, examples: Iterable[str]) -> str:
    shown = "؛ ".join(examples)
    return f"| `{entry.code}` | {entry.fa} | {_ACTORS[entry.actor]} | {entry.remedy_fa} | {shown} |"


def _english(entry: CatalogueEntry) -> str:
    again = "yes" if entry.retry else "no"
    return f"| `{entry.code}` | {entry.en} | {entry.actor} | {entry.remedy} | {again} |"
