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

from .pki import EMAIL, SERVER_AUTH, Holder, issue, read
from .recorder import Recorder


@pytest.fixture
def recorder(pki: Path, tmp_path: Path) -> Iterator[Recorder]:
    """A recorder with a PKI of its own, in which certificates may be put in another's place."""
    shutil.copytree(pki, tmp_path / "pki")
    (tmp_path / "pki" / "anchors" / "receipts-judiciary.pem").unlink()
    (tmp_path / "pki" / "anchors" / "receipts-sandbox.pem").unlink()
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url)) as store:
        yield Recorder(tmp_path / "pki", store, tmp_path / "archive")


def pins(recorder: Recorder) -> Path:
    return recorder.trust / "receipts-court.pem"


def judged(recorder: Recorder) -> AuditReport:
    """Serve one notice, and audit what is archived of it."""
    recorder.serve([1])
    recorder.write_segments()
    return audit_archive(recorder.folder, recorder.trust, workers=1)


def reasons(report: AuditReport, verdict: Verdict) -> list[str]:
    """Return the reasons of check 7, which must have this verdict."""
    assert report.verdicts[Check.SIGNATURE] is verdict, report.findings
    return [each.reason for each in report.findings if (each.check, each.verdict) == (Check.SIGNATURE, verdict)]


def sign_receipts_with(recorder: Recorder, holder: Holder) -> None:
    holder.write(recorder.pki / "judiciary", "receipts")


def judiciary_issues(recorder: Recorder, name: str, **reported: object) -> Holder:
    return issue(name, read(recorder.pki, "judiciary-issuing"), **reported)  # type: ignore[arg-type]


def taken(recorder: Recorder, side: str, name: str) -> Holder:
    """A holder of the municipality's own PKI, as it signs there."""
    pem = (recorder.pki / side / f"{name}.crt.pem").read_bytes()
    key = load_pem_private_key((recorder.pki / side / f"{name}.key.pem").read_bytes(), None)
    own, *above = x509.load_pem_x509_certificates(pem)
    return Holder(own, key, tuple(above))  # type: ignore[arg-type]


def under_one_national_root(recorder: Recorder) -> None:
    """Let one authority of the state certify both sides."""
    root = issue("National Root", depth=1)
    issuing = issue("National Issuing", root, depth=0)
    for side, names in {
        "municipality": ("transport", "seal-article-100"),
        "judiciary": ("transport", "receipts"),
    }.items():
        (recorder.trust / f"{side}-root.pem").write_bytes(root.pem)
        for name in names:
            issue(f"{side} {name}", issuing).write(recorder.pki / side, name)
    pins(recorder).write_bytes(taken(recorder, "judiciary", "receipts").pem)
    (recorder.trust / "seals-article-100.pem").write_bytes(taken(recorder, "municipality", "seal-article-100").pem)


def test_a_receipt_by_a_pinned_certificate_passes(recorder: Recorder) -> None:
    assert reasons(judged(recorder), Verdict.PASSED) == []


def test_a_receipt_by_a_transport_key_fails_offline(recorder: Recorder) -> None:
    sign_receipts_with(recorder, taken(recorder, "judiciary", "transport"))
    [reported] = set(reasons(judged(recorder), Verdict.FAILED))
    assert "verify.signer" in reported
    assert "is none of those that receipts-court.pem pins: ask the judiciary" in reported


def test_a_receipt_by_a_transport_key_fails_without_a_pin_whatever_comes_first(recorder: Recorder) -> None:
    sign_receipts_with(recorder, taken(recorder, "judiciary", "transport"))
    pins(recorder).unlink()
    recorder.receive(recorder.seal(2))  # in a segment before any message of the judiciary's
    recorder.write_segments()
    reported = reasons(judged(recorder), Verdict.FAILED)
    assert all("a transport key is no receipt key: ask the judiciary which certificate" in each for each in reported)


def test_a_transport_key_in_another_certificate_is_the_same_key(recorder: Recorder) -> None:
    transport = taken(recorder, "judiciary", "transport")
    sign_receipts_with(recorder, judiciary_issues(recorder, "Receipts", key=transport.key))
    pins(recorder).unlink()
    assert "a transport key is no receipt key" in reasons(judged(recorder), Verdict.FAILED)[0]


@pytest.mark.parametrize("critical", [True, False])
@pytest.mark.parametrize("pinned", [True, False])
def test_a_receipt_by_a_server_certificate_fails_offline(recorder: Recorder, critical: bool, pinned: bool) -> None:
    server = judiciary_issues(recorder, "www.court.example", purposes=[SERVER_AUTH], critical=critical)
    sign_receipts_with(recorder, server)
    pins(recorder).write_bytes(server.pem) if pinned else pins(recorder).unlink()
    [reported] = reasons(judged(recorder), Verdict.FAILED)
    assert "is for serverAuth alone, by its extended key usage" in reported


