"""`status`: one screen that says where everything stands, and who must act on what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    day,
    moment,
    print_json,
    screen,
    table,
)
from adapters.cli.endpoints import ACTORS, endpoint_facts, endpoint_views, is_down, show_endpoints
from adapters.cli.installation import installation_of
from adapters.cli.proof import proof_facts, show_proof
from adapters.cli.recovery import recovery_facts
from adapters.cli.running import Running, authority_facts, running, running_facts, show_running
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
from gateway.stored import AuthorityState

EXPIRES_SOON = timedelta(days=30)

_S = DeliveryState
_NEXT: dict[DeliveryState, tuple[Actor | None, tuple[str, str]]] = {
    _S.QUEUED: (None, ("sent by itself", "خودبه‌خود ارسال می‌شود")),
    _S.SENDING: (None, ("under way", "در حال ارسال")),
    _S.IN_DOUBT: (None, ("asked about by itself", "خودبه‌خود استعلام می‌شود")),
    _S.DEAD_LETTER: (Actor.OPERATOR, ("queue retry, or queue withdraw", "queue retry یا queue withdraw")),
    _S.SUBMITTED: (Actor.JUDICIARY, ("owes a receipt of arrival", "رسید وصول به حساب کاربری را باید بدهد")),
    _S.DELIVERED: (None, ("served; may be viewed yet", "ابلاغ شده؛ هنوز رؤیت نشده است")),
    _S.NO_ACCOUNT: (Actor.MUNICIPALITY, ("queue other-channel", "queue other-channel")),
    _S.UNDELIVERABLE: (Actor.MUNICIPALITY, ("queue other-channel", "queue other-channel")),
    _S.REJECTED: (Actor.MUNICIPALITY, ("see why; issue a revision", "علت را ببینید و نسخه تازه صادر کنید")),
    _S.VIEWED: (None, ("served and viewed", "ابلاغ و رؤیت شده")),
    _S.OTHER_CHANNEL: (None, ("served otherwise", "از طریق دیگر ابلاغ می‌شود")),
    _S.WITHDRAWN: (None, ("ended", "پایان یافته")),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """All that the screen shows."""

    runs: Running
    silent: Sequence[AuthorityState]
    switch: dict[str, Any]
    recovery: dict[str, Any]
    lines: list[Line]
    endpoints: list[EndpointView]
    proof: dict[str, Any] | None
    certificates: list[dict[str, str]]


def status(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show what runs, where everything stands and who must act; exit 1 where an operator must, or where the judiciary
    or a time authority does not answer."""
    installation = installation_of(config)
    store, now = installation.store(), installation.clock()
    switch, recovery = switch_facts(store), recovery_facts(store)
    lines = [line for line in (*_lines(store, now), *_held_bodies(installation, store, now)) if line.count]
    certificates = list(_certificates(installation, now))
    endpoints = endpoint_views(installation, store, now)
    runs, silent = running(store.processes.known(), now), _silent_authorities(installation)
    proof = proof_facts(installation, store, now)
    here = Here(
        runs=runs,
        silent=silent,
        switch=switch,
        recovery=recovery,
        lines=lines,
        endpoints=endpoints,
        proof=proof,
        certificates=certificates,
    )
    _show(here, now, as_json)
    down = silent or runs.silent or any(is_down(view) for view in endpoints)
    unproven = proof is not None and proof["alarms"]
    late = any(line.actor is Actor.OPERATOR for line in lines)
    if switch["stopped"] or recovery["on"] or unproven or certificates or late or down:
        raise typer.Exit(FINDING)


