"""A REST service with OAuth2, an idempotency key, problem documents, and receipts as JWS."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.audit.audit import CONNECTION_ONLY, SENT_UNSIGNED
from gateway.trust.trust_policy import BY_CONNECTION
from tests import debian

from .installation import Installation, Service, installation, serving
from .ledgers import collected, compared, give_outcomes, run_until_settled

pytestmark = [pytest.mark.slow, debian.needs("nodejs", "npm", "openssl"), pytest.mark.long]
EXAMPLE = "rest_oauth2"


@pytest.fixture
def service(server: Path, tmp_path: Path) -> Iterator[Service]:
    command = ["node", str(server / "server.js"), "--receipt-delay", "0"]
    with serving(command, tmp_path / "service", stderr=subprocess.DEVNULL) as found:
        yield found


@pytest.fixture
def gateway(service: Service, tmp_path: Path, database: str, notices: int) -> Installation:
    [client] = json.loads((service.folder / "clients.json").read_text(encoding="utf-8"))["clients"]
    tables = f"""
[judiciary.values]
organisation = "{client["organisation"]}"
[judiciary.oauth2]
client_id = "{client["id"]}"
secret_file = "secret"
token_url = "{service.ready["token"]}"
"""
    return installation(
        tmp_path / "D",
        database,
        EXAMPLE,
        service,
        notices,
        tables,
        secrets={"secret": client["secret"]},
        signed="receipt_certificates",
    )


def told_of(gateway: Installation, rows: list[str]) -> set[tuple[str, str | None]]:
    """Return states and codes of the notices of these rows."""
    told = gateway.rows("SELECT row_key, state, code FROM outbox")
    return {(state, code) for row, state, code in told if row in rows}


def assert_once(gateway: Installation, service: Service) -> None:
    """The service registered each notice at most once, under its reference as the key."""
    letters = service.ledger("submitted")
    assert len({letter["reference"] for letter in letters}) == len(letters)
    assert all(letter["key"] == letter["reference"] for letter in letters)
    accepted = {number for (number,) in gateway.rows("SELECT tracking_number FROM outbox") if number}
    assert accepted == {letter["number"] for letter in letters}


@pytest.mark.exhaustive(group="stories of examples", keep=2)
def test_every_outcome_is_told_and_no_letter_is_sent_twice(gateway: Installation, service: Service) -> None:
    told = gateway.check()
    assert told["lost.signature"]["ok"]
    assert "3 operations bound" in told["contract"]["found"]
    assert "unsigned, over the pinned connection" in told["endpoint"]["found"]
    shown = gateway.run("mapping preview config/mappings/case-view-1.toml --source cases --rows 24", 1)
    assert "PUT /v2/organisations/QOM-30417/letters/EB-" in shown
    persons = collected(gateway)
    ends = ["recipient-deceased", "no-account", "unknown-code", {"busy": 1, "then": "unknown-event"}, "returned"]
    service.write("outcomes.json", dict(zip(persons, ends, strict=False)))
    while "QUEUED" in gateway.states() or "IN_DOUBT" in gateway.states():
        gateway.passes("rescue", "dispatch")
    assert [told_of(gateway, rows) for rows in persons.values()][: len(ends)] == [
        {("REJECTED", "recipient-deceased")},
        {("NO_ACCOUNT", "NO_ACCOUNT")},
        {("REJECTED", "quota-review")},
        {("SUBMITTED", None)},
        {("SUBMITTED", None)},
    ]
    assert_once(gateway, service)
    wanted = sum(len(letter["steps"]) for letter in service.ledger("submitted"))
    while len(service.ledger("receipt")) < wanted:
        gateway.passes("receipts")
    gateway.passes("receipts", "writeback")
    # The word that nobody explained waits for a person; what was told before it counts.
    assert len(gateway.rows("SELECT 1 FROM quarantine")) == 1
    assert [told_of(gateway, rows) for rows in persons.values()][3:] == [
        {("DELIVERED", None)},
        {("UNDELIVERABLE", None)},
        *[{("VIEWED", None)}] * (len(persons) - 5),
    ]
    headers = [str(header) for (header,) in gateway.rows("SELECT header FROM evidence WHERE kind = 'MESSAGE_RECEIVED'")]
    unmarked = [header for header in headers if BY_CONNECTION not in header]
    assert len(headers) > len(unmarked) == 1, "the receipt that is in quarantine"

    # Offline the connection's word is no proof; the receipts' own signatures are.
    assert gateway.audited(service.ready["ca"]) == ("INDETERMINATE", {CONNECTION_ONLY.en, SENT_UNSIGNED.en})


ENDS: list[object] = [
    *("viewed", "delivered", "silent", "recipient-deceased", "no-account", "unknown-code", "account-closed"),
    *("returned", "refused-by-recipient", "unknown-status", "unknown-event", "forged-receipt", "other-digest"),
    "receipt-twice",
    *({code: 2, "then": "viewed"} for code in ("busy", "closed", "internal")),
]
"""Every end that the service has, and codes before it, known ones and one that nobody explained."""

SENDINGS = ["cut-before", "cut-after", "cut-middle", "gateway-before", "gateway-after", "twice", "busy", "closed"]
READINGS = ["cut-before", "cut-after", "cut-middle", "gateway-after", "twice", "internal"]


@pytest.mark.exhaustive(group="examples under faults", keep=1)
def test_under_faults_on_the_wire_the_three_ledgers_agree(gateway: Installation, service: Service) -> None:
    give_outcomes(gateway, service, ENDS)
    faults: list[object] = [{"id": "lost", "operation": "*", "fault": "revoke-all", "times": 3, "after": 5}]
    for number, fault in enumerate(SENDINGS):
        faults.append({"id": f"send-{fault}", "operation": "sendLetter", "fault": fault, "after": 2 * number})
    for number, fault in enumerate(READINGS):
        faults.append({"id": f"read-{fault}", "operation": "nextReceipts", "fault": fault, "after": number})
    service.write("faults.json", {"faults": faults})
    run_until_settled(gateway, service, {*SENDINGS, *READINGS, "revoke-all"})
    differences = compared(gateway, service)
    assert not any(differences.values()), differences
    assert {"VIEWED", "DELIVERED", "SUBMITTED", "UNDELIVERABLE", "REJECTED", "NO_ACCOUNT"} <= set(gateway.states())


def test_refused_credentials_are_told_in_words_and_send_nothing(gateway: Installation, service: Service) -> None:
    collected(gateway)
    secret, file = gateway.directory / "secret", gateway.directory / "gateway.toml"
    right, text = secret.read_text(encoding="utf-8"), file.read_text(encoding="utf-8")
    secret.write_text("wrong-secret-5417", encoding="utf-8")
    told = gateway.check()
    assert not told["endpoint"]["ok"]
    assert "invalid_client" in json.dumps(told["endpoint"])
    secret.chmod(0o644)
    assert "secret has mode 0644" in json.dumps(gateway.check()["private files"])
    assert "wrong-secret-5417" not in json.dumps(told)
    gateway.passes("dispatch")
    assert set(gateway.states()) == {"QUEUED"}

    secret.write_text(right, encoding="utf-8")
    file.write_text(text.replace('organisation = "QOM-30417"', 'organisation = "QOM-99999"'), encoding="utf-8")
    told = gateway.check()
    assert not told["endpoint"]["ok"]
    assert "کد سازمان با سرویس‌گیرنده مطابقت ندارد" in json.dumps(told["endpoint"], ensure_ascii=False)
    gateway.passes("dispatch")
    assert set(gateway.states()) == {"QUEUED"}
    assert service.ledger("submitted") == []
