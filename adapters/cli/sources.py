"""The verbs `source`: a person's acts on a source of rows. `docs/connect/case-databases.md` explains their use."""

from __future__ import annotations

from typing import Annotated

import typer

from adapters.cli.common.acting_account import ReasonOption, account, act
from adapters.cli.common.installation import installation_of
from adapters.composition.mappings import mappers_in_force
from adapters.composition.sources import case_source
from adapters.settings.source import PullSection, SqlSection
from adapters.terminal.printing import DEFAULT_CONFIG, ConfigOption, JsonOption, console, print_json
from gateway.intake.source_renaming import rename
from gateway.operations.operator_action import NOT_AUTHENTICATED
from gateway.runtime.errors import GatewayError

app = typer.Typer(help="Sources of rows: give one another name.", no_args_is_help=True)


@app.callback()
def sources() -> None:
    """Keep `rename` a verb of its own, though it is the only one."""


@app.command("rename")
def rename_source(
    old: Annotated[str, typer.Argument(help="The name until now; the configuration has it no more.")],
    new: Annotated[str, typer.Argument(help="The name in the configuration.")],
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Move everything under a source's old name to its new one: notices, rows, cursors, refusals, inbox, mappings.

    Evidence stays as it is. Two names of one database are merged in the same way.
    """
    installation = installation_of(config)
    sections = installation.settings.sources
    if old in sections or new not in sections:
        detail = f"{old} is still there" if old in sections else f"{new} is not there"
        raise GatewayError("source.rename-configured", where="[sources]", detail=detail)
    this, store = act("source.rename", reason, installation.clock), installation.store()
    source, mappers = case_source(installation, new), mappers_in_force(installation)
    origin, brought = installation.settings.gateway.name, not isinstance(sections[new], SqlSection | PullSection)
    done = rename(store, store.inbox, source, mappers, old, this, origin, brought=brought)
    if as_json:
        told = {"old": old, "new": new, "notices": done.notices, "rows_compared": done.agreed}
        print_json({**told, "account": account(), "authentication": NOT_AUTHENTICATED})
        return
    console.print(f"{old} is {new} now: {done.notices} notices; {done.agreed} rows were compared", markup=False)
    console.print(f"by {account()} ({NOT_AUTHENTICATED})", markup=False, soft_wrap=True)
