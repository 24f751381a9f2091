"""A REST service with OAuth2, an idempotency key, problem documents, and receipts as JWS."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.trust.trust_policy import BY_CONNECTION
from tests import debian
from tests.peers.npm import CANNOT, INSTALL

from .installation import EXAMPLES, Installation, Service, installation, serving

pytestmark = [pytest.mark.slow, debian.needs("nodejs", "npm", "openssl")]
EXAMPLE = "rest_oauth2"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the service with its packages, from npm's cache if that has all."""
    folder: Path = tmp_path_factory.mktemp("ravan") / "server"
    ignored = shutil.ignore_patterns("node_modules")
    shutil.copytree(EXAMPLES / EXAMPLE / "server", folder, ignore=ignored)
    shutil.copytree(EXAMPLES / EXAMPLE / "contract", folder.parent / "contract")
    done = subprocess.run(INSTALL.split(), cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode and (fault := CANNOT.search(done.stderr)):
        pytest.skip(f"npm cannot install what these tests need ({fault[1]})")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def service(server: Path, tmp_path: Path) -> Iterator[Service]:
    command = ["node", str(server / "server.js"), "--receipt-delay", "0"]
    with serving(command, tmp_path / "service", stderr=subprocess.DEVNULL) as found:
        yield found


@pytest.fixture
def gateway(service: Service, tmp_path: Path) -> Installation:
    ready = service.ready
    [client] = json.loads((service.folder / "clients.json").read_text(encoding="utf-8"))["clients"]
    directory = tmp_path / "D"
    directory.mkdir()
    (directory / "secret").write_text(client["secret"], encoding="utf-8")
    (directory / "secret").chmod(0o600)
    tables = f"""
[judiciary.values]
organisation = "{client["organisation"]}"
[judiciary.oauth2]
client_id = "{client["id"]}"
secret_file = "secret"
token_url = "{ready["token"]}"
"""
    keys = {
        "endpoint": json.dumps(ready["url"]),
        "anchors": json.dumps([ready["ca"]]),
        "certificates": "[]",
        "receipt_certificates": f"{json.dumps([ready['signing']])}\ntls_anchors = {json.dumps(ready['ca'])}",
    }
    return installation(directory, EXAMPLE, keys, tables)


def collected(gateway: Installation) -> list[str]:
    """Collect; return the recipients of the queued notices, each of whom has one."""
    gateway.run("run-once collect", code=1)  # two rows are of kinds that this service does not have
    rows = [row for (row,) in gateway.rows("SELECT row_key FROM outbox ORDER BY row_key")]
    with closing(sqlite3.connect(gateway.directory / "cases.db")) as cases:
        named = dict(cases.execute("SELECT notice_id, recipient_id FROM eblagh_notices"))
    found = [named[int(row)] for row in rows]
    return [each for each in found if found.count(each) == 1]


def state_of(gateway: Installation, recipient: str) -> tuple[str, str | None]:
    """Return state and code of the one notice to a person."""
    with closing(sqlite3.connect(gateway.directory / "cases.db")) as cases:
        [(row,)] = cases.execute("SELECT notice_id FROM eblagh_notices WHERE recipient_id = ?", [recipient])
    [told] = gateway.rows(f"SELECT state, code FROM outbox WHERE row_key = '{row}'")
    return told


def assert_once(gateway: Installation, service: Service) -> None:
    """The service registered each notice at most once, under its reference as the key."""
    letters = service.ledger("submitted")
    assert len({letter["reference"] for letter in letters}) == len(letters)
    assert all(letter["key"] == letter["reference"] for letter in letters)
    accepted = {number for (number,) in gateway.rows("SELECT tracking_number FROM outbox") if number}
    assert accepted == {letter["number"] for letter in letters}


def test_every_outcome_is_told_and_no_letter_is_sent_twice(gateway: Installation, service: Service) -> None:
    told = gateway.check()
    assert told["lost.signature"]["ok"]
    assert "3 operations bound" in told["contract"]["found"]
    assert "unsigned, over the pinned connection" in told["endpoint"]["found"]
    persons = collected(gateway)
    ends = ["recipient-deceased", "no-account", "unknown-code", {"busy": 1, "then": "viewed"}]
    service.write("outcomes.json", dict(zip(persons, ends, strict=False)))
    while "QUEUED" in gateway.states() or "IN_DOUBT" in gateway.states():
        gateway.passes("dispatch")
    assert [state_of(gateway, person) for person in persons[: len(ends)]] == [
        ("REJECTED", "recipient-deceased"),
        ("NO_ACCOUNT", None),
        ("REJECTED", "quota-review"),
        ("SUBMITTED", None),
    ]
    assert_once(gateway, service)
    marked = gateway.rows("SELECT header FROM evidence WHERE kind = 'MESSAGE_RECEIVED'")
    assert marked
    assert all(BY_CONNECTION in str(header) for (header,) in marked)


def test_a_token_that_ends_early_and_a_lost_answer_leave_no_second_letter(
    gateway: Installation, service: Service
) -> None:
    faults = [
        {"id": "revoked", "operation": "sendLetter", "fault": "revoke-all"},
        {"id": "lost", "operation": "sendLetter", "fault": "cut-after", "after": 2},
    ]
    collected(gateway)
    service.write("faults.json", {"faults": faults})
    gateway.run("run-once dispatch", code=1)
    assert gateway.states()["IN_DOUBT"] == 1
    while "IN_DOUBT" in gateway.states() or "QUEUED" in gateway.states():
        gateway.passes("rescue", "dispatch")
    assert set(gateway.states()) == {"SUBMITTED"}
    assert_once(gateway, service)


def test_a_wrong_secret_is_told_in_words_and_sends_nothing(gateway: Installation, service: Service) -> None:
    (gateway.directory / "secret").write_text("another", encoding="utf-8")
    told = gateway.check()
    assert not told["endpoint"]["ok"]
    assert "invalid_client" in json.dumps(told["endpoint"], ensure_ascii=False)
    assert "another" not in json.dumps(told)
    collected(gateway)
    gateway.run("run-once dispatch", code=1)
    assert set(gateway.states()) == {"QUEUED"}
    assert service.ledger("submitted") == []


def test_another_organisation_code_is_told_and_sends_nothing(gateway: Installation, service: Service) -> None:
    file = gateway.directory / "gateway.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('organisation = "QOM-30417"', 'organisation = "QOM-99999"'), encoding="utf-8")
    told = gateway.check()
    assert not told["endpoint"]["ok"]
    assert "کد سازمان با سرویس‌گیرنده مطابقت ندارد" in json.dumps(told["endpoint"], ensure_ascii=False)
    collected(gateway)
    gateway.run("run-once dispatch", code=1)
    assert set(gateway.states()) == {"QUEUED"}
    assert service.ledger("submitted") == []
