"""The verbs `endpoint`: the state of the judiciary's endpoint, and the act of a person who knows that it is back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.padding import Padding
from rich.text import Text

from adapters.cli.common.acting_account import ReasonOption, by, perform
from adapters.cli.common.installation import installation_of
from adapters.cli.service.running import same
from adapters.composition.overview.endpoint_views import endpoint_views
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    FINDING,
    WIDE,
    ConfigOption,
    JsonOption,
    clock_time,
    console,
    moment,
    print_json,
    say,
    screen,
    table,
    tell,
)
from adapters.terminal.records import print_parts
from gateway.judiciary.endpoint_status import EndpointView
from gateway.overview.endpoint_line import (
    SpeedLine,
    answer_in_words,
    cause_in_words,
    endpoint_in_words,
    is_down,
    longest_period,
    speed_in_words,
    speed_lines,
)
from gateway.overview.next_step import ACTORS
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError

__all__ = ["app", "endpoint_facts", "is_down", "show_endpoints", "words_of"]

app = typer.Typer(help="How the judiciary's endpoint stands.", no_args_is_help=True)


@app.command("list")
def list_endpoints(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show the state of each endpoint, its reason, who must act, and how fast its calls were answered."""
    installation = installation_of(config)
    now = installation.clock()
    found = endpoint_views(installation, now)
    counted = installation.store().call_durations.since(longest_period(now))
    speeds = {view.breaker.destination: list(speed_lines(counted, view.breaker.destination, now)) for view in found}
    if as_json:
        facts = endpoint_facts(found, now)
        print_json({"endpoints": [each | {"speeds": _speed_facts(speeds[each["destination"]])} for each in facts]})
        return
    show_endpoints(found, now)
    for destination, lines in speeds.items():
        for line in lines:
            named = " ".join(filter(None, (destination, line.operation)))
            period, speed = screen.words(line.words), screen.words(speed_in_words(line.speed))
            say(screen.say(f"{named}, {period}: {speed}", f"سرعت {named}، {period}: {speed}"))


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


@app.command("test")
def try_endpoint(
    destination: Annotated[str, typer.Argument(help="As `endpoint list` shows it.")],
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Ask the judiciary a real question about nobody, also while calls rest. Exit code 1 if no answer counts."""
    facts = perform(installation_of(config), "endpoint.test", reason, destination=destination)
    if as_json:
        print_json(facts)
    elif facts["answered"]:
        console.print(f"{destination} answered in {facts['milliseconds']} ms", markup=False, soft_wrap=True)
        meaning = answer_in_words(signed=facts["signed"], repeats_call=facts["repeats_call"])
        console.print(screen.words(meaning), markup=False, soft_wrap=True)
        console.print(f"by {by(facts)}", markup=False, soft_wrap=True)
    else:
        tell(GatewayError(facts["code"], where=facts["where"], detail=facts["detail"]))
    if not facts["answered"]:
        raise typer.Exit(FINDING)


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


def _speed_facts(lines: Sequence[SpeedLine]) -> list[dict[str, Any]]:
    """Return speeds as JSON can hold them; durations are milliseconds."""
    return [
        {
            "hours": line.period // timedelta(hours=1),
            "operation": line.operation,
            "calls": line.speed.calls,
            "unanswered": line.speed.unanswered,
            "p50": line.speed.p50 and round(line.speed.p50 / timedelta(milliseconds=1)),
            "p95": line.speed.p95 and round(line.speed.p95 / timedelta(milliseconds=1)),
        }
        for line in lines
    ]


def show_endpoints(found: Sequence[EndpointView], now: datetime) -> None:
    """Print a table of endpoints; on a narrow screen lines for each. The cause of failures is told in words."""
    _show_table(found, now)
    for view in found:
        if (cause := cause_in_words(view, on_page=False)) is not None:
            told = f"{view.breaker.code}: {screen.words(cause)}"
            console.print(Padding(Text(told, overflow="fold"), (0, 0, 0, 4), expand=False))


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
            screen.words(ACTORS[view.actor]),
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
    told.append(say(f"who must act: {ACTORS[view.actor].en}", f"اقدام‌کننده: {ACTORS[view.actor].fa}"))
    if used := _used(view):
        told.append(say(f"ration used: {used}", f"سهمیه مصرف‌شده: {used}"))
    print_parts(told, between=say("; ", "؛ "))


def _used(view: EndpointView) -> str | None:
    return None if view.ration_used is None else f"{view.ration_used:.0%}"


def words_of(view: EndpointView, now: datetime) -> str:
    """Return the state of an endpoint in words, its times in the screen's calendar."""
    return screen.words(endpoint_in_words(view, now, lambda at: same(clock_time(at, now))))
