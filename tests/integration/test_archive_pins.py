"""`archive pins` writes what auditors pin; it never takes an earlier pin away."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.sandbox.pki.devpki import generate
from adapters.shipped.resources import CONFIG
from adapters.verifier.trust.pins import Pins, Use
from tests.unit.crypto.samples import plan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    generate(tmp_path / "pki", plan("ec-p256"), datetime.now(UTC))
    text = (CONFIG / "demo.toml").read_text(encoding="utf-8")
    (tmp_path / "gateway.toml").write_text(text, encoding="utf-8")
    return tmp_path


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def end_of(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificates(path.read_bytes())[0]


def test_archive_pins_writes_each_signer_and_keeps_those_of_before(folder: Path) -> None:
    trust, config = folder / "trust", ("--config", folder / "gateway.toml")
    receipts = folder / "pki" / "judiciary" / "receipts.crt.pem"
    reported = run("archive", "pins", trust, *config)
    assert "SHA-256" in reported
    assert Pins.of(trust).certificates(Use.RECEIPTS, "sandbox") == [end_of(receipts)]
    seal = folder / "pki" / "municipality" / "seal-article-100.crt.pem"
    first = end_of(seal)
    assert Pins.of(trust).certificates(Use.SEALS, "article-100") == [first]
    assert "all of them are in" in run("archive", "pins", trust, *config)
    shutil.copy(folder / "pki" / "municipality" / "seal-article-77.crt.pem", seal)
    run("archive", "pins", trust, *config)
    assert set(Pins.of(trust).certificates(Use.SEALS, "article-100")) == {first, end_of(seal)}
