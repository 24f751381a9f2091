"""`recovery status` after a recovery names the sources that were not read whole, and why."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.installation import Installation
from gateway.operations.operator_action import OperatorAction
from gateway.operations.recovery import declare, end
from gateway.runtime.clock import system_clock
from gateway.store.source_listing import Closing, SourceListing, cursor_of
from gateway.store.stored import Changes

from .test_renewed_seal import folder

__all__ = ["folder"]


def _status(folder: Path, *options: str) -> str:
    return (
        CliRunner()
        .invoke(app, ["recovery", "status", "-c", str(folder / "gateway.toml"), *options], env={"COLUMNS": "200"})
        .stdout
    )


def _told(folder: Path) -> Any:
    return json.loads(_status(folder, "--json")).get("unsettled")


def test_sources_that_were_not_read_whole_are_named_with_the_reason(folder: Path) -> None:
    with closing(Installation.of(folder / "gateway.toml")) as opened:
        store, [source] = opened.store(), list(opened.settings.sources)

        def act(name: str) -> OperatorAction:
            return OperatorAction(name=name, account="sara", reason="restored", at=system_clock())

        epoch = declare(store, act("recovery.begin"), "city").epoch
        end(store, act("recovery.end"), "city", [source], although=True)
        assert _told(folder) == [{"source": source, "why": "unread", "rows": 0}]
        listing = SourceListing(epoch=epoch, ended_at=system_clock(), unlisted=2, closing=None)
        store.commit(Changes(cursors={cursor_of(source): listing.told}))
        assert _told(folder) == [{"source": source, "why": "source.no-version", "rows": 2}]
        shown = _status(folder)
        assert source in shown
        assert "[source.no-version]" in shown
        assert "--everything-was-sent-again" in shown
        settled = SourceListing(epoch=epoch, ended_at=system_clock(), unlisted=2, closing=Closing.STATED)
        store.commit(Changes(cursors={cursor_of(source): settled.told}))
        assert _told(folder) is None
