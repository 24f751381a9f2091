"""A body's seal is renewed (docs/operate/operations.md): what the earlier certificate sealed stays verifiable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from typer.testing import CliRunner

from adapters.cli.evidence.archive import write_archive
from adapters.cli.evidence.pins import write_pins
from adapters.cli.main import app
from adapters.composition.archive import evidence_beside, evidence_signer, keep_certificates
from adapters.composition.installation import Installation
from adapters.composition.tasks import tasks
from adapters.crypto.keys.certificate import load_certificates
from adapters.crypto.xml.sealed_fields import sealed_paper
from adapters.evidence.asice import AsiceWriter
from adapters.evidence.pages import pages
from adapters.sandbox.cases.generator import generate as sample
from adapters.sandbox.pki.devpki import generate
from adapters.shipped.resources import CONFIG
from adapters.verifier.archive.auditor import audit_archive
from adapters.verifier.evidence.evidence_verification import verify_file
from gateway.audit.audit_recipe import Check
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.evidence.evidence_export import export, of_notice
from gateway.runtime.may_continue import always
from gateway.runtime.verdict import Verdict
from tests.archive.pki import issue, read
from tests.archive.recorder import Authority
from tests.databases import make_store
from tests.outside_time import hear_the_time
from tests.unit.crypto.samples import plan

BODIES = ("article-100", "article-77", "article-55-20", "article-99")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An installation that archives, without time authority, witness and revocation lists."""
    generate(tmp_path / "pki", plan("ec-p256"), datetime.now(UTC) - timedelta(hours=1))
    text = (CONFIG / "demo.toml").read_text(encoding="utf-8").replace('"require"', '"off"')
    before, _, rest = text.partition("[[archive.time_authorities]]")
    config = before + "[service]" + rest.partition("[service]")[2]
    (tmp_path / "gateway.toml").write_text(config, encoding="utf-8")
    make_store(f"sqlite:///{tmp_path / 'gateway.db'}")
    sample(tmp_path / "cases.db", notices=6, seed=1, small_documents=True)
    sample(tmp_path / "more.db", notices=6, seed=2, small_documents=True)
    return tmp_path


@pytest.fixture
def opened(folder: Path) -> Iterator[Installation]:
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        yield installation


def collect(installation: Installation) -> int:
    hear_the_time(installation)
    found = [task.run(always) for task in tasks(installation, ["collect"])]
    assert [each.errors for each in found] == [[]] * len(found)
    return sum(each.counts["admitted"] for each in found)


def renew(folder: Path, *, start: datetime, days: float = 400) -> None:
    """Put a new certificate, with a new key, in the place of each body's seal."""
    authority = read(folder / "pki", "municipality-issuing")
    for body in BODIES:
        holder = issue(f"{body} renewed", authority, start=start, days=days)
        holder.write(folder / "pki" / "municipality", f"seal-{body}")


def exported(installation: Installation, reference: str, path: Path) -> Path:
    """The evidence file of a notice, stamped by the development authority without a network."""
    store, pki = installation.store(), installation.base / "pki"
    chain = load_certificates(pki / "municipality" / "archive-signing.crt.pem")
    writer = AsiceWriter(
        path=path,
        signer=evidence_signer(installation),
        chain=[each.der for each in chain],
        authority=Authority(pki, lambda: datetime.now(UTC)),
    )
    export(
        store,
        store.log,
        of_notice(store.notices, reference),
        case=None,
        now=datetime.now(UTC),
        beside=evidence_beside(installation),
        pages=pages,
        paper=sealed_paper,
        writer=writer,
    )
    return path


def test_a_renewed_seal_leaves_earlier_notices_verifiable_without_a_wait(folder: Path, opened: Installation) -> None:
    anchors = folder / "pki" / "anchors"
    assert collect(opened) == 6
    early = [each.entry.reference for each in opened.store().notices.find(state=None, limit=10, after=None)]
    (folder / "pki" / "anchors" / "receipts-judiciary.pem").unlink()

    # Renewed before anything that the earlier certificates sealed was archived, and while they are still valid.
    renew(folder, start=datetime.now(UTC) - timedelta(minutes=4))
    with (folder / "gateway.toml").open("a", encoding="utf-8") as config:
        config.write('[sources.more]\nurl = "sqlite:///more.db"\n')
    with closing(Installation.of(folder / "gateway.toml")) as renewed:
        assert collect(renewed) == 6
        write_archive(renewed)
        assert len(write_pins(renewed, anchors)) == len(BODIES), "those of before stay"

        report = audit_archive(folder / "archive", anchors, workers=1)
        assert report.verdicts[Check.SIGNATURE] is Verdict.PASSED, report.findings
        assert report.kinds["SEALED_NOTICE"] == 12

        late = [each.entry.reference for each in renewed.store().notices.find(state=None, limit=20, after=None)]
        for number, reference in enumerate((early[0], next(each for each in late if each not in early))):
            audit = verify_file(exported(renewed, reference, folder / f"{number}.asice"), anchors)
            assert audit.verdict_of(EvidenceCheck.SEAL) is Verdict.PASSED, audit.findings


def test_each_seal_is_stored_with_its_certificate_and_issuers(folder: Path, opened: Installation) -> None:
    collect(opened)
    kept = {each.thumbprint: each for each in opened.store().certificates.all()}
    for admission in opened.store().notices.find(state=None, limit=10, after=None):
        [row] = [
            row for row in opened.store().evidence.of_notice(admission.entry.reference) if row.kind == "SEALED_NOTICE"
        ]
        own = kept[json.loads(row.header)["context"]["certificate"]]
        assert own.use == f"seal {admission.body}"
        end, issuing = x509.load_pem_x509_certificates(own.chain)
        end.verify_directly_issued_by(issuing)


def checked(folder: Path, name: str) -> str:
    done = CliRunner().invoke(app, ["check", "-c", str(folder / "gateway.toml"), "--json"])
    return str(json.loads(done.stdout.splitlines()[-1])[name]["found"])


def test_check_warns_before_a_seal_ends_and_where_the_renewed_one_has_no_overlap(
    folder: Path, opened: Installation
) -> None:
    seal, now = "seal article-100", datetime.now(UTC)
    assert "a warning" not in checked(folder, seal)
    renew(folder, start=now - timedelta(minutes=50), days=29)
    assert "a warning: have it renewed now, it ends in 28 days" in checked(folder, seal)

    renew(folder, start=now - timedelta(minutes=50), days=10 / 24 / 60)
    keep_certificates(opened)
    renew(folder, start=now - timedelta(minutes=20))
    assert "a warning: no overlap: the one before it ended" in checked(folder, seal)

    renew(folder, start=now - timedelta(minutes=50), days=1)
    keep_certificates(opened)
    renew(folder, start=now - timedelta(minutes=20))
    assert "a warning" not in checked(folder, seal), "both are valid for a while"