def _lines(store: Store, now: datetime) -> Iterator[Line]:
    counts, backlog = store.counts(), store.backlog(now=now, ages=())
    stuck = {code: count for code, count in store.queued_by_code().items() if needs_a_person(code)}
    for state in DeliveryState:
        here = [line for line in backlog if line.state is state]
        actor, then = _NEXT[state]
        if state is _S.QUEUED and stuck:
            number = sum(stuck.values())
            en, fa = f"sent by itself, but for {number}: below", f"خودبه‌خود ارسال می‌شود، جز {number} مورد زیر"
            actor, then = Actor.OPERATOR, (en, fa)
        yield Line(
            what=state.value,
            count=counts[state],
            held=sum(line.held for line in here),
            oldest=min((line.oldest for line in here), default=None),
            actor=actor,
            next=screen.say(*then),
        )
    say = screen.say
    for code, count in stuck.items():
        # A code of a signature's check is the judiciary's word on our seal, not ours on the judiciary's.
        entry = CATALOGUE["seal.not-accepted" if code.startswith("verify.") else code]
        what = say(f"  queued, and cannot be sent: {code}", f"  در صف و غیرقابل ارسال: {code}")
        yield Line(what=what, count=count, actor=entry.actor, next=say(entry.remedy, entry.remedy_fa))
    yield Line(
        what=say("  in doubt, proven not to have arrived", "  نامعلوم؛ نرسیدن آن اثبات شده است"),
        count=counts["absent"],
        actor=Actor.OPERATOR,
        next="queue decide --code doubt.absent",
    )
    yield Line(
        what=say("  in doubt, cannot be told by asking", "  نامعلوم؛ با استعلام روشن نمی‌شود"),
        count=counts["undecided"] - counts["absent"],
        actor=Actor.OPERATOR,
        next=say("ask by telephone, then queue decide", "تلفنی بپرسید و سپس queue decide"),
    )
    yield Line(
        what=say("  held after faults, did not arrive", "  نگه‌داشته پس از خطا؛ نرسیده است"),
        count=counts["held"],
        actor=Actor.OPERATOR,
        next=say("mend the cause; queue release", "علت را برطرف کنید؛ queue release"),
    )
    yield Line(
        what=say("not asked about since the recovery began", "از آغاز بازیابی استعلام نشده"),
        count=counts["unasked"],
        next=say("asked about by itself", "خودبه‌خود استعلام می‌شود"),
    )
    yield Line(
        what=say("rows refused", "ردیف پذیرفته‌نشده"),
        count=counts["refused"],
        actor=Actor.MUNICIPALITY,
        next=say("rows refused; correct the case", "rows refused؛ پرونده را اصلاح کنید"),
    )
    yield Line(
        what=say("in quarantine", "در قرنطینه"),
        count=counts["quarantined"],
        actor=Actor.OPERATOR,
        next="quarantine list",
    )
    yield Line(
        what=say("rows to be written back", "نتیجه‌ای که باید در ردیف نوشته شود"),
        count=counts["collected"] - counts["written"],
        next=say("written by itself", "خودبه‌خود نوشته می‌شود"),
    )


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
            state = f"valid until {day(certificate.not_after)}"
            yield {
                "use": use,
                "state": state,
                "actor": actor.value,
                "next": "have it renewed, and register the new one",
            }


def _silent_authorities(installation: Installation) -> list[AuthorityState]:
    """Those of the configuration only: another one that was asked earlier is nobody's concern any more."""
    archive = installation.settings.archive
    named = {section.name for section in archive.time_authorities} if archive else set()
    return [state for state in installation.store().processes.silent() if state.name in named]


def _show(here: Here, now: datetime, as_json: bool) -> None:
    if as_json:
        print_json(_facts(here, now))
        return
    say, switch = screen.say, here.switch
    show_running(here.runs, here.silent, now)
    if switch["stopped"]:
        since = moment(switch["since"])
        en, fa = f"everything is stopped since {since}; `resume` lets it go on", f"همه چیز از {since} متوقف است؛ resume"
        console.print(say(en, fa), style="bold red", markup=False, soft_wrap=True)
        who = f"  by {switch['account']} ({switch['authentication']}): {switch['reason']}"
        console.print(who, markup=False, soft_wrap=True)
    else:
        console.print(say("not stopped", "متوقف نشده است"), style="green")
    if here.recovery["on"]:
        since, cause = moment(here.recovery["since"]), here.recovery["cause"]
        en, fa = f"a recovery is on since {since} ({cause})", f"بازیابی از {since} در جریان است ({cause})"
        operator = say("operator: `recovery status`", "مدیر درگاه: recovery status")
        console.print(f"{say(en, fa)}; {operator}", style="bold yellow", markup=False, soft_wrap=True)
    columns = ("what", "وضعیت"), (">number", ">تعداد"), (">held", ">نگه‌داشته"), (">oldest", ">قدیمی‌ترین")
    rows = table("", *(say(*pair) for pair in columns), say("who must act", "اقدام‌کننده"), say("next", "گام بعد"))
    for line in here.lines:
        rows.add_row(
            line.what,
            str(line.count),
            str(line.held) if line.held else "·",
            age(now - line.oldest) if line.oldest else "·",
            say(*ACTORS[line.actor]),
            line.next,
        )
    console.print(rows if here.lines else say("no notices yet", "هنوز ابلاغیه‌ای نیست"))
    show_endpoints(here.endpoints, now)
    show_proof(here.proof)
    for each in here.certificates:
        told = f"certificate {each['use']}: {each['state']}; {each['actor']}: {each['next']}"
        console.print(told, markup=False, soft_wrap=True)


def _facts(here: Here, now: datetime) -> dict[str, Any]:
    """The same as JSON can hold it."""
    return {
        "service": running_facts(here.runs),
        "switch": here.switch,
        "recovery": here.recovery,
        "lines": [
            {
                "what": line.what,
                "count": line.count,
                "held": line.held,
                "oldest": timestamp(line.oldest) if line.oldest else None,
                "actor": line.actor,
                "next": line.next,
            }
            for line in here.lines
        ],
        "endpoints": endpoint_facts(here.endpoints, now),
        "time_authorities": authority_facts(here.silent),
        "proof": here.proof,
        "certificates": here.certificates,
    }
