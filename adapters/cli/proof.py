"""How far the proof of what happened reaches, for people and for programs; and `archive override`."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

import typer

from adapters.cli.account import ReasonOption, by, perform
from adapters.cli.console import DEFAULT_CONFIG, ConfigOption, JsonOption, age, console, moment, print_json, table
from adapters.cli.installation import installation_of
from adapters.wiring import Installation
from gateway.clock import timestamp
from gateway.proof import Override, Proof, ProofPolicy, Reach, alarms, lapse
from gateway.store import Store
from gateway.witnessing import WitnessState


def override(
    hours: Annotated[
        float, typer.Option(min=0, help="For how long from now; at most archive.override_max_hours; 0 ends it.")
    ],
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Let notices be sent although what happens cannot be proven by a time-stamp. It is on record who let it be."""
    facts = perform(installation_of(config), "archive.override", reason, seconds=round(hours * 3600))
    if as_json:
        print_json(facts)
        return
    until = moment(facts["until"])
    told = f"notices may be sent without proof until {until}" if hours else "no longer without proof"
    console.print(told, markup=False, soft_wrap=True)
    console.print(f"by {by(facts)}", markup=False, soft_wrap=True)


def proof_facts(installation: Installation, store: Store, now: datetime) -> dict[str, Any] | None:
    """How far proof reaches, who holds it, and what is wrong; None where no archive is configured."""
    policy = installation.policies.proof()
    if policy is None:
        return None
    proof, states = store.proof(), installation.store().log.witnesses()
    lapsed = lapse(proof, policy, now)
    return {
        "sending": lapsed.code if lapsed else "allowed",
        "override": _override(store, proof.override, now),
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


def show_proof(facts: dict[str, Any] | None) -> None:
    """Print the same."""
    if facts is None:
        return
    rows = table("", "proof by", ">records", "made", ">waiting", "state")
    for each in facts["reaches"]:
        rows.add_row(each["by"], f"{each['records']:,}", moment(each["made_at"]), each["waiting"] or "·", "")
    for each in facts["witnesses"]:
        failed = f"{each['code']}, {each['failures']} in a row" if each["failures"] else ""
        rows.add_row(
            f"witness {each['by']}", f"{each['records']:,}", moment(each["made_at"]), each["waiting"] or "·", failed
        )
    console.print(rows)
    if not facts["witnesses"]:
        console.print("no witness keeps checkpoints outside of this machine; docs/witnesses.md")
    if told := facts["override"]:
        console.print(f"[bold yellow]sending without proof is allowed[/] until {moment(told['until'])}")
        who = f"  by {told['account']} ({told['authentication']}): {told['reason']}"
        console.print(who, markup=False, soft_wrap=True)
    for alarm in facts["alarms"]:
        style = "bold red" if alarm["of"] == "sending" else "yellow"
        console.print(f"[{style}]{alarm['code']}[/] ", end="")
        console.print(
            f"{alarm['of']}: {alarm['detail']}; {alarm['actor']}: {alarm['next']}", markup=False, soft_wrap=True
        )


def _reaches(proof: Proof, policy: ProofPolicy) -> list[tuple[str, Reach]]:
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


def _override(store: Store, last: Override | None, now: datetime) -> dict[str, Any] | None:
    if last is None or not last.since <= now < last.until:
        return None
    record = store.record(last.evidence_id)
    told = json.loads(store.payload(record.payload_digest)) if record else {}
    who = {name: told.get(name) for name in ("account", "authentication", "reason")}
    return {"since": timestamp(last.since), "until": timestamp(last.until), **who, "evidence": last.evidence_id}
