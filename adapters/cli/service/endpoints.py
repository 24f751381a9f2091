"""The verbs `endpoint`: the state of the judiciary's endpoint, and the act of a person who knows that it is back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, assert_never

import typer
from rich.padding import Padding
from rich.text import Text

from adapters.cli.common.acting_account import ReasonOption, by, perform
from adapters.cli.common.installation import installation_of
from adapters.composition.installation import Installation
from adapters.composition.policies import endpoint_policy
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    WIDE,
    ConfigOption,
    JsonOption,
    clock_time,
    console,
    moment,
    print_json,
    screen,
    table,
)
from gateway.judiciary import endpoint_status
from gateway.judiciary.endpoint_status import MAINTENANCE, EndpointView
from gateway.runtime.circuit_breaker import Permit
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import CATALOGUE, Actor
from gateway.store.ports.endpoint_store import EndpointStore

ACTORS: dict[Actor | None, tuple[str, str]] = {
    None: ("nobody", "هیچ‌کس"),
    Actor.MUNICIPALITY: ("municipality", "شهرداری"),
    Actor.JUDICIARY: ("judiciary", "قوه قضاییه"),
    Actor.OPERATOR: ("operator", "مدیر درگاه"),
    Actor.US: ("us", "سازندگان درگاه"),
}
"""Names of the actors, in both languages."""

app = typer.Typer(help="How the judiciary's endpoint stands.", no_args_is_help=True)


@app.command("list")
def list_endpoints(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show the state of each endpoint, its reason, and who must act."""
    installation = installation_of(config)
    now = installation.clock()
    found = endpoint_views(installation, installation.store().endpoints, now)
    if as_json:
        print_json({"endpoints": endpoint_facts(found, now)})
    else:
        show_endpoints(found, now)


@app.command("retry")
def retry(
    destination: Annotated[str, typer.Argument(help="As `endpoint list` shows it.")],
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Try an endpoint that rests with the next call. If it answers, calls resume; if not, it rests on."""
    facts = perform(installation_of(config), "endpoint.retry", reason, destination=destination)
    if as_json:
        print_json(facts)
        return
    what = "is tried with the next call" if facts["changed"] else "does not rest; nothing was recorded"
    console.print(f"{destination} {what}", markup=False, soft_wrap=True)
    if facts["changed"]:
        console.print(f"by {by(facts)}", markup=False, soft_wrap=True)


def endpoint_views(installation: Installation, store: EndpointStore, now: datetime) -> list[EndpointView]:
    destination = installation.settings.judiciary.destination
    policy = endpoint_policy(installation, installation.judiciary.profile)
    return endpoint_status.views(store.states(), destination, policy, now)


def endpoint_facts(found: Sequence[EndpointView], now: datetime) -> list[dict[str, Any]]:
    """Return the endpoints as JSON can hold them."""
    return [
        {
            "destination": view.breaker.destination,
            "state": view.state,
            "words": words_of(view, now),
            "failures": view.breaker.failures,
            "since": timestamp(view.breaker.since) if view.breaker.since else None,
            "until": timestamp(view.until) if view.until else None,
            "code": view.breaker.code,
            "actor": view.actor,
            "ration_used": view.ration_used,
        }
        for view in found
    ]


def show_endpoints(found: Sequence[EndpointView], now: datetime) -> None:
    """Print a table of endpoints; on a narrow screen lines for each. The cause of failures is told in words."""
    _show_table(found, now)
    for view in found:
        if view.breaker.failures and (entry := CATALOGUE.get(view.breaker.code or "")) is not None:
            told = screen.say(f"{entry.en}; {entry.remedy}", f"{entry.fa} {entry.remedy_fa}")
            console.print(Padding(Text(f"{view.breaker.code}: {told}", overflow="fold"), (0, 0, 0, 4), expand=False))


def _show_table(found: Sequence[EndpointView], now: datetime) -> None:
    if console.width < WIDE:
        for view in found:
            _show_narrow(view, now)
        return
    columns = {"endpoint": "سامانه", "state": "وضعیت", ">failures": ">ناموفق", "!since": "!از", "!why": "!علت"}
    columns |= {"who must act": "اقدام‌کننده", ">ration used": ">سهمیه مصرف‌شده"}
    rows = table("", *(screen.say(en, fa) for en, fa in columns.items()))
    for view in found:
        rows.add_row(
            view.breaker.destination,
            words_of(view, now),
            str(view.breaker.failures) if view.breaker.failures else "·",
            moment(view.breaker.since),
            view.breaker.code or "–",
            screen.say(*ACTORS[view.actor]),
            _used(view) or "–",
        )
    console.print(rows)


def _show_narrow(view: EndpointView, now: datetime) -> None:
    """Print the table's values in lines, so that no code is broken."""
    say, breaker = screen.say, view.breaker
    console.print(Text(f"{say('endpoint', 'سامانه')} {breaker.destination}: {words_of(view, now)}", overflow="fold"))
    told = []
    if breaker.failures:
        since, why = moment(breaker.since), breaker.code or "–"
        told.append(say(f"failures: {breaker.failures} since {since}", f"ناموفق: {breaker.failures} بار از {since}"))
        told.append(why)
    told.append(say(f"who must act: {ACTORS[view.actor][0]}", f"اقدام‌کننده: {ACTORS[view.actor][1]}"))
    if used := _used(view):
        told.append(say(f"ration used: {used}", f"سهمیه مصرف‌شده: {used}"))
    console.print(Padding(Text(say("; ", "؛ ").join(told), overflow="fold"), (0, 0, 0, 4)))


def _used(view: EndpointView) -> str | None:
    return None if view.ration_used is None else f"{view.ration_used:.0%}"


def words_of(view: EndpointView, now: datetime) -> str:
    """Return the state of an endpoint in words: working, calls resume at 14:05, trying, maintenance."""
    until = None if view.until is None else clock_time(view.until, now)
    if view.state == MAINTENANCE:
        en, fa = ("maintenance", "در حال نگهداری")
        return screen.say(f"{en} until {until}", f"{fa} تا {until}") if until else screen.say(en, fa)
    match Permit(view.state):
        case Permit.CLOSED:
            return screen.say("working", "برقرار")
        case Permit.PROBE:
            return screen.say("trying", "در حال آزمودن")
        case Permit.OPEN:
            return screen.say(f"calls resume at {until}", f"تماس بعدی ساعت {until}")
        case _ as never:
            assert_never(never)


def is_down(view: EndpointView) -> bool:
    """Return True while an endpoint does not answer as it should; announced maintenance is no failure."""
    return view.state in (Permit.OPEN, Permit.PROBE)
