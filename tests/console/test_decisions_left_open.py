"""Decisions about versions that were shown, and confirmed after another person has decided about the same place."""

from __future__ import annotations

import json

import pytest
from werkzeug.test import TestResponse

from gateway.runtime.errors import CATALOGUE
from gateway.store.version import Activation
from tests.console.real_people import Console, RealBrowser
from tests.console.version_acts import ADMINISTRATOR, APPROVER, asked, confirm, done, imported, view

NOW = {"when": "now", "reason": "نامه"}
PLANNED = {"when": "later", "day": "۱۴۵۰/۰۱/۰۱", "time": "۰۸:۰۰", "reason": "نامه"}
BACK = "/mappings/roll-back/sources/cases"


class Town:
    """Three approved versions, of which the first two have been in force; two administrators."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.editor, self.other = console.member("maryam", ADMINISTRATOR), console.member("sara", ADMINISTRATOR)
        approver = console.member("reza", APPROVER)
        self.paths: list[str] = []
        for number in range(1, 4):
            path = imported(self.editor, view("district-5") + b"# %d\n" % number)
            done(self.editor, f"{path}/submit", source=["cases"], reason="نامه")
            done(approver, f"{path}/approve", source=["cases"], reason="نامه")
            self.paths.append(path)
        for path in self.paths[:2]:
            self.activate(self.editor, path, **NOW)

    def activate(self, browser: RealBrowser, path: str, **fields: str) -> None:
        done(browser, f"{path}/activate", source=["cases"], **fields)

    @property
    def decisions(self) -> list[Activation]:
        return list(self.console.installation.store().versions.activations("cases"))

    def told(self) -> dict[str, str]:
        """Return the record of the last act on the decided version."""
        store, last = self.console.installation.store(), self.decisions[-1]
        record = store.evidence.record(store.versions.history(last.mapping, last.version)[-1].evidence_id)
        assert record is not None
        found: dict[str, str] = json.loads(store.evidence.payload(record.payload_digest))
        return found


@pytest.fixture
def town(console: Console) -> Town:
    return Town(console)


def assert_changed(town: Town, answer: TestResponse, before: list[Activation]) -> None:
    assert answer.status_code == 422, answer.text[-3000:]
    assert CATALOGUE["act.changed"].fa in answer.text
    assert town.decisions == before


@pytest.mark.long
@pytest.mark.parametrize("theirs", [NOW, PLANNED], ids=["in force", "planned"])
@pytest.mark.parametrize("act", ["activate", "roll back"])
def test_a_decision_replaces_and_drops_no_other_than_was_shown(town: Town, act: str, theirs: dict[str, str]) -> None:
    path, fields = (BACK, {"reason": "نامه"}) if act == "roll back" else (f"{town.paths[0]}/activate", NOW)
    sources = {} if act == "roll back" else {"source": ["cases"]}
    left_open = asked(town.editor, path, **sources, **fields)
    town.activate(town.other, town.paths[2], **theirs)
    before = town.decisions
    assert_changed(town, confirm(town.editor, path, left_open), before)
    answer = confirm(town.editor, path, asked(town.editor, path, **sources, **fields))
    assert answer.status_code == 302
    told, last = town.told(), before[-1]
    named = f"cases: {last.label}, decision 3"
    if theirs is NOW:
        assert (told["replaces"], "drops" in told) == (named, False)
    else:
        assert told["replaces"] == f"cases: {before[-2].label}, decision 2"
        assert told["drops"].startswith(f"{named}, from 20")


def test_a_planned_decision_names_what_it_replaces_then(town: Town) -> None:
    """Another person plans a version that begins before it, and so would be replaced."""
    path = f"{town.paths[0]}/activate"
    later = {**PLANNED, "day": "۱۴۵۰/۰۱/۰۲"}
    left_open = asked(town.editor, path, source=["cases"], **later)
    town.activate(town.other, town.paths[2], **PLANNED)
    assert_changed(town, confirm(town.editor, path, left_open), town.decisions)
    town.activate(town.editor, town.paths[0], **later)
    assert (town.told()["replaces"], "drops" in town.told()) == ("cases: district-5@3, decision 3", False)


def test_the_first_decision_of_a_source_replaces_none(town: Town) -> None:
    store = town.console.installation.store()
    first = store.versions.history("district-5", 1)[-2:]
    told = [json.loads(store.evidence.payload(_digest(town, step.evidence_id))) for step in first]
    assert ["replaces" in each or "drops" in each for each in told] == [False, False]


def _digest(town: Town, id: str) -> str:
    record = town.console.installation.store().evidence.record(id)
    assert record is not None
    return record.payload_digest
