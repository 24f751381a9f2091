"""The reach of proof, for people and for programs; and the verb `archive override`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from adapters.acts.upkeep_facts import who_acted
from adapters.cli.common.acting_account import ReasonOption, by, by_whom, perform
from adapters.cli.common.installation import installation_of
from adapters.cli.service.running import short
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    PlainTable,
    age,
    console,
    in_calendar,
    moment,
    print_json,
    say,
    screen,
    table,
)
from gateway.archive.witnessing import WitnessState
from gateway.overview.next_step import ACTORS
from gateway.overview.proof_line import CHECKPOINT, NO_WITNESS, PLACE, TIME_STAMP, ProofState
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.runtime.errors import CATALOGUE
from gateway.store.ports.evidence_store import EvidenceStore
from gateway.store.proof_reach import Override, Reach

_STAGES = {stage.en: stage.fa for stage in (PLACE, CHECKPOINT, TIME_STAMP)}


def override(
    hours: Annotated[
        float, typer.Option(min=0, help="For how long from now; at most archive.override_max_hours; 0 ends it.")
    ],
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Allow sending although events cannot be proven by a time-stamp. The account that allows it is on record."""
    facts = perform(installation_of(config), "archive.override", reason, seconds=round(hours * 3600))
    if as_json:
        print_json(facts)
        return
    until = moment(facts["until"])
    told = f"notices may be sent without proof until {until}" if hours else "no longer without proof"
    console.print(told, markup=False, soft_wrap=True)
    console.print(f"by {by(facts)}", markup=False, soft_wrap=True)


def proof_facts(found: ProofState | None, store: EvidenceStore, now: datetime) -> dict[str, Any] | None:
    """Return the reach of proof, its holders and its errors, as JSON can hold them; None without an archive."""
    if found is None:
        return None
    return {
        "sending": found.sending.code if found.sending else "allowed",
        "override": _override(store, found.override),
        "reaches": [_reach(line.words.en, line.reach, now) for line in found.reaches],
        "witnesses": [
            _reach(line.witness.name, line.reach, now) | _state(line.witness)
            for line in found.witnesses
            if line.witness is not None
        ],
        "alarms": [
            {"of": name, "code": error.code, "where": error.where, "detail": error.detail,
             "actor": error.entry.actor, "next": error.entry.remedy}
            for name, error in found.alarms.items()
        ],
    }  # fmt: skip


def show_proof(facts: dict[str, Any] | None, now: datetime) -> None:
    """Print the result of `proof_facts`."""
    if facts is None:
        return
    speak = screen.say
    columns = {"proof by": "اثبات با", ">records": ">رکوردها", "!made": "!زمان", ">waiting": ">در انتظار"}
    rows = table("", *(speak(*pair) for pair in columns.items()), speak("state", "وضعیت"))
    for each in facts["reaches"]:
        _add(rows, speak(each["by"], _STAGES[each["by"]]), each, "", now)
    for each in facts["witnesses"]:
        code, often = each["code"], each["failures"]
        failed = speak(f"{code}, {often} in a row", f"{code}، {often} بار پیاپی") if often else ""
        _add(rows, speak(f"witness {each['by']}", f"شاهد {each['by']}"), each, failed, now)
    console.print(rows)
    if not facts["witnesses"]:
        say(speak(f"{NO_WITNESS.en}; docs/audit/witnesses.md", NO_WITNESS.fa))
    if told := facts["override"]:
        en, fa = "sending without proof is allowed until", "ارسال بدون اثبات مجاز است تا"
        say(f"{speak(en, fa)} {moment(told['until'])}", "bold yellow")
        say(by_whom(told))
    for alarm in facts["alarms"]:
        say(_told(alarm), "bold red" if alarm["of"] == "sending" else "yellow")


def _add(rows: PlainTable, name: str, reach: dict[str, Any], state: str, now: datetime) -> None:
    since = reach["waiting_since"]
    waiting = short(now - parse_timestamp(since)) if since else "·"
    rows.add_row(name, f"{reach['records']:,}", moment(reach["made_at"]), waiting, state)


def _told(alarm: dict[str, Any]) -> str:
    entry = CATALOGUE[alarm["code"]]
    where = f" ({alarm['where']})" if alarm["of"].startswith(("witness:", "archive:payloads")) else ""
    return screen.say(
        in_calendar(f"{alarm['code']} {alarm['of']}: {alarm['detail']}; {alarm['actor']}: {alarm['next']}"),
        f"{alarm['code']}: {entry.fa}{where} {ACTORS[entry.actor].fa}: {entry.remedy_fa}",
    )


def _reach(name: str, reach: Reach, now: datetime) -> dict[str, Any]:
    return {
        "by": name,
        "records": reach.size,
        "made_at": timestamp(reach.made_at)[:19] + "Z" if reach.made_at else None,
        "waiting_since": timestamp(reach.waiting_since) if reach.waiting_since else None,
        "waiting": age(reach.waits(now)) if reach.waiting_since else None,
    }


def _state(state: WitnessState) -> dict[str, Any]:
    return {
        "accepted_at": timestamp(state.accepted_at) if state.accepted_at else None,
        "failures": state.failures,
        "code": state.code,
        "again_at": timestamp(state.due_at) if state.due_at else None,
    }


def _override(store: EvidenceStore, last: Override | None) -> dict[str, Any] | None:
    if last is None:
        return None
    who = who_acted(store, last.evidence_id)
    return {"since": timestamp(last.since), "until": timestamp(last.until), **who, "evidence": last.evidence_id}
