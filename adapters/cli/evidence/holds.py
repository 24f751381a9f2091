"""The verbs `archive hold`: persons' holds."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from adapters.cli.common.acting_account import ReasonOption, perform
from adapters.cli.common.installation import installation_of
from adapters.terminal.printing import DEFAULT_CONFIG, ConfigOption, JsonOption, console, moment, print_json
from adapters.terminal.records import show_records
from gateway.record.retention_class import About, LegalHold
from gateway.runtime.clock import timestamp
from gateway.store.ports.evidence_store import EvidenceStore

NoticeOption = Annotated[str | None, typer.Option("--notice", metavar="REFERENCE", help="As `notice list` shows it.")]
CaseOption = Annotated[str | None, typer.Option("--case", metavar="NUMBER", help="Every notice of this case.")]


def add(
    reason: ReasonOption,
    notice: NoticeOption = None,
    case: CaseOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Hold a notice or a case: nothing about it is deleted from now on."""
    about, subject = _subject(notice, case)
    facts = perform(installation_of(config), "archive.hold", reason, about=about.value, subject=subject)
    if as_json:
        print_json(facts)
    else:
        console.print(f"{about} {facts['subject']} is held since {moment(facts['since'])}", markup=False)


def remove(
    reason: ReasonOption,
    notice: NoticeOption = None,
    case: CaseOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Hold it no longer: its class decides again when payloads are deleted."""
    about, subject = _subject(notice, case)
    facts = perform(installation_of(config), "archive.unhold", reason, about=about.value, subject=subject)
    if as_json:
        print_json(facts)
    else:
        console.print(f"{about} {subject} is held no longer", markup=False)


def list_holds(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List what is held."""
    store = installation_of(config).store()
    found = store.retention.holds()
    if as_json:
        print_json({"holds": [_told(each) for each in found]})
        return
    if not found:
        console.print("nothing is held")
        return
    cells = [
        (each.subject, each.about.value, moment(each.since), *_by_whom(store.evidence, each.evidence_id))
        for each in found
    ]
    show_records("", ("subject", "about", "since", "by", "~reason", "act"), cells)


def _by_whom(store: EvidenceStore, act: str) -> tuple[str, str, str]:
    """Return the account that held it, its reason, and the id of the act."""
    record = store.record(act)
    told = json.loads(store.payload(record.payload_digest)) if record is not None else {}
    return told.get("account", "–"), told.get("reason", "–"), act


def _subject(notice: str | None, case: str | None) -> tuple[About, str]:
    if (notice is None) == (case is None):
        raise typer.BadParameter("one of --notice and --case is wanted", param_hint="--notice / --case")
    return (About.NOTICE, notice) if notice is not None else (About.CASE, case or "")


def _told(held: LegalHold) -> dict[str, object]:
    return {
        "about": held.about,
        "subject": held.subject,
        "since": timestamp(held.since)[:19] + "Z",
        "evidence": held.evidence_id,
    }
