"""The verb `notice list`: notices by reference."""

from __future__ import annotations

from typing import Annotated

import typer

from adapters.cli.common.installation import installation_of
from adapters.cli.notices.notice_rows import show_notices, summary
from adapters.terminal.printing import DEFAULT_CONFIG, ConfigOption, JsonOption, console, print_json, say, screen
from gateway.notice.delivery_state import DeliveryState


def list_notices(
    state: Annotated[DeliveryState | None, typer.Option(help="Only notices in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    after: Annotated[str | None, typer.Option(help="Begin after this reference.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List notices by reference, a page at a time."""
    found = installation_of(config).store().notices.find(state=state, limit=limit, after=after)
    if as_json:
        print_json({"notices": [summary(admission) for admission in found]})
        return
    if found:
        show_notices(found)
    else:
        say(screen.say("no such notices", "چنین ابلاغیه‌ای نیست"))
    if len(found) == limit:
        console.print(f"more: notice list --after {found[-1].entry.reference}")
