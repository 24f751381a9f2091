"""The verb `notice show`: an operator's view of a notice, and its exact octets for other tools."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from adapters.cli.common.installation import installation_of
from adapters.cli.notices.notice_account import show_account
from adapters.cli.notices.notice_rows import served_on, summary
from adapters.composition.ledgers import receipt_reader
from adapters.crypto.keys.secret_file import new_file
from adapters.terminal.output_file import writing
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    FINDING,
    WIDE,
    ConfigOption,
    JsonOption,
    Language,
    civil_day,
    console,
    errors,
    in_calendar,
    moment,
    print_json,
    screen,
    table,
    tell,
    tell_all,
)
from gateway.evidence.readable_records import ReadableRecords, readable_records
from gateway.evidence.timeline import Element, Timeline, timeline
from gateway.operations.notice_access import without_accesses
from gateway.operations.notice_work import claimers, of_course
from gateway.operations.operator_action import NOT_AUTHENTICATED
from gateway.overview.evidence.record_kinds import RECORD_KINDS
from gateway.overview.notices.timeline_line import ACTS, timeline_lines, with_damage
from gateway.record.derived import unproven
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.store.ports.evidence_store import EvidenceStore
from gateway.store.store import Store
from gateway.store.stored import Admission, EvidenceRow

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_FILE_OF = {
    EvidenceKind.SEALED_NOTICE: "notice",
    EvidenceKind.MESSAGE_SENT: "envelope",
    EvidenceKind.MESSAGE_RECEIVED: "answer",
    EvidenceKind.RECEIPT: "receipt",
}


def show(
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="As `notice list` shows it.")],
    save: Annotated[
        Path | None, typer.Option(help="Write its sealed notice, envelopes, answers and receipts into this folder.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show a notice: its present, its history, and what proves each step."""
    installation = installation_of(config)
    store = installation.store()
    admission = store.notices.admission(reference)
    if admission is None:
        raise GatewayError("queue.unknown", where=reference)
    evidence = store.evidence.of_notice(reference)
    records = readable_records(admission, evidence, store.evidence.configurations())
    saved = _save(store.evidence, evidence, save) if save is not None else []
    wrong = unproven(store.evidence, [admission.entry], receipt_reader(installation)).get(reference, [])
    if as_json:
        told = {**summary(admission), **_details(store, admission, evidence, records), "unproven": wrong}
        told["claimed_by"] = claimers(store, [reference]).get(reference)
        print_json({**told, "saved": [str(p) for p in saved]})
    else:
        _warn(wrong)
        _print(installation, admission, evidence, records)
        for path in saved:
            console.print(f"saved {path}", markup=False)
    if records.damaged:
        tell_all(records.damage)
        raise typer.Exit(FINDING)


def _warn(wrong: list[str]) -> None:
    """Print first the stored values that do not follow from the notice's receipts."""
    if not wrong:
        return
    entry = CATALOGUE["reconcile.value-unproven"]
    errors.print(f"[bold red]not proven[/]: {entry.en}\n{entry.fa}", soft_wrap=True)
    for each in wrong:
        errors.print(f"  {in_calendar(each)}", markup=False, soft_wrap=True)
    errors.print(f"  {entry.actor}: {entry.remedy}\n  {entry.remedy_fa}", markup=False, soft_wrap=True)


def _print(
    installation: Installation, admission: Admission, evidence: list[EvidenceRow], records: ReadableRecords
) -> None:
    """Print the account of a notice in words; in English the stored values and codes, too."""
    store = installation.store()
    headers, elements = _timeline(store, admission, records)
    damaged = {row.id for row in records.damaged}
    lines = with_damage(timeline_lines(elements, headers), store.notices.history(records.reference), damaged)
    show_account(installation, admission, lines)
    console.print()
    english = screen.language is Language.ENGLISH
    if english:
        _show_facts(store, admission)
    if acts := _acts(store.evidence, evidence):
        _show_acts(acts)
    if english:
        _show_timeline(elements.elements)
    listed = table(
        screen.say("evidence", "اسناد"),
        screen.say("record", "رکورد"),
        screen.say("kind", "نوع"),
        screen.say("payload", "چکیده"),
        "",
    )
    for row in evidence:
        refused = _refused(row)
        mark = screen.say(f"not believed: {refused}", f"معتبر شناخته نشد: {refused}") if refused else ""
        if row in records.damaged:
            mark = screen.say("header cannot be read", "سرآیند خوانا نیست")
        kind = screen.say(row.kind, RECORD_KINDS[EvidenceKind(row.kind)].fa)
        listed.add_row(row.id, kind, row.payload_digest, mark)
    console.print(listed, "")
    checked = [(row.id, ", ".join(passed)) for row in evidence if (passed := _passed(row))]
    if checked and english:
        checks = table("what was checked", "record", "passed")
        for row_of_checks in checked:
            checks.add_row(*row_of_checks)
        console.print(checks)


def _show_facts(store: Store, admission: Admission) -> None:
    entry = admission.entry
    facts = table(entry.reference, "", "")
    for label, value in _seen(admission).items():
        if label != "reference" and value is not None:
            facts.add_row(label.replace("_", " "), str(value))
    for login in claimers(store, [entry.reference]).values():
        facts.add_row("claimed by", login)
    console.print(facts, "")


