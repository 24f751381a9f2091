"""Each mistake in configuration, keys or contract has a message of its own, and says who must act."""

from __future__ import annotations

import re
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.runtime.errors import CATALOGUE

from .conftest import Program, edit

pytestmark = pytest.mark.long

Mistake = tuple[Path, dict[str, Any]]


def finding(program: Program, directory: Path, name: str, *, check: int) -> dict[str, Any]:
    found: dict[str, Any] = program.json("check", "--config", directory / "gateway.toml", check=check)[name]
    assert not found["ok"]
    assert found["remedy"]
    return found


def test_a_good_installation_passes_every_check(served_demo: Path, program: Program) -> None:
    found = program.json("check", "--config", served_demo / "gateway.toml")
    assert all(probe["ok"] for probe in found.values())
    assert found["endpoint"]["found"].endswith("answers, signed and fresh")
    assert "✓ endpoint" in program("check", "--config", served_demo / "gateway.toml").stdout


def test_what_answers_in_the_judiciarys_place_is_kept(served_demo: Path, program: Program) -> None:
    """A judiciary whose certificate is not the one that is registered."""
    edit(
        served_demo,
        'certificates = ["pki/judiciary/transport.crt.pem"]',
        'certificates = ["pki/judiciary/receipts.crt.pem"]',
    )
    config = served_demo / "gateway.toml"
    found = program.json("check", "--config", config, check=1)
    assert found["endpoint"]["code"] == "verify.unknown-certificate"
    digest = found["quarantine"]["found"].rpartition(" ")[2]
    shown = program.json("quarantine", "show", digest, "--config", config)
    assert [item["code"] for item in shown["items"]] == ["verify.unknown-certificate"]
    assert "InquireAccounts" in shown["items"][0]["detail"]


def test_switches_that_are_not_strict_are_told(copy: Path, program: Program) -> None:
    config = copy / "gateway.toml"
    assert program.json("check", "--config", config, check=1)["judiciary's signatures"]["found"] == "strict"
    edit(copy, "[dispatch]\n", '[judiciary.signature]\nprefix_lists = true\nid_attributes = ["Id"]\n[dispatch]\n')
    reported = program.json("check", "--config", config, check=1)["judiciary's signatures"]["found"]
    assert reported == 'not strict: id_attributes = ["Id"]; prefix_lists = true'
    assert program.json("config", "show", "--config", config)["judiciary"]["signature"]["prefix_lists"] is True


def test_an_unreachable_judiciary_is_told(copy: Path, program: Program) -> None:
    found = finding(program, copy, "endpoint", check=1)
    assert (found["code"], found["actor"]) == ("courier.not-connected", "judiciary")


def test_an_unknown_key_is_refused_with_its_line(copy: Path, program: Program) -> None:
    edit(copy, "[dispatch]\n", "[dispatch]\nlease_second = 3\n")
    found = finding(program, copy, "settings", check=2)
    assert found["code"] == "config.unknown-key"
    assert "line " in found["where"]
    assert "who must act: operator" in program("run-once", "--config", copy / "gateway.toml", check=2).stderr


def test_a_key_file_that_cannot_be_read_is_named(copy: Path, program: Program) -> None:
    (copy / "pki/municipality/transport.key.pem").unlink()
    found = finding(program, copy, "transport key", check=2)
    assert found["code"] == "key.unreadable"
    assert found["where"].endswith("transport.key.pem")


def test_a_wrong_password_is_told(copy: Path, program: Program) -> None:
    path = copy / "pki/municipality/transport.key.pem"
    key = load_pem_private_key(path.read_bytes(), None)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"right")))
    assert finding(program, copy, "transport key", check=2)["code"] == "key.password"
    edit(copy, "[judiciary]", 'password_file = "password"\n[judiciary]')
    (copy / "password").write_text("wrong\n")
    assert finding(program, copy, "transport key", check=2)["code"] == "key.password"
    (copy / "password").write_text("right\n")
    assert program.json("check", "--config", copy / "gateway.toml", check=1)["transport key"]["ok"]