def test_a_receipt_by_a_lawyer_fails_where_receipt_signers_are_pinned(recorder: Recorder) -> None:
    sign_receipts_with(recorder, judiciary_issues(recorder, "A Lawyer", purposes=[EMAIL]))
    assert "CN=A Lawyer" in reasons(judged(recorder), Verdict.FAILED)[0]


def test_without_a_pin_a_receipt_is_indeterminate_and_the_reason_says_what_to_do(recorder: Recorder) -> None:
    lawyer = judiciary_issues(recorder, "A Lawyer")
    sign_receipts_with(recorder, lawyer)
    pins(recorder).unlink()
    [reported] = reasons(judged(recorder), Verdict.INDETERMINATE)
    assert f"CN=A Lawyer (serial {lawyer.certificate.serial_number:X})" in reported
    assert "your trust folder has no receipts-court.pem: have the certificate from the judiciary" in reported
    assert "compare its fingerprint, and put it there under this name" in reported


def test_a_pin_of_another_destination_is_none(recorder: Recorder) -> None:
    pins(recorder).rename(recorder.trust / "receipts-court-2.pem")
    assert "no receipts-court.pem" in reasons(judged(recorder), Verdict.INDETERMINATE)[0]
    (recorder.trust / "receipts-court-2.pem").rename(recorder.trust / "receipts-court+2027.pem")
    assert audit_archive(recorder.folder, recorder.trust, workers=1).verdicts[Check.SIGNATURE] is Verdict.PASSED


def test_one_national_root_is_no_fault_in_itself(recorder: Recorder) -> None:
    under_one_national_root(recorder)
    assert reasons(judged(recorder), Verdict.PASSED) == []


@pytest.mark.parametrize("pinned", ["pinned", "unpinned"])
@pytest.mark.parametrize("name", ["seal-article-100", "transport", "tls"])
def test_a_receipt_by_the_municipality_fails_under_one_national_root(
    recorder: Recorder, name: str, pinned: str
) -> None:
    under_one_national_root(recorder)
    if name == "tls":
        issuing = taken(recorder, "municipality", "transport")
        authority = issue("National Root 2", depth=0)
        (recorder.trust / "judiciary-2.pem").write_bytes(authority.pem)
        (recorder.trust / "municipality-2.pem").write_bytes(authority.pem)
        issue("eblagh.city.example", authority, key=issuing.key).write(recorder.pki / "municipality", "tls")
    ours = taken(recorder, "municipality", name)
    sign_receipts_with(recorder, ours)
    (recorder.trust / "seals-article-100.pem").unlink()
    pins(recorder).write_bytes(ours.pem) if pinned == "pinned" else pins(recorder).unlink()
    reported = reasons(judged(recorder), Verdict.FAILED)
    assert any("belongs to the municipality" in each for each in reported), reported


def test_an_answer_by_the_municipality_fails_under_one_national_root(recorder: Recorder) -> None:
    under_one_national_root(recorder)
    taken(recorder, "municipality", "transport").write(recorder.pki / "judiciary", "transport")
    assert "belongs to the municipality" in reasons(judged(recorder), Verdict.FAILED)[0]


def test_a_seal_of_another_body_fails_offline(recorder: Recorder) -> None:
    taken(recorder, "municipality", "seal-article-77").write(recorder.pki / "municipality", "seal-article-100")
    [reported] = reasons(judged(recorder), Verdict.FAILED)
    assert "is none of those that seals-article-100.pem pins: ask the issuing body" in reported


def test_without_a_pin_a_seal_is_indeterminate(recorder: Recorder) -> None:
    (recorder.trust / "seals-article-100.pem").unlink()
    [reported] = reasons(judged(recorder), Verdict.INDETERMINATE)
    assert "your trust folder has no seals-article-100.pem" in reported


def test_a_seal_by_what_is_pinned_for_receipts_fails(recorder: Recorder) -> None:
    under_one_national_root(recorder)
    receipts = taken(recorder, "judiciary", "receipts")
    receipts.write(recorder.pki / "municipality", "seal-article-100")
    assert any("pinned for the judiciary's receipts" in each for each in reasons(judged(recorder), Verdict.FAILED))


def test_what_is_pinned_is_shown_with_its_fingerprint(recorder: Recorder) -> None:
    digits = taken(recorder, "judiciary", "receipts").certificate.fingerprint(SHA256()).hex(":").upper()
    [line] = [line for line in Trust.of(recorder.trust).fingerprints() if line.startswith("receipts-court: ")]
    assert line.endswith(f"SHA-256 {digits}")


def test_a_pin_file_without_an_end_certificate_is_refused(recorder: Recorder) -> None:
    pins(recorder).write_bytes((recorder.trust / "judiciary-root.pem").read_bytes())
    with pytest.raises(GatewayError) as refused:
        Trust.of(recorder.trust)
    assert (refused.value.code, refused.value.where) == ("archive.trust", str(pins(recorder)))
