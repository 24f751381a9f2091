"""The auditor pins who may sign receipts and seals. Certificates are forged without the product's own PKI."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from adapters.storage.sql_store import SqlStore
from adapters.verifier.archive.auditor import audit_archive
from adapters.verifier.trust.trust_folder import Trust
from gateway.audit.audit import AuditReport
from gateway.audit.audit_recipe import Check
from gateway.runtime.errors import GatewayError
from gateway.runtime.verdict import Verdict
from tests.databases import sqlite_file

from .city import City
from .pki import EMAIL, SERVER_AUTH, Holder, issue, read


@pytest.fixture
def city(pki: Path, tmp_path: Path) -> Iterator[City]:
    """A city with a PKI of its own, in which certificates may be put in another's place."""
    shutil.copytree(pki, tmp_path / "pki")
    (tmp_path / "pki" / "anchors" / "receipts-judiciary.pem").unlink()
    (tmp_path / "pki" / "anchors" / "receipts-sandbox.pem").unlink()
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url)) as store:
        yield City(tmp_path / "pki", store, tmp_path / "archive")


def pins(city: City) -> Path:
    return city.trust / "receipts-court.pem"


def judged(city: City) -> AuditReport:
    """Serve one notice, and audit what is archived of it."""
    city.serve([1])
    city.write_segments()
    return audit_archive(city.folder, city.trust, workers=1)


def reasons(report: AuditReport, verdict: Verdict) -> list[str]:
    """Why check 7 has this verdict, which it must have."""
    assert report.verdicts[Check.SIGNATURE] is verdict, report.findings
    return [each.reason for each in report.findings if (each.check, each.verdict) == (Check.SIGNATURE, verdict)]


def sign_receipts_with(city: City, holder: Holder) -> None:
    holder.write(city.pki / "judiciary", "receipts")


def court_issues(city: City, name: str, **told: object) -> Holder:
    return issue(name, read(city.pki, "judiciary-issuing"), **told)  # type: ignore[arg-type]


def taken(city: City, side: str, name: str) -> Holder:
    """A holder of the city's own PKI, as it signs there."""
    pem = (city.pki / side / f"{name}.crt.pem").read_bytes()
    key = load_pem_private_key((city.pki / side / f"{name}.key.pem").read_bytes(), None)
    own, *above = x509.load_pem_x509_certificates(pem)
    return Holder(own, key, tuple(above))  # type: ignore[arg-type]


def under_one_national_root(city: City) -> None:
    """Let one authority of the state certify both sides."""
    root = issue("National Root", depth=1)
    issuing = issue("National Issuing", root, depth=0)
    for side, names in {
        "municipality": ("transport", "seal-article-100"),
        "judiciary": ("transport", "receipts"),
    }.items():
        (city.trust / f"{side}-root.pem").write_bytes(root.pem)
        for name in names:
            issue(f"{side} {name}", issuing).write(city.pki / side, name)
    pins(city).write_bytes(taken(city, "judiciary", "receipts").pem)
    (city.trust / "seals-article-100.pem").write_bytes(taken(city, "municipality", "seal-article-100").pem)


def test_a_receipt_by_a_pinned_certificate_passes(city: City) -> None:
    assert reasons(judged(city), Verdict.PASSED) == []


def test_a_receipt_by_a_transport_key_fails_offline(city: City) -> None:
    sign_receipts_with(city, taken(city, "judiciary", "transport"))
    [told] = set(reasons(judged(city), Verdict.FAILED))
    assert "verify.signer" in told
    assert "is none of those that receipts-court.pem pins: ask the judiciary" in told


def test_a_receipt_by_a_transport_key_fails_without_a_pin_whatever_comes_first(city: City) -> None:
    sign_receipts_with(city, taken(city, "judiciary", "transport"))
    pins(city).unlink()
    city.receive(city.seal(2))  # in a segment before any message of the judiciary's
    city.write_segments()
    told = reasons(judged(city), Verdict.FAILED)
    assert all("a transport key is no receipt key: ask the judiciary which certificate" in each for each in told)


def test_a_transport_key_in_another_certificate_is_the_same_key(city: City) -> None:
    transport = taken(city, "judiciary", "transport")
    sign_receipts_with(city, court_issues(city, "Receipts", key=transport.key))
    pins(city).unlink()
    assert "a transport key is no receipt key" in reasons(judged(city), Verdict.FAILED)[0]


@pytest.mark.parametrize("critical", [True, False])
@pytest.mark.parametrize("pinned", [True, False])
def test_a_receipt_by_a_server_certificate_fails_offline(city: City, critical: bool, pinned: bool) -> None:
    server = court_issues(city, "www.court.example", purposes=[SERVER_AUTH], critical=critical)
    sign_receipts_with(city, server)
    pins(city).write_bytes(server.pem) if pinned else pins(city).unlink()
    [told] = reasons(judged(city), Verdict.FAILED)
    assert "is for serverAuth alone, by its extended key usage" in told


