"""Verbs say on the same stream what failed, once, and promise nothing that nobody will do."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.cli.check.check_view import show as show_check
from adapters.cli.notices import notice_list
from adapters.cli.notices.queue_view import show_meant
from adapters.cli.service import switch
from adapters.cli.service.passes import _show as show_passes
from adapters.terminal.printing import console, errors
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.store.stored import Process

NOW = datetime(2026, 11, 27, 10, 35, tzinfo=UTC)


def test_check_tells_one_error_of_several_probes_once_and_its_code_with_each() -> None:
    old = {name: GatewayError("store.schema", where="gateway.db", detail="0015") for name in ("store", "payloads")}
    away = GatewayError("source.unavailable", where="cases")
    keys = {
        f"guard {number}": GatewayError("key.unreadable", where=f"{number}.pem", detail="there is no such file")
        for number in (1, 2)
    }
    again = GatewayError("key.unreadable", where="1.pem", detail="there is no such file")
    with console.capture() as printed, errors.capture() as told:
        show_check({**old, "source cases": away, **keys, "transport": again, "listener": "fine"}, as_json=False)
    assert printed.get().splitlines() == [
        "✗ store: store.schema",
        "✗ payloads: store.schema, as above: store",
        "✗ source cases: source.unavailable",
        "✗ guard 1: key.unreadable",
        "✗ guard 2: key.unreadable, 2.pem, there is no such file",
        "✗ transport: key.unreadable, as above: guard 1",
        "✓ listener: fine",
    ]
    text = told.get()
    assert [text.count(code) for code in ("error store.schema", "error source.unavailable", "error key.")] == [1, 1, 1]
    assert "1.pem" in text


def test_a_pass_that_failed_is_not_said_to_have_had_nothing_to_do() -> None:
    reports = [PassReport("collect", errors=[GatewayError("clock.unheard")]), PassReport("dispatch")]
    with console.capture() as printed, errors.capture():
        show_passes(reports, as_json=False)
    _, collect, dispatch = printed.get().splitlines()
    assert collect.split(maxsplit=1)[1].strip() == "failed: see the error"
    assert "nothing to do" in dispatch


@pytest.mark.parametrize("alive", [True, False])
def test_resume_promises_nothing_while_no_service_runs(monkeypatch: pytest.MonkeyPatch, alive: bool) -> None:
    known = [Process(owner="elsewhere/1", began_at=NOW, seen_at=NOW, passed_at=NOW)] if alive else []
    store = SimpleNamespace(processes=SimpleNamespace(known=lambda: known))
    installation: Any = SimpleNamespace(store=lambda: store, clock=lambda: NOW)
    facts = {"changed": True, "account": "root", "authentication": "kernel"}
    monkeypatch.setattr(switch, "installation_of", lambda _config: installation)
    monkeypatch.setattr(switch, "perform", lambda *_: facts)
    monkeypatch.setattr(switch, "by", lambda _facts: "root")
    with console.capture() as printed:
        switch.resume("a test", as_json=False)
    text = printed.get()
    assert "everything is running" not in text
    assert "nothing is stopped" in text
    assert ("no service runs" in text) is not alive


def test_a_list_without_any_notice_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    store = SimpleNamespace(notices=SimpleNamespace(find=lambda **_: []))
    monkeypatch.setattr(notice_list, "installation_of", lambda _config: SimpleNamespace(store=lambda: store))
    with console.capture() as printed:
        notice_list.list_notices()
    assert printed.get() == "no such notices\n"


@pytest.mark.parametrize(("references", "told"), [(["EB-1"], "1 notice is meant"), (["EB-1", "EB-2"], "2 notices are")])
def test_the_number_of_meant_notices_is_in_words_that_fit(references: list[str], told: str) -> None:
    with console.capture() as printed:
        show_meant(references, as_json=False)
    assert told in printed.get()
