"""A service with a login, tickets in the place of answers, several documents a letter, and receipts with XAdES."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.audit.audit import CONNECTION_ONLY, SENT_UNSIGNED
from gateway.record.masking import MASK
from tests.acceptance.conftest import COMMAND
from tests.acceptance.service import until
from tests.chaos.cluster import ROLES, Node
from tests.peers.npm import needs_node

from . import peyk
from .installation import Installation, Service, serving
from .ledgers import MOVING, compared, give_outcomes, run_until_settled
from .peyk import ENDS, PASSWORD, bound, clients

pytestmark = [pytest.mark.slow, needs_node, pytest.mark.long]
EXAMPLE = peyk.EXAMPLE
SHORT = ["--ticket-delay", "0", "--receipt-delay", "0", "--legal-days", "1", "--day-seconds", "0.1"]


@pytest.fixture
def service(server: Path, tmp_path: Path) -> Iterator[Service]:
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "clients.json").write_text(json.dumps(clients()), encoding="utf-8")
    with serving([*peyk.COMMAND, *SHORT], folder, cwd=server) as found:
        yield found


@pytest.fixture
def gateway(service: Service, tmp_path: Path, database: str, notices: int) -> Installation:
    return bound(tmp_path / "D", database, service, notices)


@pytest.mark.exhaustive(group="stories of examples", keep=2)
def test_every_letter_has_a_ticket_then_a_number_and_its_receipts_reach_the_row(
    gateway: Installation,
    service: Service,
) -> None:
    reported = gateway.check()
    assert "5 operations bound" in reported["contract"]["found"]
    assert reported["endpoint"]["ok"], reported["endpoint"]
    gateway.passes("collect", "dispatch")
    assert set(gateway.states()) == {"PENDING"}
    run_until_settled(gateway, service, set())
    references = [line["reference"] for line in service.ledger("submitted")]
    assert len(references) == len(set(references)) == gateway.states()["VIEWED"] > 8
    assert gateway.audited(service.ready["ca"]) == ("INDETERMINATE", {CONNECTION_ONLY.en, SENT_UNSIGNED.en})
    papers = {len(line["papers"]) for line in service.ledger("taken")}
    assert papers == {1, 3}, "letters with attachments and without"
    kept = gateway.payloads()
    assert MASK.encode() in kept, "in the place of the session's token"
    assert PASSWORD.encode() not in kept


def test_a_wrong_password_stops_the_queue_and_is_told_in_words(gateway: Installation, service: Service) -> None:
    (gateway.directory / "password").write_text("another", encoding="utf-8")
    reported = gateway.check()
    assert not reported["endpoint"]["ok"]
    assert "نام کاربری یا گذرواژه نادرست است" in json.dumps(reported, ensure_ascii=False)
    gateway.passes("collect")
    gateway.run("run-once dispatch", 0, 1)
    assert service.ledger("taken") == []


SENDINGS = ("cut-before", "cut-after", "session-lost", "session-lost-after", "busy", "proxy-page")
READINGS = ("cut-before", "cut-after", "twice", "session-lost", "proxy-page")


@pytest.mark.exhaustive(group="examples under faults", keep=1)
def test_under_faults_on_the_wire_the_three_ledgers_agree(gateway: Installation, service: Service) -> None:
    give_outcomes(gateway, service, ENDS)
    plan = [{"fault": fault, "operation": "SubmitLetter", "skip": 2 * n} for n, fault in enumerate(SENDINGS)]
    for operation in ("TicketStatus", "ReceiptPage"):
        plan += [{"fault": fault, "operation": operation, "skip": n} for n, fault in enumerate(READINGS)]
    service.write("faults.json", plan)
    run_until_settled(gateway, service, {*SENDINGS, *READINGS})
    differences = compared(gateway, service)
    assert not any(differences.values()), differences
    wanted = {"VIEWED", "DELIVERED", "UNDELIVERABLE", "REJECTED", "NO_ACCOUNT", "PENDING"}
    assert wanted <= set(gateway.states())
    # An event that is not in the published schema waits for a person.
    assert gateway.rows("SELECT DISTINCT code FROM quarantine WHERE kind = 'receipt'") == [("verify.schema",)]


KILLS = 8


@pytest.mark.exhaustive(group="chaos", keep=1)
def test_processes_are_killed_at_any_moment_and_the_three_ledgers_agree(
    gateway: Installation,
    service: Service,
) -> None:
    give_outcomes(gateway, service, ENDS)
    faults = ("cut-before", "cut-after", "session-lost", "session-lost-after", "proxy-page")
    plan = [{"fault": fault, "operation": "SubmitLetter", "skip": 3 * n} for n, fault in enumerate(faults)]
    plan += [{"fault": fault, "operation": "TicketStatus", "skip": 4 * n} for n, fault in enumerate(faults[:3])]
    service.write("faults.json", plan)
    dice, numbers, nodes, met = random.Random(1405), itertools.count(), list[Node](), set[str]()
    try:
        for _ in range(KILLS):
            nodes += [Node(gateway.directory, next(numbers), COMMAND, ROLES) for _ in range(2 - len(nodes))]
            _wait_for_lines(gateway, service, len(service.ledger()) + dice.randint(1, 6))
            met.update(gateway.states())
            nodes.pop(dice.randrange(2)).kill()
    finally:
        for node in nodes:
            node.kill()
    run_until_settled(gateway, service, set(faults))
    assert {"PENDING", "SENDING"} & met, "kills met work"
    differences = compared(gateway, service)
    assert not any(differences.values()), differences


def _wait_for_lines(gateway: Installation, service: Service, count: int) -> None:
    """Wait until the service's ledger has ``count`` lines, or nothing is left to do."""
    until(
        lambda: len(service.ledger()) >= count or not {*MOVING, "SUBMITTED"} & set(gateway.states()), "a further line"
    )
