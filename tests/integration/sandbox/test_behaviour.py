"""Recipients behave as `docs/start/sandbox.md` says, and every time that is told has come."""

from __future__ import annotations

import pytest

from adapters.sandbox.judiciary.ledger import ledger
from gateway.runtime.clock import parse_timestamp

from .conftest import Sandbox
from .municipality import Municipality, notice

pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    ("identifier", "by_day"),
    [
        ("9990000000", {0: "SUBMITTED", 0.31: "DELIVERED", 1.9: "VIEWED", 30: "VIEWED"}),
        ("9994000000", {0: "SUBMITTED", 0.31: "DELIVERED", 1.9: "VIEWED", 30: "VIEWED"}),
        ("9995000000", {0: "SUBMITTED", 0.31: "DELIVERED", 5: "DELIVERED", 8.4: "VIEWED"}),
        ("9996000000", {0: "SUBMITTED", 0.31: "DELIVERED", 5: "DELIVERED", 8.4: "VIEWED"}),
        ("9997000000", {0: "SUBMITTED", 0.31: "DELIVERED", 30: "DELIVERED"}),
        ("9998000000", {0: "NO_ACCOUNT", 30: "NO_ACCOUNT"}),
        ("9999000000", {0: "REJECTED", 30: "REJECTED"}),
        ("0012345679", {0: "SUBMITTED", 0.31: "DELIVERED", 1.9: "VIEWED"}),
    ],
)
def test_a_recipient_behaves_as_the_identifier_says(
    municipality: Municipality, sandbox: Sandbox, identifier: str, by_day: dict[float, str]
) -> None:
    municipality.submit(municipality.sealed(notice(identifier)))
    began, seen, events = sandbox.clock(), {}, set()
    for day in by_day:
        sandbox.clock.now = began
        sandbox.clock.advance(days=day)
        for receipt in map(municipality.judge, municipality.fetch().receipts()):
            assert began < parse_timestamp(receipt["EventTime"]) <= sandbox.clock()
            events.add(receipt["Event"])
        (line,) = ledger(sandbox.config.ledger, sandbox.clock)
        seen[day] = line["state"]
    assert seen == by_day
    final = list(by_day.values())[-1]
    reported = {"VIEWED": {"ContentConsignment", "ContentHandover"}, "DELIVERED": {"ContentConsignment"}}
    assert events == reported.get(final, set())


@pytest.mark.parametrize(("digit", "code"), [("0", "R-101"), ("1", "R-102"), ("2", "R-103")])
def test_a_refusal_has_the_code_that_the_fifth_digit_tells(municipality: Municipality, digit: str, code: str) -> None:
    (result,) = municipality.submit(municipality.sealed(notice(f"9999{digit}00000"))).results()
    assert (result["Status"], result["Code"]) == ("REJECTED", code)
    assert result["Text"]
