"""A service with a header of its own, signed bodies without a time, and receipts as elements of signed answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.npm import needs_node

from .installation import (
    Installation,
    Service,
    install_packages,
    installation,
    serving,
    transport_certificate,
)
from .ledgers import compared, give_outcomes, run_until_settled

pytestmark = [pytest.mark.slow, needs_node]
EXAMPLE = "soap_signed_bodies"
ORGANISATION, UNIT = "1405017", "01"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_packages(EXAMPLE, tmp_path_factory.mktemp("neda") / EXAMPLE)


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
def gateway(server: Path, tmp_path: Path, database: str, notices: int) -> Iterator[tuple[Installation, Service]]:
    directory, folder = tmp_path / "D", tmp_path / "service"
    directory.mkdir()
    folder.mkdir()
    tables = f'[judiciary.values]\norganisation = "{ORGANISATION}"\nunit = "{UNIT}"\n'
    command = ["node", "main.js", "--receipt-delay", "0"]
    with serving(command, folder, cwd=server) as service:
        keys = {
            "endpoint": json.dumps(service.ready["url"]),
            "anchors": json.dumps([service.ready["ca"]]),
            "certificates": json.dumps([service.ready["signing"]]),
            "receipt_certificates": f"[]\ntls_anchors = {json.dumps(service.ready['ca'])}",
        }
        made = installation(directory, database, EXAMPLE, keys, tables, notices)
        client = {"organisation": ORGANISATION, "units": [UNIT], "certificate": transport_certificate(made)}
        service.write("clients.json", [client])
        yield made, service


def test_every_letter_is_served_once_and_its_receipts_reach_the_row(gateway: tuple[Installation, Service]) -> None:
    made, service = gateway
    reported = made.check()
    assert "3 operations bound" in reported["contract"]["found"]
    assert reported["endpoint"]["ok"], reported["endpoint"]
    made.passes("collect", "dispatch")
    references = [line["reference"] for line in service.ledger("submitted")]
    assert len(references) == len(set(references)) == made.states()["SUBMITTED"] > 8
    for _ in range(2):
        made.passes("receipts")
    made.passes("writeback")
    assert set(made.states()) == {"VIEWED"}
    before = made.rows("SELECT count(*) FROM evidence")
    made.passes("receipts")
    assert made.rows("SELECT count(*) FROM evidence") == before, "what comes again leaves no further record"
    assert made.audited(service.ready["ca"]) == ("PASSED", set()), "the signed answers prove the receipts in them"


def test_a_wrong_organisation_code_stops_the_queue_and_is_told_in_words(gateway: tuple[Installation, Service]) -> None:
    made, service = gateway
    file = made.directory / "gateway.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(ORGANISATION, "9999999"), encoding="utf-8")
    reported = made.check()
    assert not reported["endpoint"]["ok"]
    assert "کد سازمان شناخته نشد" in json.dumps(reported, ensure_ascii=False)
    made.passes("collect")
    made.run("run-once dispatch", 1)
    assert service.ledger("submitted") == []


FAULTS = ("cut-before", "cut-after", "twice", "busy", "proxy-page", "bad-signature", "wrong-call-id", "permission-lost")


def test_under_faults_on_the_wire_the_three_ledgers_agree(gateway: tuple[Installation, Service]) -> None:
    made, service = gateway
    give_outcomes(made, service, ENDS)
    sendings = [{"fault": fault, "operation": "SendLetter", "skip": 2 * n} for n, fault in enumerate(FAULTS)]
    readings = [{"fault": fault, "operation": "ListReceipts", "skip": n} for n, fault in enumerate(FAULTS[:3])]
    service.write("faults.json", {"plan": [*sendings, *readings]})
    run_until_settled(made, service, set(FAULTS))
    differences = compared(made, service)
    assert not any(differences.values()), differences
    assert {"VIEWED", "DELIVERED", "SUBMITTED", "REJECTED", "NO_ACCOUNT"} <= set(made.states())
    assert made.rows("SELECT DISTINCT code FROM quarantine WHERE kind = 'receipt'") == []
    by_law = made.rows("SELECT DISTINCT state, delivered_at IS NULL FROM outbox WHERE legal_service_at IS NOT NULL")
    assert by_law == [("DELIVERED", 0)], "not viewed in time, or refused: served all the same, on the day of arrival"
