"""`status`: one screen that says where everything stands, and who must act on what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import typer

from adapters.cli.console import (
    DEFAULT_CONFIG,
    FINDING,
    ConfigOption,
    JsonOption,
    age,
    console,
    print_json,
    table,
)
from adapters.cli.endpoints import endpoint_facts, endpoint_views, show_endpoints
from adapters.cli.installation import installation_of
from adapters.cli.proof import proof_facts, show_proof
from adapters.cli.recovery import recovery_facts
from adapters.cli.switch import switch_facts
from adapters.wiring import Installation
from gateway.clock import timestamp
from gateway.courier import SEAL_NOT_ACCEPTED
from gateway.delivery import DeliveryState
from gateway.endpoints import EndpointView
from gateway.errors import CATALOGUE, Actor, GatewayError
from gateway.reconciliation.overdue import needs_a_person
from gateway.seal_breaker import SealBreakers
from gateway.store import Store

EXPIRES_SOON = timedelta(days=30)

_S = DeliveryState
_NEXT: dict[DeliveryState, tuple[Actor | None, str]] = {
    _S.QUEUED: (None, "sent by itself"),
    _S.SENDING: (None, "under way"),
    _S.IN_DOUBT: (None, "asked about by itself"),
    _S.DEAD_LETTER: (Actor.OPERATOR, "queue retry, or queue withdraw"),
    _S.SUBMITTED: (Actor.JUDICIARY, "owes a receipt of arrival"),
    _S.DELIVERED: (None, "served; may be viewed yet"),
    _S.NO_ACCOUNT: (Actor.MUNICIPALITY, "queue other-channel"),
    _S.UNDELIVERABLE: (Actor.MUNICIPALITY, "queue other-channel"),
    _S.REJECTED: (Actor.MUNICIPALITY, "see why; issue a revision"),
    _S.VIEWED: (None, "served and viewed"),
    _S.OTHER_CHANNEL: (None, "served otherwise"),
    _S.WITHDRAWN: (None, "ended"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """So many of something, who must act on it, and what is next."""

    what: str
    count: int
    held: int = 0
    oldest: datetime | None = None
    actor: Actor | None = None
    next: str = ""


def status(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show where everything stands and who must act; exit 1 where an operator must."""
    installation = installation_of(config)
    store, now = installation.store(), installation.clock()
    switch, recovery = switch_facts(store), recovery_facts(store)
    lines = [line for line in (*_lines(store, now), *_held_bodies(installation, store, now)) if line.count]
    certificates = list(_certificates(installation, now))
    endpoints = endpoint_views(installation, store, now)
    proof = proof_facts(installation, store, now)
    _show(switch, recovery, lines, endpoints, proof, certificates, now, as_json)
    unproven = proof is not None and proof["alarms"]
    late = any(line.actor is Actor.OPERATOR for line in lines)
    if switch["stopped"] or recovery["on"] or unproven or certificates or late:
        raise typer.Exit(FINDING)


def _lines(store: Store, now: datetime) -> Iterator[Line]:
    counts, backlog = store.counts(), store.backlog(now=now, ages=())
    stuck = {code: count for code, count in store.queued_by_code().items() if needs_a_person(code)}
    for state in DeliveryState:
        here = [line for line in backlog if line.state is state]
        actor, then = _NEXT[state]
        if state is _S.QUEUED and stuck:
            actor, then = Actor.OPERATOR, f"sent by itself, but for {sum(stuck.values())}: below"
        yield Line(
            what=state.value,
            count=counts[state],
            held=sum(line.held for line in here),
            oldest=min((line.oldest for line in here), default=None),
            actor=actor,
            next=then,
        )
    for code, count in stuck.items():
        entry = CATALOGUE[code]
        yield Line(what=f"  queued, and cannot be sent: {code}", count=count, actor=entry.actor, next=entry.remedy)
    yield Line(
        what="  in doubt, proven not to have arrived",
        count=counts["absent"],
        actor=Actor.OPERATOR,
        next="queue decide --code doubt.absent",
    )
    yield Line(
        what="  in doubt, cannot be told by asking",
        count=counts["undecided"] - counts["absent"],
        actor=Actor.OPERATOR,
        next="ask by telephone, then queue decide",
    )
    yield Line(
        what="  held after faults, did not arrive",
        count=counts["held"],
        actor=Actor.OPERATOR,
        next="mend the cause; queue release",
    )
    yield Line(what="not asked about since the recovery began", count=counts["unasked"], next="asked about by itself")
    yield Line(what="rows refused", count=counts["refused"], actor=Actor.MUNICIPALITY, next="correct the case")
    yield Line(what="in quarantine", count=counts["quarantined"], actor=Actor.OPERATOR, next="quarantine list")
    yield Line(what="rows to be written back", count=counts["collected"] - counts["written"], next="written by itself")


