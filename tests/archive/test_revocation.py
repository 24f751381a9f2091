"""Archives in which somebody signed with a certificate that was revoked, or of which no list tells."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.crypto.keys.certificate import read_pem
from adapters.sandbox.pki.devlists import DevelopmentAuthorities
from adapters.sandbox.pki.devpki import generate
from adapters.storage.sql_store import SqlStore
from adapters.verifier.archive import list_index
from adapters.verifier.archive.auditor import audit_archive, segments
from gateway.archive.segment import list_name
from gateway.audit.audit import AuditReport
from gateway.audit.audit_recipe import Check
from gateway.runtime.verdict import Verdict
from gateway.trust.revocation_status import Revocation
from tests.databases import sqlite_file
from tests.unit.crypto.samples import plan

from .recorder import NOW, Recorder, pin
from .spoiled import change

ENDED = NOW + timedelta(minutes=10)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``pki`` and ``archive``, of two segments. Its last lists are older than its last signatures."""
    folder = tmp_path_factory.mktemp("town")
    generate(folder / "pki", plan("ec-p256"), NOW)
    pin(folder / "pki")
    with sqlite_file(folder) as url, closing(SqlStore.open(url)) as store:
        recorder = Recorder(folder / "pki", store, folder / "archive")
        recorder.publish()
        for number in (0, 3):
            recorder.serve(range(number, number + 3))
            recorder.write_segments()
    return folder


@pytest.fixture
def trust(installed: Path, tmp_path: Path) -> Path:
    """The auditor's trust folder, to which lists may be added."""
    folder = tmp_path / "trust"
    folder.mkdir()
    for path in (installed / "pki" / "anchors").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def add_lists(
    installed: Path, trust: Path, at: datetime = ENDED, name: str = "", entry: Revocation | None = None
) -> None:
    """Bring along each authority's list of that time, on which the certificate ``name`` stands."""
    authorities = DevelopmentAuthorities(installed / "pki")
    (installed / "pki" / "authorities" / "revoked.json").unlink(missing_ok=True)
    if entry is not None:
        authorities.revoke(read_pem(installed / "pki" / f"{name}.crt.pem")[0], entry)
    for authority in authorities.names():
        (trust / f"{authority}.crl").write_bytes(authorities.list_of(authority, at))


def revocation_of(report: AuditReport) -> tuple[Verdict, list[str]]:
    others = {check: verdict for check, verdict in report.verdicts.items() if verdict is Verdict.FAILED}
    assert others.keys() <= {Check.REVOCATION}
    found = [finding.reason for finding in report.findings if finding.check is Check.REVOCATION]
    return report.verdicts[Check.REVOCATION], found


def test_lists_of_afterwards_prove_every_signature(installed: Path, trust: Path) -> None:
    add_lists(installed, trust)
    report = audit_archive(installed / "archive", trust)
    assert revocation_of(report) == (Verdict.PASSED, [])
    assert report.passed[Check.REVOCATION] == report.passed[Check.SIGNATURE] > 10


def test_certificate_revoked_before(installed: Path, trust: Path) -> None:
    at = NOW - timedelta(days=1)
    add_lists(installed, trust, name="judiciary/receipts", entry=Revocation(at=at, reason="superseded"))
    verdict, found = revocation_of(audit_archive(installed / "archive", trust))
    serial = read_pem(installed / "pki" / "judiciary" / "receipts.crt.pem")[0].serial_number
    assert (verdict, len(found)) == (Verdict.FAILED, 6)  # each receipt
    assert all(f"serial {serial:x}, revoked 2026-02-02T09:30:15.000000Z (superseded)" in reason for reason in found)


def test_key_stolen_before(installed: Path, trust: Path) -> None:
    entry = Revocation(at=ENDED, reason="keyCompromise", invalid_from=NOW - timedelta(days=1))
    add_lists(installed, trust, ENDED + timedelta(minutes=1), "municipality/seal-article-100", entry)
    assert revocation_of(audit_archive(installed / "archive", trust))[0] is Verdict.FAILED


def test_authority_revoked_before(installed: Path, trust: Path) -> None:
    entry = Revocation(at=NOW - timedelta(days=1), reason="cACompromise")
    add_lists(installed, trust, name="authorities/judiciary-issuing", entry=entry)
    assert revocation_of(audit_archive(installed / "archive", trust))[0] is Verdict.FAILED


def test_certificate_revoked_afterwards(installed: Path, trust: Path) -> None:
    entry = Revocation(at=ENDED - timedelta(minutes=1), reason="keyCompromise")
    add_lists(installed, trust, name="judiciary/receipts", entry=entry)
    assert revocation_of(audit_archive(installed / "archive", trust)) == (Verdict.PASSED, [])


