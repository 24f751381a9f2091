"""A service with a header of its own, signed bodies without a time, and receipts as elements of signed answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.npm import needs_node

from .installation import Installation, Service, installation, serving, transport_certificate
from .ledgers import compared, give_outcomes, run_until_settled

pytestmark = [pytest.mark.slow, needs_node, pytest.mark.long]
EXAMPLE = "soap_signed_bodies"
ORGANISATION, UNIT = "1405017", "01"


ENDS: list[object] = [
    *("viewed", "delivered", "unseen", "refused", "returned", "waiting"),
    *("unknown-recipient", "no-account", "kind-not-allowed"),
    {"end": "busy", "times": 2, "then": "viewed"},
    {"end": "internal-error", "acted": True, "times": 1, "then": "delivered"},
    {"end": "code", "code": 777, "acted": True, "times": 1, "then": "delivered"},
    {"end": "events", "events": ["ابلاغ شد"]},
]
"""Every end that the service has, and codes before it, known ones and one that nobody explained."""


@pytest.fixture
def service(server: Path, tmp_path: Path) -> Iterator[Service]:
    with serving(["node", "main.js", "--receipt-delay", "0"], tmp_path / "service", cwd=server) as found:
        yield found


@pytest.fixture
def gateway(service: Service, tmp_path: Path, database: str, notices: int) -> Installation:
    tables = f'[judiciary.values]\norganisation = "{ORGANISATION}"\nunit = "{UNIT}"\n'
    made = installation(tmp_path / "D", database, EXAMPLE, service, notices, tables, secrets={}, signed="certificates")
    client = {"organisation": ORGANISATION, "units": [UNIT], "certificate": transport_certificate(made)}
    service.write("clients.json", [client])
    return made


@pytest.mark.exhaustive(group="stories of examples", keep=2)
def test_every_letter_is_served_once_and_its_receipts_reach_the_row(gateway: Installation, service: Service) -> None:
    reported = gateway.check()
    assert "3 operations bound" in reported["contract"]["found"]
    assert reported["endpoint"]["ok"], reported["endpoint"]
    gateway.passes("collect", "dispatch")
    references = [line["reference"] for line in service.ledger("submitted")]
    assert len(references) == len(set(references)) == gateway.states()["SUBMITTED"] > 8
    for _ in range(2):
        gateway.passes("receipts")
    gateway.passes("writeback")
    assert set(gateway.states()) == {"VIEWED"}
    before = gateway.rows("SELECT count(*) FROM evidence")
    gateway.passes("receipts")
    assert gateway.rows("SELECT count(*) FROM evidence") == before, "what comes again leaves no further record"
    assert gateway.audited(service.ready["ca"]) == ("PASSED", set()), "the signed answers prove the receipts in them"


def test_a_wrong_organisation_code_stops_the_queue_and_is_told_in_words(
    gateway: Installation, service: Service
) -> None:
    file = gateway.directory / "gateway.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(ORGANISATION, "9999999"), encoding="utf-8")
    reported = gateway.check()
    assert not reported["endpoint"]["ok"]
    assert "کد سازمان شناخته نشد" in json.dumps(reported, ensure_ascii=False)
    gateway.passes("collect")
    gateway.run("run-once dispatch", 1)
    assert service.ledger("submitted") == []


FAULTS = ("cut-before", "cut-after", "twice", "busy", "proxy-page", "bad-signature", "wrong-call-id", "permission-lost")


@pytest.mark.exhaustive(group="examples under faults", keep=1)
def test_under_faults_on_the_wire_the_three_ledgers_agree(gateway: Installation, service: Service) -> None:
    give_outcomes(gateway, service, ENDS)
    sendings = [{"fault": fault, "operation": "SendLetter", "skip": 2 * n} for n, fault in enumerate(FAULTS)]
    readings = [{"fault": fault, "operation": "ListReceipts", "skip": n} for n, fault in enumerate(FAULTS[:3])]
    service.write("faults.json", {"plan": [*sendings, *readings]})
    run_until_settled(gateway, service, set(FAULTS))
    differences = compared(gateway, service)
    assert not any(differences.values()), differences
    assert {"VIEWED", "DELIVERED", "SUBMITTED", "REJECTED", "NO_ACCOUNT"} <= set(gateway.states())
    assert gateway.rows("SELECT DISTINCT code FROM quarantine WHERE kind = 'receipt'") == []
    by_law = gateway.rows("SELECT DISTINCT state, delivered_at IS NULL FROM outbox WHERE legal_service_at IS NOT NULL")
    assert by_law == [("DELIVERED", 0)], "not viewed in time, or refused: served all the same, on the day of arrival"
