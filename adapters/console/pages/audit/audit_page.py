"""The audit room: proofs by day, search of records, verification here, acts of persons, checkpoints and segments."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, render_template, request

from adapters.composition.overview.installation_overview import proof_of_installation
from adapters.composition.passes.shared_policies import proof_policy
from adapters.console.audit.audit_views import (
    MAX_VERIFIED,
    PAGE,
    acts,
    day_query,
    segments,
    shown_checkpoints,
    verify_segment,
)
from adapters.console.audit.record_verification import verify_record
from adapters.console.notices.message_text import shown_text
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.heavy_views import heavy
from gateway.audit.audit_recipe import VERDICTS
from gateway.evidence.evidence_query import FoundRecord
from gateway.notice.text import plain
from gateway.notice.written_date import parse_day
from gateway.operations.notice_access import Access, act_of, record_access
from gateway.operations.notice_work import COMMENTING
from gateway.overview.evidence.proof_day import ProofDay, proof_day
from gateway.overview.evidence.record_kinds import ABOUT, ACT_NAMES, OF_NOTICES, PAPERS, RECORD_KINDS
from gateway.people.permissions import Permission
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.runtime.clock import TEHRAN
from gateway.runtime.errors import GatewayError
from gateway.runtime.verdict import Verdict

blueprint = Blueprint("audit", __name__)

_DAYS: Final = 30
_TONES: Final = {Verdict.PASSED: "good", Verdict.FAILED: "bad", Verdict.INDETERMINATE: "wait"}
_ACTS: Final = ("access", "archive.override", "archive.accept-damage", "archive.set-aside")


@blueprint.get("/audit")
@needs(Permission.SEE_AUDIT_ROOM)
def room() -> str:
    """Show the reach of proof, the last days with their gaps, and the ways to search."""
    installation, now = context.installation(), context.now()
    last, mistake = _day("until")
    days = _days(min(last or date.max, now.astimezone(TEHRAN).date()))
    return render_template(
        "audit/audit.html",
        proof=proof_of_installation(installation, now),
        days=days,
        gaps=[day for day in days if day.has_gap],
        earlier=days[0].day - timedelta(days=1) if days else None,
        mistake=mistake,
        damages=context.store().log.damages() if days else [],
        kinds=_kinds(),
        now=now,
    )


@blueprint.get("/audit/records")
@needs(Permission.SEE_AUDIT_ROOM)
def records() -> str:
    """Search records by notice, kind and day."""
    notice = plain(request.args.get("notice", "")).upper() or None
    kind = request.args.get("kind", "")
    if kind and kind not in set(EvidenceKind):
        abort(404)
    (first, mistake), (last, other) = _day("from"), _day("until")
    kinds = frozenset({EvidenceKind(kind)}) if kind else frozenset[EvidenceKind]()
    found = context.store().records.find(day_query(notice, kinds, first, last), _before(), PAGE)
    return render_template(
        "audit/audit_records.html",
        records=[(each, Header.read(each.row.header)) for each in found.records],
        verdicts=VERDICTS,
        further=_further(found.next),
        kinds=_kinds(),
        names=RECORD_KINDS,
        kind=kind,
        notice=notice or "",
        mistakes={"from": mistake, "until": other},
    )


@blueprint.get("/audit/records/<path:record>")
@needs(Permission.SEE_AUDIT_ROOM)
@heavy
def one_record(record: str) -> str:
    """Show one record: its header, its place, and (with ``verify=1``) every check on it, made now."""
    found = _record(record)
    return render_template(
        "audit/audit_record.html",
        record=found,
        header=Header.read(found.row.header),
        names=RECORD_KINDS,
        about=ABOUT,
        acts=ACT_NAMES,
        may_open=_may_open(found),
        is_of_notices=_is_of_notices(found),
        is_paper=found.row.kind in PAPERS,
        may_see_notices=context.person().may(Permission.SEE_NOTICES),
        verification=verify_record(context.installation(), found) if request.args.get("verify") else None,
        verdicts=VERDICTS,
        tones=_TONES,
    )


@blueprint.get("/audit/payloads/<path:record>")
@needs(Permission.SEE_AUDIT_ROOM)
@heavy
def payload(record: str) -> Response | str:
    """Show a record's payload as text, or give it as a file.

    A paper, a message or what else is about a notice is opened on record, and is shown as text alone, with its
    identifiers masked: the exact octets of papers and messages are in the evidence file of their notice.
    """
    found = _record(record)
    is_of_notices, as_file = _is_of_notices(found), request.args.get("as") == "file"
    may_open = _may_open(found)
    if as_file and (is_of_notices or not may_open):
        abort(403)
    if is_of_notices and may_open:
        origin = context.installation().settings.gateway.name
        record_access(
            context.store(), Access.MESSAGE, found.row.notice, context.session(), context.now(), origin, subject=record
        )
    octets = context.store().evidence.payload(found.row.payload_digest) if may_open else b""
    if as_file:
        response = Response(octets, content_type="application/octet-stream")
        name = found.row.payload_digest.removeprefix("sha256:")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.bin"'
        return response
    shown = shown_text(octets, ())
    return render_template(
        "audit/audit_payload.html",
        record=found,
        names=RECORD_KINDS,
        text=shown.text,
        cut=shown.cut,
        size=len(octets),
        is_of_notices=is_of_notices,
        is_paper=found.row.kind in PAPERS,
        may_open=may_open,
    )


@blueprint.get("/audit/acts")
@needs(Permission.SEE_AUDIT_ROOM)
def person_acts() -> str:
    """Show acts of persons: all, those of one name, or every access to notices."""
    wanted = request.args.get("act", "")
    if wanted and wanted not in (*_ACTS, *ACT_NAMES):
        abort(404)
    found, further = acts(context.store(), wanted, _before())
    return render_template(
        "audit/audit_acts.html",
        acts=found,
        names=ACT_NAMES,
        wanted=wanted,
        further=_further(further),
        choices=_choices(),
        verdicts=VERDICTS,
        may_see_comments=context.visible_bodies() is None,
    )


@blueprint.get("/audit/checkpoints")
@needs(Permission.SEE_AUDIT_ROOM)
def checkpoints() -> str:
    """Show checkpoints with size, root, signers, time-stamp and witnesses."""
    found, further = shown_checkpoints(context.installation(), _before())
    return render_template("audit/audit_checkpoints.html", checkpoints=found, further=_further(further))


@blueprint.get("/audit/checkpoints/<size>.note")
@needs(Permission.SEE_AUDIT_ROOM)
def note(size: str) -> Response:
    """Give a checkpoint as the file that an auditor keeps."""
    if (wanted := _position(size)) is None:
        abort(404)
    found = next((each for each in context.store().records.checkpoints(wanted + 1, 1) if each.size == wanted), None)
    if found is None:
        abort(404)
    response = Response(found.note, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="checkpoint-{wanted:012d}.note"'
    return response


@blueprint.get("/audit/segments")
@needs(Permission.SEE_AUDIT_ROOM)
def archive_segments() -> str:
    """Show the segments of the archive's folder, and verify the one that the address names."""
    lines = segments(context.installation().archive_path)
    first = plain(request.args.get("verify", ""))
    chosen = next((each for each in lines if first and str(each.first) == first and not each.is_missing), None)
    if first and chosen is None:
        abort(404)
    before = _before()
    shown = [each for each in lines if before is None or each.first < before][:PAGE]
    more = bool(shown) and shown[-1].first > 0
    is_small = chosen is not None and chosen.size <= MAX_VERIFIED
    return render_template(
        "audit/audit_segments.html",
        segments=shown,
        further=_further(shown[-1].first if more else None),
        chosen=chosen,
        is_small=is_small,
        error=verify_segment(context.installation(), chosen) if chosen is not None and is_small else None,
    )