def _show_acts(acts: Sequence[Mapping[str, str]]) -> None:
    title = screen.say("acts of persons", "اقدام‌های اشخاص")
    if any(act["authentication"] == NOT_AUTHENTICATED for act in acts):
        title += screen.say(f" (accounts {NOT_AUTHENTICATED})", " (درگاه هویت همه حساب‌ها را احراز نکرده است)")
    told = table(
        title,
        screen.say("at", "زمان"),
        screen.say("act", "اقدام"),
        screen.say("account", "حساب کاربری"),
        screen.say("outcome", "نتیجه"),
        screen.say("reason", "دلیل"),
    )
    for act in acts:
        name = screen.say(act["act"], ACTS[act["act"]].fa) if act["act"] in ACTS else act["act"]
        told.add_row(moment(act["at"]), name, act["account"], act["outcome"], act["reason"])
    console.print(told, "")


def _seen(admission: Admission) -> dict[str, Any]:
    """Return values for a person's screen, with the recipient's name, which no program gets and no log holds."""
    entry, facts = admission.entry, summary(admission)
    named: dict[str, Any] = {}
    for label, value in facts.items():
        named[label] = value
        if label == "kind":
            named["recipient"] = admission.recipient_name
    names = ("delivered_at", "viewed_at", "legal_service_at", "due_at")
    times = {name: getattr(entry, name) for name in names}
    served = entry.service
    days = {
        "serve_by": civil_day(entry.serve_by) if entry.serve_by else None,
        "service_date": served_on(admission, served) if served else None,
    }
    return named | {label: moment(at) if at else None for label, at in times.items()} | days


def _show_timeline(elements: Sequence[Element]) -> None:
    """Print the steps: a line each on a wide screen, two on a narrow one."""
    if console.width >= WIDE:
        steps = table("timeline", "happened", "event", "", "state", "known", "proof")
        for each in elements:
            steps.add_row(
                moment(each.occurred_at),
                each.event,
                each.detail or "",
                each.state or "",
                moment(each.learned_at),
                each.record or "–",
            )
        console.print(steps, "")
        return
    console.print(Text("timeline", style="bold"))
    for each in elements:
        told = [moment(each.occurred_at), each.event, *([f"→ {each.state}"] if each.state else [])]
        console.print(Text("  ".join(told), overflow="fold"))
        behind = [f"known {moment(each.learned_at)}", each.detail, f"proof {each.record}" if each.record else None]
        console.print(Text("    " + "; ".join(part for part in behind if part), overflow="fold", style="dim"))
    console.print()


def _acts(store: EvidenceStore, evidence: list[EvidenceRow]) -> list[dict[str, str]]:
    """Return persons' acts on a notice, in their own words."""
    acts = [row for row in without_accesses(evidence) if row.kind == EvidenceKind.PERSON_ACT]
    digests = [row.payload_digest for row in acts]
    return [json.loads(octets) for digest in digests if (octets := _kept(store, digest)) is not None]


def _kept(store: EvidenceStore, digest: str) -> bytes | None:
    """Return a payload's octets, or None after a recorded deletion, which is printed and ends nothing."""
    try:
        return store.payload(digest)
    except GatewayError as error:
        if error.code != "retention.deleted":
            raise
        tell(error)
        return None


def _timeline(store: Store, admission: Admission, records: ReadableRecords) -> tuple[list[Header], Timeline]:
    headers = [Header.of(row.header) for row in (*of_course(records.own), *records.beside)]
    deleted = store.evidence.deleted(sorted({header.payload_digest for header in headers})).values()
    return headers, timeline(admission, store.notices.history(admission.entry.reference), headers, deleted)


def _details(
    store: Store, admission: Admission, evidence: list[EvidenceRow], records: ReadableRecords
) -> dict[str, Any]:
    return {
        "history": [
            {
                "seq": event.seq,
                "event": event.event.value,
                "state": event.state.value,
                "occurred_at": timestamp(event.occurred_at),
                "learned_at": timestamp(event.learned_at),
                "evidence": event.evidence_id,
            }
            for event in store.notices.history(admission.entry.reference)
        ],
        "timeline": _timeline(store, admission, records)[1].told["elements"],
        "evidence": [
            {
                "id": row.id,
                "kind": row.kind,
                "payload_digest": row.payload_digest,
                "refused": _refused(row),
                "passed": _passed(row),
            }
            for row in evidence
        ],
        "damaged": [row.id for row in records.damaged],
        "acts": _acts(store.evidence, evidence),
    }


def _save(store: EvidenceStore, evidence: list[EvidenceRow], folder: Path) -> list[Path]:
    """Write each payload as its exact octets, numbered in the order of recording."""
    # Paper and notice hold a person's data: for their owner alone, as store and archive are.
    with writing(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    saved = []
    for number, row in enumerate(evidence, start=1):
        octets = _kept(store, row.payload_digest)
        path = folder / f"{number:02}-{_file_of(row, octets)}"
        if octets is not None:
            _write(path, octets)
            saved.append(path)
        _write(path.with_suffix(".header.json"), row.header)
    return saved


def _write(path: Path, octets: bytes) -> None:
    with writing(path), new_file(path) as file:
        file.write(octets)


def _file_of(row: EvidenceRow, octets: bytes | None) -> str:
    """Return a file's name. Without octets the payload was deleted, and its header alone is left."""
    kind = EvidenceKind(row.kind)
    if kind is EvidenceKind.PERSON_ACT:
        return "act.json"
    form = "jws" if octets is not None and octets.startswith(b"eyJ") else "xml"
    return f"{'refused-' if _refused(row) else ''}{_FILE_OF.get(kind, 'record')}.{form}"


def _refused(row: EvidenceRow) -> str | None:
    """Return the code that refused the octets; None if they were accepted, or if the header cannot be read."""
    header = Header.read(row.header)
    return None if header is None else header.context.get("refused")


def _passed(row: EvidenceRow) -> list[str]:
    """Return the checks that the octets passed, as a readable header says."""
    header = Header.read(row.header)
    return [] if header is None else [check for check in header.context.get("passed", "").split("; ") if check]