def test_a_key_that_is_not_its_certificates_is_told(copy: Path, program: Program) -> None:
    pki = copy / "pki/municipality"
    shutil.copy(pki / "seal-article-77.key.pem", pki / "seal-article-100.key.pem")
    assert finding(program, copy, "seal article-100", check=2)["code"] == "key.mismatch"


def test_an_expired_certificate_is_told_and_nothing_is_claimed(served_demo: Path, program: Program) -> None:
    expire(served_demo / "pki/municipality/transport.crt.pem", served_demo / "pki/municipality/transport.key.pem")
    found = finding(program, served_demo, "transport key", check=2)
    assert (found["code"], found["actor"]) == ("certificate.expired", "operator")
    stopped = program("run-once", "dispatch", "--config", served_demo / "gateway.toml", check=2)
    assert "certificate.expired" in stopped.stderr


def test_a_judiciary_of_another_root_is_not_trusted(copy: Path, program: Program) -> None:
    anchors = copy / "pki/anchors"
    shutil.copy(anchors / "municipality-root.pem", anchors / "judiciary-root.pem")
    found = finding(program, copy, "judiciary's certificates", check=2)
    assert found["code"] == "certificate.untrusted"


@pytest.mark.parametrize(
    ("wsdl", "detail"),
    [
        ("not xml", "Invalid XML"),
        ('<!DOCTYPE d [<!ENTITY e "x">]><d>&e;</d>', "DTD"),
        ('<d:definitions xmlns:d="http://schemas.xmlsoap.org/wsdl/"/>', ""),
        (
            '<d:definitions xmlns:d="http://schemas.xmlsoap.org/wsdl/"><d:import namespace="urn:x" '
            'location="http://127.0.0.1:9/evil.wsdl"/></d:definitions>',
            "ExternalReferenceForbidden",
        ),
        (
            '<d:definitions xmlns:d="http://schemas.xmlsoap.org/wsdl/"><d:import namespace="urn:x" '
            'location="file:///etc/hostname"/></d:definitions>',
            "outside",
        ),
    ],
)
def test_a_wrong_wsdl_is_refused(copy: Path, program: Program, wsdl: str, detail: str) -> None:
    (copy / "other").mkdir()
    (copy / "other/service.wsdl").write_text(wsdl)
    edit(copy, "endpoint =", 'wsdl = "other/service.wsdl"\nendpoint =')
    found = finding(program, copy, "contract", check=2)
    assert found["code"] == "courier.contract"
    assert found["where"].endswith("service.wsdl")
    assert detail in found["detail"]


def test_a_wsdl_with_an_operation_missing_names_it(copy: Path, program: Program) -> None:
    shutil.copytree(Path(__file__).parents[2] / "schemas/judiciary/eblagh-1", copy / "other")
    wsdl = copy / "other/service.wsdl"
    wsdl.write_text(wsdl.read_text().replace('operation name="ConfirmReceipts"', 'operation name="Confirm"'))
    edit(copy, "endpoint =", 'wsdl = "other/service.wsdl"\nendpoint =')
    assert "ConfirmReceipts" in finding(program, copy, "contract", check=2)["detail"]


def test_a_case_database_without_the_view_is_told(copy: Path, program: Program) -> None:
    connection = sqlite3.connect(copy / "cases.db")
    connection.execute("DROP VIEW eblagh_notices")
    connection.close()
    found = finding(program, copy, "source cases", check=2)
    assert (found["code"], found["actor"]) == ("source.schema", "operator")


def test_a_database_of_another_version_is_told(copy: Path, program: Program) -> None:
    (copy / "gateway.db").unlink()
    found = finding(program, copy, "store", check=2)
    assert found["code"] == "store.schema"
    assert "db upgrade" in found["remedy"]
    program("db", "upgrade", "--config", copy / "gateway.toml")
    assert program.json("check", "--config", copy / "gateway.toml", check=1)["store"]["ok"]


