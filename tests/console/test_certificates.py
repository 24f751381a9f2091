"""Certificates of service: by the verb and in the console, on record before the file, and without personal data outside
of it."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pikepdf
import pytest
from click.testing import Result
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.installation import Installation
from adapters.composition.legal import service_certificates
from adapters.composition.legal.service_certificates import print_certificate, verification_page
from adapters.crypto.keys.note import NoteVerifier
from adapters.crypto.xml.sealing import recipient_identifier
from adapters.terminal.printing import FINDING
from adapters.verifier.verbs.main import app as verifier
from gateway.certificate.certificate_text import PrintedCertificate
from gateway.certificate.issuing import proven
from gateway.certificate.notice_standing import Standing
from gateway.merkle.checkpoint import Checkpoint
from gateway.merkle.tiles import Tiles
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.legal_effect import persian_digits
from gateway.operations.notice_access import Access
from gateway.operations.notice_work import of_course
from gateway.people.permissions import Role
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Admission
from tests.console.signed_in import pages_of, visitor

PURPOSE = "درج در پرونده شعبه ۱۳"


@pytest.fixture(scope="module")
def notice(lived: Installation) -> Admission:
    return lived.store().notices.find(state=DeliveryState.VIEWED, limit=1, after=None)[0]


@pytest.fixture(scope="module")
def identifier(lived: Installation, notice: Admission) -> str:
    return recipient_identifier(lived.store().evidence.payload(notice.entry.seal_digest))


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["legal", *arguments, "-c", str(folder / "gateway.toml")])


def issued(folder: Path, notice: Admission, file: Path) -> str:
    done = run(folder, "certificate", notice.entry.reference, "--out", str(file), "--reason", PURPOSE, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    return str(json.loads(done.stdout.splitlines()[-1])["certificate"])


def printed(installation: Installation, id: str) -> PrintedCertificate:
    return proven(installation.store().evidence, installation.store().log, id)


def test_a_certificate_is_recorded_printed_and_verified(
    lived: Installation, lived_folder: Path, tmp_path: Path, notice: Admission, identifier: str
) -> None:
    file, code = tmp_path / "certificate.pdf", tmp_path / "code.txt"
    id = issued(lived_folder, notice, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pikepdf.open(file) as opened:
        assert len(opened.pages) == 1
    made = printed(lived, id)
    assert made.opened(lived.checkpoints.verifier).size == made.size
    assert made.certificate.service == notice.entry.service
    assert made.certificate.deadline is None
    assert made.certificate.recipient.fits(notice.recipient_name, persian_digits(identifier), notice.case_number)
    code.write_text(f"{made.text}\n", encoding="ascii")
    trust = ["--trust", str(lived_folder / "pki/anchors")]
    done = CliRunner().invoke(verifier, ["certificate", str(code), *trust, "--json"])
    assert done.exit_code == 0, (done.output, done.exception)
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["verdict"], told["fields"]["notice"]) == ("PASSED", notice.entry.reference)
    code.write_text(made.text[:-6] + "000000", encoding="ascii")
    assert CliRunner().invoke(verifier, ["certificate", str(code), *trust]).exit_code == FINDING


def test_purpose_and_certificate_are_on_record_and_no_part_of_the_course(
    lived: Installation, lived_folder: Path, tmp_path: Path, notice: Admission, identifier: str
) -> None:
    evidence = lived.store().evidence
    before = {row.id for row in evidence.of_notice(notice.entry.reference)}
    id = issued(lived_folder, notice, tmp_path / "one.pdf")
    rows = {row.id: row for row in evidence.of_notice(notice.entry.reference) if row.id not in before}
    assert set(rows) == {id, f"act:{Access.CERTIFICATE}:{id}"}
    assert of_course(rows.values()) == []
    act = json.loads(evidence.payload(rows[f"act:{Access.CERTIFICATE}:{id}"].payload_digest))
    assert (act["reason"], act["certificate"]) == (PURPOSE, id)
    certificate = rows[id]
    assert certificate.kind == EvidenceKind.SERVICE_CERTIFICATE
    told = certificate.header + evidence.payload(certificate.payload_digest) + printed(lived, id).text.encode()
    for secret in (identifier, notice.recipient_name, notice.case_number, PURPOSE):
        assert secret.encode() not in told
        assert json.dumps(secret)[1:-1].encode() not in told


def test_a_certificate_needs_a_purpose_and_a_new_file(lived_folder: Path, tmp_path: Path, notice: Admission) -> None:
    file = tmp_path / "certificate.pdf"
    assert run(lived_folder, "certificate", notice.entry.reference, "-o", str(file), "--reason", " ").exit_code != 0
    assert not file.exists()
    file.write_bytes(b"mine")
    done = run(lived_folder, "certificate", notice.entry.reference, "-o", str(file), "--reason", PURPOSE)
    assert isinstance(done.exception, GatewayError)
    assert done.exception.code == "certificate.file"
    assert file.read_bytes() == b"mine"


def test_nothing_is_certified_that_receipts_do_not_prove(
    lived: Installation, lived_folder: Path, tmp_path: Path, notice: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = notice.entry.reference
    monkeypatch.setattr(service_certificates, "unproven", lambda *_: {reference: ["delivered_at"]})
    file = tmp_path / "certificate.pdf"
    done = run(lived_folder, "certificate", reference, "-o", str(file), "--reason", PURPOSE)
    assert isinstance(done.exception, GatewayError)
    assert done.exception.code == "certificate.unproven"
    assert not file.exists()


def test_an_unknown_certificate_is_not_printed(lived: Installation) -> None:
    with pytest.raises(GatewayError) as refused:
        print_certificate(lived, "certificate:EB-UNKNOWN")
    assert refused.value.code == "certificate.unknown"


def test_paper_and_page_have_the_titles_of_the_rule_files(
    lived: Installation, lived_folder: Path, tmp_path: Path, notice: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = issued(lived_folder, notice, tmp_path / "certificate.pdf")
    given: list[tuple[object, ...]] = []
    monkeypatch.setattr(service_certificates, "RULES", {})
    monkeypatch.setattr(service_certificates, "printed_page", lambda *each: given.append(each[3:]))
    monkeypatch.setattr(service_certificates, "offline_page", lambda *each: given.append(each[4:5]))
    print_certificate(lived, id)
    verification_page(lived)
    titles = {each.code: each.title for each in lived.laws().at(None).rules.services}
    assert titles
    assert given == [(titles, Standing()), (titles,)]


def test_a_certificate_of_another_history_is_found_by_a_witness(
    lived: Installation, lived_folder: Path, tmp_path: Path, notice: Admission
) -> None:
    made = printed(lived, issued(lived_folder, notice, tmp_path / "certificate.pdf"))
    code, witness, own = tmp_path / "code.txt", tmp_path / "witness.note", tmp_path / "own.note"
    code.write_text(made.text, encoding="ascii")
    verify = ["certificate", str(code), "--trust", str(lived_folder / "pki/anchors"), "--json"]

    def verdict(*more: str) -> str:
        done = CliRunner().invoke(verifier, [*verify, *more])
        return str(json.loads(done.stdout.splitlines()[-1])["verdict"])

    assert verdict("--note", str(own)) == "PASSED"
    assert verdict("--checkpoint", str(own)) == "PASSED"
    witness.write_bytes(lived.checkpoints.sign(made.size, b"\1" * 32))
    assert verdict("--checkpoint", str(witness)) == "FAILED"
    older = Tiles(made.size - 1, lived.store().log.tile)
    witness.write_bytes(lived.checkpoints.sign(made.size - 1, older.root()))
    assert verdict("--checkpoint", str(witness)) == "INDETERMINATE"


def test_the_offline_page_names_the_key_and_the_checkpoints(
    lived: Installation, lived_folder: Path, tmp_path: Path, notice: Admission
) -> None:
    made = printed(lived, issued(lived_folder, notice, tmp_path / "certificate.pdf"))
    done = run(lived_folder, "certificate-page", "--out", str(tmp_path / "page.html"), "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    told = json.loads(done.stdout.splitlines()[-1])
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    published = json.loads(page.partition('id="published">')[2].partition("</script>")[0])
    key: NoteVerifier = lived.checkpoints.verifier
    assert (published["name"], told["log"]) == (key.name, key.name)
    checkpoint: Checkpoint = made.opened(key)
    assert str(checkpoint.size) in [size for size, _ in published["checkpoints"]]
    assert set(published["bodies"]) == set(lived.settings.bodies)
    assert "default-src 'none'" in page


def test_the_console_issues_it_for_those_who_may(lived: Installation, notice: Admission) -> None:
    pages = pages_of(lived)
    address = f"/notices/{notice.entry.reference}"
    operator = visitor(pages, Role.OPERATOR)
    assert "گواهی ابلاغ برای درج در پرونده" in operator.page(address)
    answer = operator.post(f"{address}/certificate.pdf", purpose=PURPOSE)
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    with pikepdf.open(io.BytesIO(answer.data)) as opened:
        assert len(opened.pages) == 1
    name = f'attachment; filename="{notice.entry.reference}-certificate.pdf"'
    assert answer.headers["Content-Disposition"] == name
    assert operator.post(f"{address}/certificate.pdf", purpose=" ").status_code >= 400
    head = visitor(pages, Role.HEAD_OF_COMMISSION, [notice.body])
    assert head.post(f"{address}/certificate.pdf", purpose=PURPOSE).status_code == 403
    assert "certificate.pdf" not in head.page(address)
