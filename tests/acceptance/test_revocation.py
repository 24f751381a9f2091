"""What an operator sees when the judiciary's certificate is revoked, and what an auditor does."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.sandbox.pki.devlists import DevelopmentAuthorities
from gateway.runtime.clock import system_clock

from .conftest import Program

pytestmark = pytest.mark.slow


def test_a_certificate_is_revoked(court: Path, program: Program, tmp_path: Path) -> None:
    config, certificate = court / "gateway.toml", court / "pki" / "judiciary" / "transport.crt.pem"
    told = program.json("keys", "revocation", "fetch", "-c", config)
    assert (told["requirement"], len(told["lists"]), told["errors"]) == ("require", 4, [])

    program("sandbox", "revoke", "--dir", court, certificate, "--reason", "keyCompromise")
    authority = DevelopmentAuthorities(court / "pki")
    (tmp_path / "new.crl").write_bytes(authority.list_of("judiciary-issuing", system_clock()))
    told = program.json("keys", "revocation", "import", tmp_path / "new.crl", "-c", config, check=1)
    assert ["revocation.revoked" in error for error in told["errors"]] == [True]

    for name in ("dispatch", "rescue", "receipts"):
        stopped = program.json("run-once", name, "-c", config, check=1)[name]
        assert any("revocation.revoked" in error for error in stopped["errors"])
    found = program.json("check", "-c", config, check=1)
    assert (found["revocation"]["code"], found["endpoint"]["code"]) == ("revocation.revoked", "verify.revoked")

    # Everything in the archive was signed before.
    trust = court / "pki" / "anchors"
    (trust / "new.crl").write_bytes((tmp_path / "new.crl").read_bytes())
    assert (
        program.json("archive", "verify", court / "archive", "--trust", trust)["verdicts"]["11 revocation"] == "PASSED"
    )


def test_an_archive_whose_receipts_were_signed_with_a_revoked_certificate(
    court: Path, program: Program, tmp_path: Path
) -> None:
    certificate = court / "pki" / "judiciary" / "receipts.crt.pem"
    program("sandbox", "revoke", "--dir", court, certificate, "--at", "2026-01-01T00:00:00Z")
    trust = court / "pki" / "anchors"
    der = DevelopmentAuthorities(court / "pki").list_of("judiciary-issuing", system_clock())
    (trust / "judiciary-issuing.crl").write_bytes(der)
    told = program.json("archive", "verify", court / "archive", "--trust", trust, check=1)
    assert told["verdicts"]["11 revocation"] == "FAILED"
    assert told["verdicts"]["7 signature"] == "PASSED"
    assert any("revoked 2026-01-01T00:00:00.000000Z" in finding["reason"] for finding in told["findings"])