def _days(last: date) -> list[ProofDay]:
    """Return the days until ``last``; none if no archive is configured."""
    policy = proof_policy(context.installation().settings)
    if policy is None:
        return []
    first = last - timedelta(days=_DAYS - 1)
    return [proof_day(day, policy, context.now()) for day in context.store().records.days(first, last)]


def _record(id: str) -> FoundRecord:
    found = context.store().records.position(id)
    if found is None:
        abort(404)
    return found


def _is_of_notices(found: FoundRecord) -> bool:
    """Return True if a record's payload is about a notice: its opening is recorded."""
    return found.row.kind in OF_NOTICES or _may_comment(found)


def _may_comment(found: FoundRecord) -> bool:
    """Return True for a comment on a notice, and for an act whose header cannot be read: it may be one."""
    if found.row.kind != EvidenceKind.PERSON_ACT:
        return False
    return act_of(found.row) in COMMENTING or Header.read(found.row.header) is None


def _may_open(found: FoundRecord) -> bool:
    """Return True if the person may see a record's payload.

    Papers and messages need their own permission; comments on notices that of notices.
    """
    if found.row.kind in OF_NOTICES:
        return context.person().may(Permission.OPEN_PAPERS) and context.visible_bodies() is None
    return not _may_comment(found) or context.visible_bodies() is None


def _kinds() -> list[tuple[str, object]]:
    return [(kind.value, words) for kind, words in RECORD_KINDS.items()]


def _choices() -> list[tuple[str, object]]:
    return [(name, words) for name, words in ACT_NAMES.items()]


def _day(name: str) -> tuple[date | None, GatewayError | None]:
    """Return the day of a field, Jalali or Gregorian in any digits, or the error of a wrong one."""
    text = plain(request.args.get(name, ""))
    if not text:
        return None, None
    try:
        return parse_day(text), None
    except GatewayError as error:
        return None, error


def _before() -> int | None:
    return _position(request.args.get("before", ""))


def _position(text: str) -> int | None:
    """Return a position, or a size, of the log; None for a text that is no number, or too large."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _further(position: int | None) -> str | None:
    """Return the address of the next page, with the filters of this one."""
    if position is None:
        return None
    filters = {name: value for name, value in request.args.items() if name not in ("before", "verify")}
    return f"{request.path}?{urlencode({**filters, 'before': position})}"