def test_octets_that_were_spoilt_are_named(copy: Path, program: Program) -> None:
    config = copy / "gateway.toml"
    sound = program.json("db", "payloads", "--config", config)
    assert sound["records"] > 60
    assert sound["problems"] == sound["orphans"] == sound["in_rows"] == 0
    [segment] = (copy / "payloads").iterdir()
    with segment.open("r+b") as file:
        # In a payload's octets, wherever it stands: a header that is spoilt hides what comes after it.
        header = re.search(rb"sha256:[0-9a-f]{64} (plain|frame) \d{4,} [0-9a-f]{8}\n", file.read())
        assert header is not None
        file.seek(header.end() + 300)
        file.write(b"?")
    reported = program("db", "payloads", "--config", config, check=1)
    assert re.fullmatch(rf"changed: sha256:[0-9a-f]{{64}} in {segment} from \d+\n", reported.stderr)


@pytest.mark.parametrize(
    ("defect", "code"),
    [
        ("UPDATE papers SET document = NULL", "document.missing"),
        ("UPDATE papers SET document = x'89504e47'", "document.not-pdf"),
        ("UPDATE papers SET document = CAST(printf('%.*c', 7340033, 'x') AS BLOB)", "document.too-large"),
    ],
)
def test_a_bad_document_goes_back_to_its_row(served_demo: Path, program: Program, defect: str, code: str) -> None:
    connection = sqlite3.connect(served_demo / "cases.db")
    paper, notice = connection.execute(
        "SELECT paper_id, notice_id FROM notices JOIN sample_expectations USING (notice_id)"
        " WHERE expected_state = 'REFUSED' LIMIT 1"
    ).fetchone()
    with connection:
        connection.execute(f"{defect} WHERE paper_id = ?", (paper,))
    config = served_demo / "gateway.toml"
    program("run-once", "collect", "--config", config)
    program("run-once", "writeback", "--config", config)
    row = connection.execute(
        "SELECT eblagh_state, eblagh_reason FROM notices WHERE notice_id = ?", (notice,)
    ).fetchone()
    connection.close()
    assert row[0] == "REFUSED"
    assert CATALOGUE[code].fa in row[1]


def test_rows_without_a_change_number_are_told_and_the_others_collected(served_demo: Path, program: Program) -> None:
    connection = sqlite3.connect(served_demo / "cases.db")
    with connection:
        connection.execute("UPDATE notices SET change_no = NULL WHERE notice_id = 1")
        connection.execute("UPDATE notices SET revision = 2 WHERE notice_id = 2")
    connection.close()
    assert finding(program, served_demo, "source cases", check=1)["code"] == "source.no-version"
    collected = program.json("run-once", "collect", "--config", served_demo / "gateway.toml", check=1)["collect"]
    assert collected["collected"] == 1
    assert "1 rows" in collected["errors"][0]


def test_a_person_compares_rows_from_a_version_on(served_demo: Path, program: Program) -> None:
    config = served_demo / "gateway.toml"
    edit(served_demo, 'url = "sqlite:///cases.db"', 'url = "sqlite:///cases.db"\noverlap = 0')
    connection = sqlite3.connect(served_demo / "cases.db")
    with connection:
        connection.execute("UPDATE notices SET change_no = 0 WHERE notice_id = 5")
    connection.close()
    assert program.json("run-once", "collect", "--config", config)["collect"].get("collected") is None
    assert program.json("run-once", "collect", "--since", "0", "--config", config)["collect"]["collected"] == 1
    assert "source.since" in program("run-once", "collect", "--since", "today", "--config", config, check=2).stderr
    assert "--since" in program("run-once", "dispatch", "--since", "0", "--config", config, check=2).stderr


def expire(certificate: Path, key: Path) -> None:
    """Replace a certificate by one of the same key that ended yesterday."""
    old = x509.load_pem_x509_certificate(certificate.read_bytes())
    private = load_pem_private_key(key.read_bytes(), None)
    now = datetime.now(UTC)
    new = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.issuer)
        .public_key(old.public_key())
        .serial_number(old.serial_number)
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now - timedelta(days=1))
        .sign(private, hashes.SHA256())  # type: ignore[arg-type]
    )
    certificate.write_bytes(new.public_bytes(Encoding.PEM))
