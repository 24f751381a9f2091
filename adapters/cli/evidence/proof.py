"""The reach of proof, for people and for programs; and the verb `archive override`."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

import typer

from adapters.cli.common.acting_account import ReasonOption, by, by_whom, perform
from adapters.cli.common.installation import installation_of
from adapters.cli.service.endpoints import ACTORS
from adapters.cli.service.running import short
from adapters.composition.installation import Installation
from adapters.composition.policies import proof_policy
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
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.runtime.errors import CATALOGUE
from gateway.store.ports.evidence_store import EvidenceStore
from gateway.store.proof_reach import Override, ProofPolicy, ProofReach, Reach, alarms, lapse
from gateway.store.store import Store

_STAGES = {"place in the tree": "جای در درخت", "checkpoint": "نقطه وارسی", "time-stamp": "مهر زمانی"}


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


def proof_facts(installation: Installation, store: Store, now: datetime) -> dict[str, Any] | None:
    """Return the reach of proof, its holders and its errors; None if no archive is configured."""
    policy = proof_policy(installation.settings)
    if policy is None:
        return None
    proof, states = store.evidence.proof(), installation.store().log.witnesses()
    lapsed = lapse(proof, policy, now)
    return {
        "sending": lapsed.code if lapsed else "allowed",
        "override": _override(store.evidence, proof.override, now),
        "reaches": [_reach(name, reach, now) for name, reach in _reaches(proof, policy)],
        "witnesses": [
            _reach(name, proof.held_by(name), now) | _state(states.get(name, WitnessState(name=name)))
            for name in policy.witnesses
        ],
        "alarms": [
            {"of": name, "code": error.code, "where": error.where, "detail": error.detail,
             "actor": error.entry.actor, "next": error.entry.remedy}
            for name, error in alarms(proof, policy, now).items()
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
        entry = CATALOGUE["archive.no-witness"]
        say(speak("no witness keeps checkpoints outside of this machine; docs/audit/witnesses.md", entry.fa))
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
        f"{alarm['code']}: {entry.fa}{where} {ACTORS[entry.actor][1]}: {entry.remedy_fa}",
    )


def _reaches(proof: ProofReach, policy: ProofPolicy) -> list[tuple[str, Reach]]:
    stages = [("place in the tree", proof.placed), ("checkpoint", proof.checkpoint)]
    return [*stages, ("time-stamp", proof.time_stamp)] if policy.stamped else stages


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


def _override(store: EvidenceStore, last: Override | None, now: datetime) -> dict[str, Any] | None:
    if last is None or not last.since <= now < last.until:
        return None
    record = store.record(last.evidence_id)
    told = json.loads(store.payload(record.payload_digest)) if record else {}
    who = {name: told.get(name) for name in ("account", "authentication", "reason")}
    return {"since": timestamp(last.since), "until": timestamp(last.until), **who, "evidence": last.evidence_id}
