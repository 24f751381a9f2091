"""The `openssl` program reads the lists of the development authorities, and judges by them as we do."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from adapters.crypto.keys.certificate import read_pem
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.keys.revocation_list import read_list
from adapters.sandbox.pki.devlists import DevelopmentAuthorities
from adapters.sandbox.pki.devpki import generate
from gateway.trust.revocation_status import Revocation, RevocationLists, Standing
from tests import debian
from tests.unit.crypto.samples import plan

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)

pytestmark = debian.needs("openssl")


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One in which the judiciary's transport certificate was revoked an hour ago."""
    directory = tmp_path_factory.mktemp("revocation") / "pki"
    generate(directory, plan("ec-p256"), NOW - 2 * HOUR)
    entry = Revocation(at=NOW - HOUR, reason="keyCompromise", invalid_from=NOW - 3 * HOUR / 2)
    certificate = read_pem(directory / "judiciary" / "transport.crt.pem")[0]
    assert DevelopmentAuthorities(directory).revoke(certificate, entry) == "judiciary-issuing"
    return directory


def openssl(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)


def written(pki: Path, folder: Path, at: datetime = NOW) -> list[Path]:
    """The two lists of the judiciary's authorities as files."""
    authorities = DevelopmentAuthorities(pki)
    paths = []
    for name in ("judiciary-root", "judiciary-issuing"):
        paths.append(folder / f"{name}.crl")
        paths[-1].write_bytes(authorities.list_of(name, at))
    return paths


def test_openssl_reads_and_verifies_a_list(pki: Path, tmp_path: Path) -> None:
    _, path = written(pki, tmp_path)
    issuer = pki / "authorities" / "judiciary-issuing.crt.pem"
    reported = openssl("crl", "-inform", "DER", "-in", path, "-noout", "-text", "-CAfile", issuer)
    assert "verify OK" in reported.stderr
    serial = f"{read_pem(pki / 'judiciary' / 'transport.crt.pem')[0].serial_number:X}"
    for expected in (serial, "Key Compromise", "Invalidity Date", "X509v3 CRL Number", "Authority Key Identifier"):
        assert expected in reported.stdout
    wrong = openssl("crl", "-inform", "DER", "-in", path, "-noout", "-CAfile", pki / "anchors" / "time-root.pem")
    assert "verify OK" not in wrong.stderr


@pytest.mark.parametrize("name", ["transport", "receipts"])
def test_openssl_judges_a_certificate_as_we_do(pki: Path, tmp_path: Path, name: str) -> None:
    paths = written(pki, tmp_path)
    end, anchor = pki / "judiciary" / f"{name}.crt.pem", pki / "anchors" / "judiciary-root.pem"
    issuing = pki / "authorities" / "judiciary-issuing.crt.pem"
    both = [option for path in paths for option in ("-CRLfile", path)]
    reported = openssl("verify", "-crl_check_all", *both, "-CAfile", anchor, "-untrusted", issuing, end)
    partner = load_partner("judiciary", [end], [anchor])
    [member] = partner.members.values()
    lists = RevocationLists(read_list(path.read_bytes(), partner.authorities, path.name) for path in paths)
    ours = lists.now(member.links, NOW, timedelta()).standing
    assert (reported.returncode == 0) is (ours is Standing.GOOD) is (name == "receipts"), reported.stderr
    if name == "transport":
        assert "certificate revoked" in reported.stderr


def test_a_list_that_openssl_made_is_ours_to_read(pki: Path, tmp_path: Path) -> None:
    end, authorities = read_pem(pki / "judiciary" / "receipts.crt.pem")[0], pki / "authorities"
    (tmp_path / "index.txt").touch()
    (tmp_path / "number").write_text("2A\n")
    (tmp_path / "end.pem").write_bytes(end.public_bytes(Encoding.PEM))
    config = tmp_path / "ca.cnf"
    config.write_text(
        f"[ca]\ndefault_ca=own\n[own]\ndatabase={tmp_path}/index.txt\ncrlnumber={tmp_path}/number\n"
        f"certificate={authorities}/judiciary-issuing.crt.pem\nprivate_key={authorities}/judiciary-issuing.key.pem\n"
        "default_md=sha256\ndefault_crl_days=7\ncrl_extensions=ext\n[ext]\nauthorityKeyIdentifier=keyid\n",
        encoding="utf-8",
    )
    revoking = openssl("ca", "-config", config, "-revoke", tmp_path / "end.pem", "-crl_reason", "superseded")
    making = openssl("ca", "-config", config, "-gencrl", "-out", tmp_path / "made.pem")
    assert (revoking.returncode, making.returncode) == (0, 0), revoking.stderr + making.stderr
    made = openssl("crl", "-in", tmp_path / "made.pem", "-outform", "DER", "-out", tmp_path / "made.crl")
    assert made.returncode == 0
    issuer = read_pem(authorities / "judiciary-issuing.crt.pem")
    found = read_list((tmp_path / "made.crl").read_bytes(), issuer, "openssl")
    assert (found.number, [entry.reason for entry in found.revoked.values()]) == (42, ["superseded"])
    assert list(found.revoked) == [end.serial_number]
