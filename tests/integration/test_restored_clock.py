"""A machine that has just booted, and that no outside clock has told yet that its own is right."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from adapters.composition.installation import Installation
from adapters.composition.tasks import tasks
from gateway.operations.effective_configuration import last
from gateway.operations.recovery import current
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import always
from gateway.runtime.timekeeping import JUDICIARY

from .test_renewed_seal import folder

__all__ = ["folder"]


def test_a_restored_machine_begins_no_recovery_before_an_outside_clock_was_heard(folder: Path) -> None:
    file, database = folder / "gateway.toml", folder / "gateway.db"
    shutil.copy(database, folder / "backup")
    with closing(Installation.of(file)) as opened:
        opened.record_configuration()
        assert opened.gate()(), "the machine remembers this record"
    shutil.copy(folder / "backup", database)
    with closing(Installation.of(file)) as opened:
        gate, store, keeper = opened.gate(), opened.store(), opened.timekeeper
        with pytest.raises(GatewayError, match=r"clock\.unheard"):
            gate()
        assert store.recovery.all() == []
        began = system_clock()
        keeper.heard(JUDICIARY, system_clock(), keeper.steady())
        assert gate()
        begun = current(store.recovery)
        assert begun is not None
        assert began <= begun.since <= system_clock()


def test_a_configuration_is_recorded_once_an_outside_clock_was_heard(folder: Path) -> None:
    with closing(Installation.of(folder / "gateway.toml")) as opened:
        store, keeper = opened.store(), opened.timekeeper
        collecting, writing = (task for task in tasks(opened, ["collect", "writeback"]) if task.kind != "revocation")
        assert [error.code for error in collecting.run(always).errors] == ["clock.unheard"]
        writing.run(always)
        assert last(store.rows) is None
        keeper.heard(JUDICIARY, system_clock(), keeper.steady())
        collecting.run(always)
        assert last(store.rows) is not None