def test_lists_that_are_older_than_the_signatures_prove_nothing(installed: Path, trust: Path) -> None:
    verdict, found = revocation_of(audit_archive(installed / "archive", trust))
    assert verdict is Verdict.INDETERMINATE
    assert all("is older than the signature; a later one proves it" in reason for reason in found)


def lists_removed(content: dict[str, bytes]) -> None:
    for name in [name for name in content if name.startswith("revocation/")]:
        del content[name]


def lists_of_others(content: dict[str, bytes]) -> None:
    """Lists that a stranger made, in the names of the authorities."""
    lists_removed(content)
    content |= {list_name(hashlib.sha256(der).hexdigest()): der for der in FORGED}


FORGED: list[bytes] = []


@pytest.mark.long
@pytest.mark.parametrize("edit", [lists_removed, lists_of_others])
def test_without_lists_nothing_is_passed(
    installed: Path, trust: Path, tmp_path: Path, edit: Callable[[dict[str, bytes]], None]
) -> None:
    generate(tmp_path / "stranger", plan("ec-p256"), NOW)
    stranger = DevelopmentAuthorities(tmp_path / "stranger")
    FORGED[:] = [stranger.list_of(name, ENDED) for name in stranger.names()]
    folder = tmp_path / "archive"
    folder.mkdir()
    for path in segments(installed / "archive"):
        (folder / path.name).write_bytes(path.read_bytes())
        change(folder / path.name, edit)
    report = audit_archive(folder, trust)
    verdict, found = revocation_of(report)
    assert (verdict, report.passed[Check.REVOCATION]) == (Verdict.INDETERMINATE, 0)
    assert all("no list of its authority is here" in reason for reason in found)


def test_list_under_another_name(installed: Path, trust: Path, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    first = segments(installed / "archive")[0]
    (folder / first.name).write_bytes(first.read_bytes())

    def edit(content: dict[str, bytes]) -> None:
        name = next(name for name in content if name.startswith("revocation/"))
        content[list_name("0" * 64)] = content.pop(name)

    change(folder / first.name, edit)
    assert audit_archive(folder, trust).verdicts[Check.CONTAINER] is Verdict.FAILED


@pytest.mark.long
def test_a_list_of_a_later_segment_proves_the_one_before(installed: Path, tmp_path: Path) -> None:
    """So only what was signed since the last list is open, in an archive that goes on."""
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url)) as store:
        recorder = Recorder(installed / "pki", store, tmp_path / "archive")
        (installed / "pki" / "authorities" / "revoked.json").unlink(missing_ok=True)
        recorder.publish()
        for number in (0, 3):
            recorder.serve(range(number, number + 3))
            recorder.write_segments()
            recorder.publish()
    report = audit_archive(tmp_path / "archive", installed / "pki" / "anchors")
    open_ones = {finding.subject for finding in report.findings if finding.check is Check.REVOCATION}
    assert report.passed[Check.REVOCATION] == 8
    assert open_ones
    assert all(int(subject.split()[1].rstrip(",")) >= 8 for subject in open_ones)


def test_the_first_list_of_any_later_segment_proves_what_was_signed_before(installed: Path, tmp_path: Path) -> None:
    """An authority may issue a list once in months, and segments are written each day."""
    write_three_segments(installed, tmp_path)
    report = audit_archive(tmp_path / "archive", installed / "pki" / "anchors")
    open_ones = {finding.subject for finding in report.findings if finding.check is Check.REVOCATION}
    assert report.passed[Check.REVOCATION] == 16
    assert all(int(subject.split()[1].rstrip(",")) >= 16 for subject in open_ones)


def test_lists_beyond_the_bound_prove_nothing(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_three_segments(installed, tmp_path)
    monkeypatch.setattr(list_index, "MAX_LISTS", 1)
    report = audit_archive(tmp_path / "archive", installed / "pki" / "anchors", workers=1)
    assert report.passed[Check.REVOCATION] < 16
    assert report.verdicts[Check.REVOCATION] is Verdict.INDETERMINATE


def write_three_segments(installed: Path, folder: Path) -> None:
    """The first two have no list of after their signatures, the third one has."""
    with sqlite_file(folder) as url, closing(SqlStore.open(url)) as store:
        recorder = Recorder(installed / "pki", store, folder / "archive")
        (installed / "pki" / "authorities" / "revoked.json").unlink(missing_ok=True)
        recorder.publish()
        for number in (0, 3):
            recorder.serve(range(number, number + 3))
            recorder.write_segments()
        recorder.publish()
        recorder.serve(range(6, 9))
        recorder.write_segments()
