"""Measured outages by the verbs: a list, and a certificate that is on record before the file."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from click.testing import Result
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.installation import Installation
from gateway.certificate.outage_certificate import OutageCertificate
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.circuit_breaker import FAILURES_THAT_OPEN, Failure
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Process

PURPOSE = "درج در پرونده شعبه ۱۳"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def measured(fresh_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation that ran, stood still for two hours, and had no answer for three calls."""
    folder = tmp_path_factory.mktemp("outages") / "copy"
    shutil.copytree(fresh_folder, folder)
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        store, now = installation.store(), installation.clock()
        for owner, hours in (("here/1", (5.0, 4.99)), ("here/2", (2.99, 2.98))):
            for hour in hours:
                seen = now - hour * HOUR
                store.processes.note(Process(owner=owner, began_at=seen, seen_at=seen, passed_at=None))
        for n in range(FAILURES_THAT_OPEN):
            at = now - HOUR + n * timedelta(minutes=1)
            store.endpoints.update_breaker(
                installation.settings.judiciary.destination,
                lambda breaker, at=at: breaker.failed(Failure(code="courier.not-connected"), at),  # type: ignore[misc]
                at,
            )
        yield installation


def run(installation: Installation, *arguments: str, language: str = "en") -> Result:
    config = str(installation.folder.path("gateway.toml"))
    return CliRunner().invoke(app, ["--lang", language, "legal", *arguments, "-c", config])


def since(installation: Installation, hours: float) -> str:
    return timestamp(installation.clock() - hours * HOUR)


def test_outages_are_listed_with_what_they_do_not_prove(measured: Installation) -> None:
    done = run(measured, "outages", "--from", since(measured, 24), "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    found = json.loads(done.stdout)
    assert [gap["until"] is None for gap in found["gateway"]] == [False, True]
    assert [(each["failures"], each["code"], each["over_at"]) for each in found["judiciary"]] == [
        (FAILURES_THAT_OPEN, "courier.not-connected", None)
    ]
    for language, words in (("en", "no process of the gateway recorded"), ("fa", "نشانه فعالیتی ثبت نکرده")):
        done = run(measured, "outages", "--from", "1404-11-14", language=language)
        assert done.exit_code == 0, (done.output, done.exception)
        assert words in " ".join(done.stdout.split())


def test_a_time_before_the_first_heartbeat_is_not_claimed(measured: Installation) -> None:
    done = run(measured, "outages", "--from", since(measured, 48), "--to", since(measured, 24))
    assert "Nothing of the gateway was measured" in done.stdout
    assert "no outage was measured" in done.stdout


def test_a_certificate_is_recorded_and_printed(measured: Installation, tmp_path: Path) -> None:
    file = tmp_path / "outages.pdf"
    asked = ["outage-certificate", "--from", since(measured, 24), "-o", str(file)]
    done = run(measured, *asked, "--reason", PURPOSE, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    id = json.loads(done.stdout.splitlines()[-1])["certificate"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pikepdf.open(file) as opened:
        assert len(opened.pages) == 1
    evidence = measured.store().evidence
    row, told = evidence.record(id), evidence.record(f"act:outages.certify:{id}")
    assert row is not None
    assert told is not None
    assert row.kind == EvidenceKind.OUTAGE_CERTIFICATE
    assert measured.store().log.index_of(id) is not None
    made = OutageCertificate.of(evidence.payload(row.payload_digest))
    assert (len(made.outages.gaps), len(made.outages.endpoints)) == (2, 1)
    assert json.loads(evidence.payload(told.payload_digest))["reason"] == PURPOSE
    again = run(measured, *asked, "--reason", PURPOSE)
    assert isinstance(again.exception, GatewayError)
    assert again.exception.code == "certificate.file"


def test_a_time_that_is_none_is_refused(measured: Installation) -> None:
    for begin, end in ((1.0, 2.0), (-2.0, -3.0)):
        done = run(measured, "outages", "--from", since(measured, begin), "--to", since(measured, end))
        assert isinstance(done.exception, GatewayError)
        assert done.exception.code == "outages.range"
