"""An operator and an auditor see that the judiciary's certificate is revoked."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.sandbox.pki.devlists import DevelopmentAuthorities
from gateway.runtime.clock import system_clock

from .conftest import Program

pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.mark.exhaustive(group="the whole program at length", keep=8)
def test_a_certificate_is_revoked(served_demo: Path, program: Program, tmp_path: Path) -> None:
    config, certificate = served_demo / "gateway.toml", served_demo / "pki" / "judiciary" / "transport.crt.pem"
    reported = program.json("keys", "revocation", "fetch", "-c", config)
    assert (reported["requirement"], len(reported["lists"]), reported["errors"]) == ("require", 4, [])

    program("sandbox", "revoke", "--dir", served_demo, certificate, "--reason", "keyCompromise")
    authority = DevelopmentAuthorities(served_demo / "pki")
    (tmp_path / "new.crl").write_bytes(authority.list_of("judiciary-issuing", system_clock()))
    reported = program.json("keys", "revocation", "import", tmp_path / "new.crl", "-c", config, check=1)
    assert ["revocation.revoked" in error for error in reported["errors"]] == [True]

    for name in ("dispatch", "rescue", "receipts"):
        stopped = program.json("run-once", name, "-c", config, check=1)[name]
        assert any("revocation.revoked" in error for error in stopped["errors"])
    found = program.json("check", "-c", config, check=1)
    assert (found["revocation"]["code"], found["endpoint"]["code"]) == ("revocation.revoked", "verify.revoked")

    # Everything in the archive was signed before.
    trust = served_demo / "pki" / "anchors"
    (trust / "new.crl").write_bytes((tmp_path / "new.crl").read_bytes())
    assert (
        program.json("archive", "verify", served_demo / "archive", "--trust", trust)["verdicts"]["11 revocation"]
        == "PASSED"
    )


def test_an_archive_whose_receipts_were_signed_with_a_revoked_certificate(
    served_demo: Path, program: Program, tmp_path: Path
) -> None:
    certificate = served_demo / "pki" / "judiciary" / "receipts.crt.pem"
    program("sandbox", "revoke", "--dir", served_demo, certificate, "--at", "2026-01-01T00:00:00Z")
    trust = served_demo / "pki" / "anchors"
    der = DevelopmentAuthorities(served_demo / "pki").list_of("judiciary-issuing", system_clock())
    (trust / "judiciary-issuing.crl").write_bytes(der)
    reported = program.json("archive", "verify", served_demo / "archive", "--trust", trust, check=1)
    assert reported["verdicts"]["11 revocation"] == "FAILED"
    assert reported["verdicts"]["7 signature"] == "PASSED"
    assert any("revoked 2026-01-01T00:00:00.000000Z" in finding["reason"] for finding in reported["findings"])
