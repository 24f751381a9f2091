"""Every act of a person is a record of evidence: each function that takes one, and each verb that wants a reason."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

import gateway
from adapters.acts.registry import ACTS as REGISTERED
from adapters.cli.main import app
from gateway.notice.delivery_state import DeliveryState
from gateway.record.evidence_record import EvidenceKind

from .driven_passes import DrivenPasses, driven_passes
from .performed_acts import ACTS
from .silent import Silent

pytestmark = pytest.mark.long

_S, _K = DeliveryState, EvidenceKind


@pytest.fixture
def passes(tmp_path: Path) -> Iterator[DrivenPasses]:
    with driven_passes(tmp_path) as driven:
        yield driven


WRITES_NOTHING = ("gateway.operations.four_eyes", "gateway.versions.version_plans")
"""Modules whose functions take an act to judge or to plan it; no function of them commits."""


OF_PEOPLE = {"notice.claim", "notice.unclaim", "notice.hand-over", "notice.comment"}
"""Acts of persons of the console alone: no verb has them."""


OF_THE_MACHINE = {"archive.set-aside", "source.rename"}
"""Acts that no service can do, since it has another configuration or is forbidden to go on: a verb does them itself."""


OF_THE_CONSOLE = {"bulk.begin", "intake.enter"}
"""Acts that no verb does: the list of notices, or the draft, is the work of a person at the console."""


VERBS: dict[str, str | Silent] = {
    "archive hold add": "archive.hold",
    "archive hold remove": "archive.unhold",
    "archive override": "archive.override",
    "archive set-aside": "archive.set-aside",
    "archive accept-damage": "archive.accept-damage",
    "endpoint retry": "endpoint.retry",
    "endpoint test": "endpoint.test",
    "quarantine dismiss": "quarantine.dismiss",
    "quarantine release": "quarantine.release",
    "mapping activate": "mapping.activate",
    "mapping approve": "mapping.approve",
    "mapping import": "mapping.import",
    "mapping retire": "mapping.retire",
    "mapping rollback": "mapping.rollback",
    "mapping submit": "mapping.submit",
    "person activate": "person.activate",
    "personal-data export": "personal-data.export",
    "person add": "person.add",
    "person bodies": "person.bodies",
    "person address": "person.address",
    "person digest": "person.digest",
    "person deactivate": "person.deactivate",
    "person first": "person.first",
    "person link": "person.link",
    "person provider": "person.provider",
    "person recover": "person.recover",
    "person roles": "person.roles",
    "profile activate": "profile.activate",
    "profile approve": "profile.approve",
    "profile import": "profile.import",
    "profile retire": "profile.retire",
    "profile rollback": "profile.rollback",
    "profile submit": "profile.submit",
    **{
        f"legal {area} {verb}": f"{area}.{verb}"
        for area in ("calendar", "rules")
        for verb in ("activate", "approve", "import", "retire", "rollback", "submit")
    },
    "legal certificate": "certificate.issue",
    "legal outage-certificate": "outages.certify",
    "queue decide": "queue.decide",
    "queue hold": "queue.hold",
    "queue other-channel": "queue.other-channel",
    "queue release": "queue.release",
    "queue retry": "queue.retry",
    "queue stop-bulk": "bulk.stop",
    "queue withdraw": "queue.withdraw",
    "queue write-again": "queue.write-again",
    "recovery begin": "recovery.begin",
    "recovery end": "recovery.end",
    "resume": "resume",
    "sandbox revoke": Silent("an act of the stand-in's authority; its list is kept, and what it refuses recorded"),
    "source rename": "source.rename",
    "stop-everything": "stop-everything",
}
"""Verbs that want a reason, and the act that each records."""


PLANS = ("Plan", "Changes", "Changes | None")
"""Results of functions that say what an act would write, and write nothing
(`tests/console/test_acts_on_notice.py`)."""


def takes_an_act() -> Iterator[str]:
    for module in pkgutil.walk_packages(gateway.__path__, "gateway."):
        loaded = importlib.import_module(module.name)
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            own = function.__module__ == module.name and not name.startswith("_")
            types = inspect.get_annotations(function)
            if own and "OperatorAction" in map(str, types.values()) and types.get("return") not in PLANS:
                yield f"{module.name}.{name}"


def test_whatever_takes_an_act_has_an_entry() -> None:
    assert {each for each in takes_an_act() if not each.startswith(WRITES_NOTHING)} == ACTS.keys()
    for module in map(importlib.import_module, WRITES_NOTHING):
        assert "commit(" not in inspect.getsource(module)


@pytest.mark.parametrize("action", ACTS)
def test_each_act_is_on_record(passes: DrivenPasses, action: str) -> None:
    ACTS[action](passes)
    act = passes.recorded()[-1]
    assert act.kind is (
        _K.HISTORY_SET_ASIDE if action == "gateway.operations.history_division.set_aside" else _K.PERSON_ACT
    )
    reported = passes.store.evidence.payload(act.payload_digest).decode()
    assert "clerk" in reported
    assert "گواهی ثبت شد" in reported


def test_every_verb_that_wants_a_reason_has_an_entry() -> None:
    def verbs(command: object, path: str) -> Iterator[str]:
        for name, child in getattr(command, "commands", {}).items():
            yield from verbs(child, f"{path} {name}".strip())
        if any(option.name == "reason" for option in getattr(command, "params", [])):
            yield path

    assert set(verbs(typer.main.get_command(app), "")) == VERBS.keys()
    of_verbs = {name for name in VERBS.values() if isinstance(name, str)} - OF_THE_MACHINE
    assert of_verbs == REGISTERED.keys() - OF_THE_CONSOLE - OF_PEOPLE
