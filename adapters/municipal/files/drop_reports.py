"""Reports for a municipality: a file's report beside it, and results as they arrive.

JSON for programs, CSV for people.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from adapters.municipal.file_lines import Item
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.store.inbox import AdmissionResult, RowStatus

REPORT_COLUMNS = ("place", "key", "version", "outcome", "reference", "code", "field", "reason", "who_must_act")
ACCEPTED, REPLACED, REFUSED = "accepted", "replaced", "refused"
"""Outcome of a row. ``replaced``: a newer version of it is here, which has a report of its own."""

_OLDER = "push.version-older"
"""Error of a row that came after a newer version, or that was kept and is read again after a newer one came."""

_FORMULA = re.compile(r'(^|[;\t\r\n])(?=[\s"]*[=+\-@＝＋－＠﹢﹣﹦﹫−])')
"""Position before a sign that begins a formula, at each place at which a cell may begin."""

RESULT_COLUMNS = tuple(name for name in RowStatus.__dataclass_fields__ if name != "fields")


def is_known(item: Item, verdict: AdmissionResult | None) -> bool:
    """Return True if the outcome of a row is known, so that `line` can report it."""
    if item.error is not None:
        return True
    assert verdict is not None
    replaced = verdict.version != item.version
    return verdict.decided and (replaced or verdict.refusal is not None or verdict.reference is not None)


def line(item: Item, verdict: AdmissionResult | None) -> dict[str, Any]:
    """Return a report's line on one row whose outcome `is_known`. Its ``reason`` is Persian."""
    told: dict[str, Any] = dict.fromkeys(REPORT_COLUMNS)
    told |= {"place": item.place, "key": item.key or None, "version": item.version if item.key else None}
    if item.error is not None:
        return {
            **told,
            "version": item.version or None,
            "outcome": REPLACED if item.error.code == _OLDER else REFUSED,
            **_because(item.error.code, item.error.detail),
        }
    assert verdict is not None
    if verdict.version != item.version:
        return {**told, "outcome": REPLACED}
    if verdict.refusal is not None:
        refusal = verdict.refusal
        said = {"code": refusal.code, "field": refusal.field, "reason": refusal.reason}
        return {**told, "outcome": REFUSED, **said, "who_must_act": CATALOGUE[refusal.code].actor.value}
    assert verdict.reference is not None
    return {**told, "outcome": ACCEPTED, "reference": verdict.reference}


def report(name: str, lines: Sequence[Mapping[str, Any]], error: GatewayError | None, now: datetime) -> dict[str, Any]:
    """Return a file's whole report. ``error`` is the reason for refusing all of it, or None."""
    counts = {outcome: sum(each["outcome"] == outcome for each in lines) for outcome in (ACCEPTED, REPLACED, REFUSED)}
    told = {"file": name, "reported_at": timestamp(now), "taken": error is None, **counts, "rows": list(lines)}
    if error is not None:
        told["refused_because"] = {**_because(error.code, error.detail), "where": error.where or None}
    return told


def _because(code: str, detail: str) -> dict[str, Any]:
    entry = CATALOGUE[code]
    found = f" ({detail})" if detail else ""
    return {"code": code, "reason": f"{entry.fa} {entry.remedy_fa}{found}", "who_must_act": entry.actor.value}


def report_files(told: Mapping[str, Any]) -> dict[str, bytes]:
    """Return a report's octets by the ending of its files."""
    rows = list(told["rows"])
    if (because := told.get("refused_because")) is not None:
        rows = [{"place": because["where"] or told["file"], "outcome": REFUSED, **because}]
    return {".result.json": as_json(told), ".result.csv": as_csv(REPORT_COLUMNS, rows)}


def result_files(told: Sequence[RowStatus]) -> dict[str, bytes]:
    """Return results as files.

    Values of the source's own mapping stand in JSON as ``fields``, in CSV as further columns.
    """
    rows = [{name: _plain(getattr(each, name)) for name in RESULT_COLUMNS} for each in told]
    own = [each.fields or {} for each in told]
    further = dict.fromkeys(name for fields in own for name in fields)
    listed = [row if not fields else {**row, "fields": dict(fields)} for row, fields in zip(rows, own, strict=True)]
    spread = [{**fields, **row} for row, fields in zip(rows, own, strict=True)]
    return {".json": as_json({"results": listed}), ".csv": as_csv((*RESULT_COLUMNS, *further), spread)}


def as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def as_csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return CSV with a byte order mark; without it, spreadsheets read Persian in another encoding."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writerow({name: _inert(name) for name in columns})
    writer.writerows({k: _inert(v) for k, v in row.items()} for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _inert(value: Any) -> Any:
    """Return a text that no spreadsheet reads as a formula: an apostrophe stands at each place at which a cell may
    begin.

    With another separator than ours, spreadsheets split a text at its semicolons, tabs and line ends, and a quote
    within a cell protects nothing. East Asian ones read full-width signs as the narrow ones.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return value
    return _FORMULA.sub(r"\1'", f"'{value}" if value.startswith(("\t", "\r", "\n")) else value)


def _plain(value: Any) -> Any:
    return timestamp(value) if isinstance(value, datetime) else value
