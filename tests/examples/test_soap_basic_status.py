"""A service whose answers nobody signs: Basic, an API key, errors in ordinary answers, and a status as receipt."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.audit.audit import CONNECTION_ONLY, SENT_UNSIGNED
from gateway.trust.trust_policy import BY_CONNECTION

from .installation import EXAMPLES, Installation, Service, installation, serving
from .ledgers import compared, give_outcomes, run_until_settled

pytestmark = [pytest.mark.slow, pytest.mark.long]
EXAMPLE = "soap_basic_status"


ENDS: list[object] = [
    *("viewed", "delivered", "registered", "no-account", "rejected", "legal-service", "delivered-legal-service"),
    *("cancelled", "unknown-status", "unknown-status-viewed"),
    *({"error": code} for code in (-11, -12, -16, -17)),
    {"error": -6, "times": 2, "ends": "viewed"},
    {"error": -1, "acted": True, "times": 1, "ends": "viewed"},
    {"error": -77, "acted": True, "times": 1, "ends": "delivered"},
    {"error": -77, "acted": False, "times": 1, "ends": "viewed"},
]
"""Every end that the service has, and codes before it, known ones and one that nobody explained."""


@pytest.fixture
def service(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Service]:
    command = [sys.executable, str(EXAMPLES / EXAMPLE / "server"), "--receipt-delay", "0"]
    with serving([*command, *getattr(request, "param", [])], tmp_path / "service") as found:
        yield found


@pytest.fixture
def gateway(service: Service, tmp_path: Path, database: str, notices: int) -> Installation:
    client = json.loads((service.folder / "clients.json").read_text(encoding="utf-8"))[0]
    tables = f"""
[judiciary.values]
province = "تهران"
city = "تهران"
[judiciary.http_basic]
username = "{client["user"]}"
password_file = "password"
[judiciary.secret_headers]
X-Api-Key = "api-key"
"""
    secrets = {"password": client["password"], "api-key": client["api_key"]}
    made = installation(tmp_path / "D", database, EXAMPLE, service, notices, tables, secrets=secrets)
    with closing(sqlite3.connect(made.directory / "cases.db")) as cases, cases:
        # No sample case has a real postal code; this service wants one that does not begin with 0.
        cases.execute("UPDATE parties SET postal_code = '1' || substr(postal_code, 2)")
    return made


@pytest.mark.exhaustive(group="stories of examples", keep=2)
def test_every_notice_is_served_once_and_what_is_told_reaches_its_row(gateway: Installation, service: Service) -> None:
    reported = gateway.check()
    assert reported["endpoint"]["ok"], reported["endpoint"]
    assert reported["lost.signature"]["ok"]
    assert "3 operations bound" in reported["contract"]["found"]
    gateway.passes("collect", "dispatch")
    submitted = service.ledger("submitted")
    references = [line["reference"] for line in submitted]
    assert len(references) == len(set(references)) == gateway.states()["SUBMITTED"] > 4
    for _ in range(3):
        gateway.passes("receipts")
    gateway.passes("writeback")
    assert set(gateway.states()) == {"VIEWED"}
    with closing(sqlite3.connect(gateway.directory / "cases.db")) as cases:
        [written] = cases.execute("SELECT count(*) FROM notices WHERE eblagh_state = 'VIEWED'").fetchone()
    assert written == len(references)
    marked = gateway.rows("SELECT header FROM evidence WHERE kind = 'RECEIPT'")
    assert marked
    assert all(BY_CONNECTION in str(header) for (header,) in marked)
    assert gateway.audited() == ("INDETERMINATE", {CONNECTION_ONLY.en, SENT_UNSIGNED.en}), (
        "the auditor says what rests on the connection"
    )


def test_a_wrong_password_in_an_ordinary_answer_stops_the_queue_and_is_told_in_words(
    gateway: Installation, service: Service
) -> None:
    (gateway.directory / "password").write_text("another", encoding="utf-8")
    reported = gateway.check()
    assert not reported["endpoint"]["ok"]
    assert "نام کاربری یا رمز عبور نادرست است" in json.dumps(reported, ensure_ascii=False)
    gateway.passes("collect")
    reported = gateway.run("run-once dispatch", 0, 1)
    assert "-3: نام کاربری یا رمز عبور نادرست است" in reported
    assert service.ledger("submitted") == []


@pytest.mark.parametrize("service", [["--faults", "1405:12"]], indirect=True)
@pytest.mark.exhaustive(group="examples under faults", keep=1)
def test_under_faults_on_the_wire_the_three_ledgers_agree(gateway: Installation, service: Service) -> None:
    give_outcomes(gateway, service, ENDS)
    run_until_settled(gateway, service, {"cut-before", "cut-after", "half-answer", "twice"})
    differences = compared(gateway, service)
    assert not any(differences.values()), differences
    assert {"VIEWED", "DELIVERED", "SUBMITTED", "REJECTED"} <= set(gateway.states())
    by_law = gateway.rows("SELECT DISTINCT state, delivered_at IS NULL FROM outbox WHERE legal_service_at IS NOT NULL")
    assert ("DELIVERED", 1) in by_law, "who asks late learns of service by law alone, and no more of the arrival"
