"""Courtesy messages of an installation: off until they are switched on for a body; `check` and `status` show them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.cli.check.check_courtesy import courtesy
from adapters.cli.service.courtesy import courtesy_facts, courtesy_line, courtesy_standing
from adapters.composition.configuration_values import effective_configuration
from adapters.composition.installation import Installation
from adapters.composition.passes.courtesy_task import courtesy_tasks
from adapters.sandbox.city import shahrzad_files
from adapters.sandbox.city.city_process import city_process
from adapters.shipped.resources import CONFIG
from adapters.storage.engine import migrate
from gateway.notice.delivery_state import DeliveryState
from gateway.runtime.errors import GatewayError
from gateway.store.courtesy_message import CourtesyMessage, CourtesyOutcome
from gateway.store.stored import Changes
from tests.conformance.builders import NOW, admit, entry


@contextmanager
def installation(folder: Path, section: str) -> Iterator[Installation]:
    """Yield a demonstration's installation with one arrived notice, an hour after its arrival."""
    folder.mkdir(exist_ok=True)
    text = (CONFIG / "demo.toml").read_text(encoding="utf-8")
    (folder / "gateway.toml").write_text(f"{text}\n{section}", encoding="utf-8")
    read = Installation.of(folder / "gateway.toml")
    with closing(replace(read, clock=lambda: NOW.replace(hour=NOW.hour + 1))) as opened:
        migrate.upgrade(opened.store_url())
        admit(opened.store(), entry(1, state=DeliveryState.DELIVERED, delivered_at=NOW))
        yield opened


def test_it_is_off_until_it_is_switched_on_for_a_body(tmp_path: Path) -> None:
    here = 'url = "http://127.0.0.1:9"'
    for number, section in enumerate(
        ("", f"[courtesy]\n{here}", f'[courtesy]\n{here}\nenabled = false\nbodies = ["article-100"]')
    ):
        with installation(tmp_path / str(number), section) as off:
            assert courtesy_tasks(off) == []
            assert courtesy(off).startswith("off")
            assert courtesy_standing(off, NOW) is None


def test_a_body_must_exist_and_the_text_have_words_alone(tmp_path: Path) -> None:
    section = '[courtesy]\nurl = "http://127.0.0.1:9"\nbodies = ["article-38"]\n'
    with pytest.raises(GatewayError, match=r"no body has the code article-38"), installation(tmp_path, section):
        pass
    section = '[courtesy]\nurl = "http://127.0.0.1:9"\ntext = "پرونده ۱۲"\n'
    with pytest.raises(GatewayError, match="Persian words alone"), installation(tmp_path, section):
        pass


def test_check_and_status_say_that_it_is_on_and_starts_no_period(tmp_path: Path) -> None:
    shahrzad_files.prepare(tmp_path)
    with (
        city_process("shahrzad", tmp_path, shahrzad_files.options(tmp_path)) as address,
        installation(tmp_path, shahrzad_files.section(tmp_path, address)) as on,
    ):
        told = courtesy(on)
        assert "on for article-100" in told
        assert "starts no period" in told
        [task] = courtesy_tasks(on)
        assert len(on.store().courtesy.due(["article-100"], NOW.replace(hour=0), 9)) == 1
        # This arrival has no receipt behind it: the row contradicts its evidence, and nobody is told.
        report = task.run(lambda: True)
        assert (report.idle, report.errors) == (True, [])
        evidence = effective_configuration(on.settings, on.folder).parts
        assert "courtesy" in evidence
        store, reference = on.store(), entry(1).reference
        message = CourtesyMessage(
            reference=reference, body="article-100", begun_at=NOW, outcome=CourtesyOutcome.NO_NUMBER
        )
        assert store.commit(Changes(courtesy=[message])) == frozenset()
        tally = courtesy_standing(on, on.clock())
        assert tally is not None
        assert (tally.of(CourtesyOutcome.NO_NUMBER), tally.code) == (1, None)
        assert "no period" in courtesy_line(tally)
        assert courtesy_facts(tally) == {
            "starts_a_period": False, "begun": 0, "taken": 0, "refused": 0, "not_taken": 0, "unknown": 0,
            "no_number": 1, "code": None,
        }  # fmt: skip
    with closing(sqlite3.connect(tmp_path / "shahrzad.db")) as ledger:
        assert ledger.execute("SELECT count(*) FROM messages").fetchone() == (0,)
        assert ledger.execute("SELECT method, status FROM calls").fetchall() == [("GET", 404)]
    with (
        installation(tmp_path / "gone", '[courtesy]\nurl = "http://127.0.0.1:9"\nbodies = ["article-100"]') as away,
        pytest.raises(GatewayError, match=r"courtesy\.unreachable"),
    ):
        courtesy(away)