def test_a_receipt_by_a_lawyer_fails_where_receipt_signers_are_pinned(city: City) -> None:
    sign_receipts_with(city, court_issues(city, "A Lawyer", purposes=[EMAIL]))
    assert "CN=A Lawyer" in reasons(judged(city), Verdict.FAILED)[0]


def test_without_a_pin_a_receipt_is_indeterminate_and_the_reason_says_what_to_do(city: City) -> None:
    lawyer = court_issues(city, "A Lawyer")
    sign_receipts_with(city, lawyer)
    pins(city).unlink()
    [told] = reasons(judged(city), Verdict.INDETERMINATE)
    assert f"CN=A Lawyer (serial {lawyer.certificate.serial_number:X})" in told
    assert "your trust folder has no receipts-court.pem: have the certificate from the judiciary" in told
    assert "compare its fingerprint, and put it there under this name" in told


def test_a_pin_of_another_destination_is_none(city: City) -> None:
    pins(city).rename(city.trust / "receipts-court-2.pem")
    assert "no receipts-court.pem" in reasons(judged(city), Verdict.INDETERMINATE)[0]
    (city.trust / "receipts-court-2.pem").rename(city.trust / "receipts-court+2027.pem")
    assert audit_archive(city.folder, city.trust, workers=1).verdicts[Check.SIGNATURE] is Verdict.PASSED


def test_one_national_root_is_no_fault_in_itself(city: City) -> None:
    under_one_national_root(city)
    assert reasons(judged(city), Verdict.PASSED) == []


@pytest.mark.parametrize("pinned", ["pinned", "unpinned"])
@pytest.mark.parametrize("name", ["seal-article-100", "transport", "tls"])
def test_a_receipt_by_the_municipality_fails_under_one_national_root(city: City, name: str, pinned: str) -> None:
    under_one_national_root(city)
    if name == "tls":
        issuing = taken(city, "municipality", "transport")
        authority = issue("National Root 2", depth=0)
        (city.trust / "judiciary-2.pem").write_bytes(authority.pem)
        (city.trust / "municipality-2.pem").write_bytes(authority.pem)
        issue("eblagh.city.example", authority, key=issuing.key).write(city.pki / "municipality", "tls")
    ours = taken(city, "municipality", name)
    sign_receipts_with(city, ours)
    (city.trust / "seals-article-100.pem").unlink()
    pins(city).write_bytes(ours.pem) if pinned == "pinned" else pins(city).unlink()
    told = reasons(judged(city), Verdict.FAILED)
    assert any("belongs to the municipality" in each for each in told), told


def test_an_answer_by_the_municipality_fails_under_one_national_root(city: City) -> None:
    under_one_national_root(city)
    taken(city, "municipality", "transport").write(city.pki / "judiciary", "transport")
    assert "belongs to the municipality" in reasons(judged(city), Verdict.FAILED)[0]


def test_a_seal_of_another_body_fails_offline(city: City) -> None:
    taken(city, "municipality", "seal-article-77").write(city.pki / "municipality", "seal-article-100")
    [told] = reasons(judged(city), Verdict.FAILED)
    assert "is none of those that seals-article-100.pem pins: ask the issuing body" in told


def test_without_a_pin_a_seal_is_indeterminate(city: City) -> None:
    (city.trust / "seals-article-100.pem").unlink()
    [told] = reasons(judged(city), Verdict.INDETERMINATE)
    assert "your trust folder has no seals-article-100.pem" in told


def test_a_seal_by_what_is_pinned_for_receipts_fails(city: City) -> None:
    under_one_national_root(city)
    receipts = taken(city, "judiciary", "receipts")
    receipts.write(city.pki / "municipality", "seal-article-100")
    assert any("pinned for the judiciary's receipts" in each for each in reasons(judged(city), Verdict.FAILED))


def test_what_is_pinned_is_shown_with_its_fingerprint(city: City) -> None:
    digits = taken(city, "judiciary", "receipts").certificate.fingerprint(SHA256()).hex(":").upper()
    [line] = [line for line in Trust.of(city.trust).fingerprints() if line.startswith("receipts-court: ")]
    assert line.endswith(f"SHA-256 {digits}")


def test_a_pin_file_without_an_end_certificate_is_refused(city: City) -> None:
    pins(city).write_bytes((city.trust / "judiciary-root.pem").read_bytes())
    with pytest.raises(GatewayError) as refused:
        Trust.of(city.trust)
    assert (refused.value.code, refused.value.where) == ("archive.trust", str(pins(city)))
