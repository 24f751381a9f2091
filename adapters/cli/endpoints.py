"""`endpoint`: how the judiciary's endpoint stands, and what a person does who knows that it is back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from adapters.cli.account import ReasonOption, by, perform
from adapters.cli.console import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    console,
    moment,
    print_json,
    table,
)
from adapters.cli.installation import installation_of
from adapters.wiring import Installation
from gateway import endpoints
from gateway.clock import timestamp
from gateway.endpoints import EndpointView
from gateway.store import Store

app = typer.Typer(help="How the judiciary's endpoint stands.", no_args_is_help=True)


@app.command("list")
def list_endpoints(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show how each endpoint stands, why, and who must act."""
    installation = installation_of(config)
    found = endpoint_views(installation, installation.store(), installation.clock())
    if as_json:
        print_json({"endpoints": endpoint_facts(found)})
    else:
        show_endpoints(found)


@app.command("retry")
def retry(
    destination: Annotated[str, typer.Argument(help="As `endpoint list` shows it.")],
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Try an endpoint that rests with the next call. If it answers, everything goes on; if not, it rests on."""
    facts = perform(installation_of(config), "endpoint.retry", reason, destination=destination)
    if as_json:
        print_json(facts)
        return
    what = "is tried with the next call" if facts["changed"] else "does not rest; nothing was recorded"
    console.print(f"{destination} {what}", markup=False, soft_wrap=True)
    if facts["changed"]:
        console.print(f"by {by(facts)}", markup=False, soft_wrap=True)


def endpoint_views(installation: Installation, store: Store, now: datetime) -> list[EndpointView]:
    destination = installation.settings.judiciary.destination
    manners = installation.policies.manners(installation.judiciary.profile)
    return endpoints.views(store.endpoints(), destination, manners, now)


def endpoint_facts(found: Sequence[EndpointView]) -> list[dict[str, Any]]:
    """The same as JSON can hold it."""
    return [
        {
            "destination": view.breaker.destination,
            "state": view.state,
            "failures": view.breaker.failures,
            "since": timestamp(view.breaker.since) if view.breaker.since else None,
            "until": timestamp(view.until) if view.until else None,
            "code": view.breaker.code,
            "actor": view.actor,
            "ration_used": view.ration_used,
        }
        for view in found
    ]


def show_endpoints(found: Sequence[EndpointView]) -> None:
    """Print a table of them."""
    rows = table("", "endpoint", "state", ">failures", "since", "until", "why", "who must act", ">ration used")
    for view in found:
        rows.add_row(
            view.breaker.destination,
            view.state,
            str(view.breaker.failures) if view.breaker.failures else "·",
            moment(view.breaker.since),
            moment(view.until),
            view.breaker.code or "–",
            view.actor or "nobody",
            "–" if view.ration_used is None else f"{view.ration_used:.0%}",
        )
    console.print(rows)