def _held_bodies(installation: Installation, store: Store, now: datetime) -> Iterator[Line]:
    """Bodies of which nothing is sent, since the judiciary does not accept their seals."""
    seals = SealBreakers.read(store, installation.settings.judiciary.destination)
    for body in sorted(seals.held(now)):
        breaker = seals.breakers[body]
        yield Line(
            what=f"seals of {body} refused in a row: the body is held",
            count=breaker.failures,
            oldest=breaker.since,
            actor=CATALOGUE[SEAL_NOT_ACCEPTED].actor,
            next=f"register its certificate; endpoint retry {breaker.destination}",
        )


def _certificates(installation: Installation, now: datetime) -> Iterator[dict[str, str]]:
    """Certificates that are not valid, or will not be for long."""
    for use, load in installation.certificates().items():
        try:
            certificate = load()
        except GatewayError as error:
            yield {"use": use, "state": error.code, "actor": error.entry.actor.value, "next": error.entry.remedy}
            continue
        if certificate.not_after - now < EXPIRES_SOON or now < certificate.not_before:
            actor = Actor.JUDICIARY if use.startswith("judiciary") else Actor.OPERATOR
            state = f"valid until {certificate.not_after:%Y-%m-%d}"
            yield {
                "use": use,
                "state": state,
                "actor": actor.value,
                "next": "have it renewed, and register the new one",
            }


def _show(
    switch: dict[str, Any],
    recovery: dict[str, Any],
    lines: list[Line],
    endpoints: list[EndpointView],
    proof: dict[str, Any] | None,
    certificates: list[dict[str, str]],
    now: datetime,
    as_json: bool,
) -> None:
    if as_json:
        print_json({
            "switch": switch,
            "recovery": recovery,
            "lines": [
                {"what": line.what, "count": line.count, "held": line.held,
                 "oldest": timestamp(line.oldest) if line.oldest else None, "actor": line.actor, "next": line.next}
                for line in lines
            ],
            "endpoints": endpoint_facts(endpoints),
            "proof": proof,
            "certificates": certificates,
        })  # fmt: skip
        return
    if switch["stopped"]:
        console.print(f"[bold red]everything is stopped[/] since {switch['since'][:19]}Z; `resume` lets it go on")
        who = f"  by {switch['account']} ({switch['authentication']}): {switch['reason']}"
        console.print(who, markup=False, soft_wrap=True)
    else:
        console.print("[green]not stopped[/]")
    if recovery["on"]:
        since, cause = recovery["since"][:19], recovery["cause"]
        console.print(f"[bold yellow]a recovery is on[/] since {since}Z ({cause}); operator: `recovery status`")
    rows = table("", "what", ">number", ">held", ">oldest", "who must act", "next")
    for line in lines:
        rows.add_row(
            line.what,
            str(line.count),
            str(line.held) if line.held else "·",
            age(now - line.oldest) if line.oldest else "·",
            line.actor or "nobody",
            line.next,
        )
    console.print(rows if lines else "no notices yet")
    show_endpoints(endpoints)
    show_proof(proof)
    for each in certificates:
        told = f"certificate {each['use']}: {each['state']}; {each['actor']}: {each['next']}"
        console.print(told, markup=False, soft_wrap=True)
