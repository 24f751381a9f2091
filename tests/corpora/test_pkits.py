"""Certificate paths of NIST's PKITS, and every other certificate of the same package, brought to onboarding."""

from __future__ import annotations

import base64
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509

from adapters.crypto.keys.partner import load_partner
from gateway.runtime.errors import GatewayError

from .archives import files

ANCHOR = "TrustAnchorRootCertificate"
DIFFERENCES = tomllib.loads(Path(__file__).with_name("pkits-differences.toml").read_text())["difference"]
NAMED_FOR_NEITHER = frozenset(f"DifferentPoliciesTest{number}EE" for number in (4, 5, 7, 8, 9, 12))
"""A certificate is named for the result that the suite expects. Of those that are not, these must be refused."""

# cryptography announces what it will refuse one day; such certificates are what these tests are about.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
Onboard = Callable[..., str]


@pytest.fixture
def onboard(tmp_path: Path) -> Onboard:
    """Return ``valid``, or the code of the refusal."""

    def onboard(certificates: list[bytes], anchor: bytes) -> str:
        (tmp_path / "partner.pem").write_bytes(b"".join(certificates))
        (tmp_path / "anchor.pem").write_bytes(anchor)
        try:
            load_partner("partner", [tmp_path / "partner.pem"], [tmp_path / "anchor.pem"])
        except GatewayError as error:
            return error.code
        return "valid"

    return onboard


@pytest.mark.long
def test_paths_end_as_the_suite_says_or_as_we_explain(
    onboard: Onboard, record_property: Callable[[str, object], None]
) -> None:
    """Each end certificate comes with every authority of the suite: what leads nowhere finds no way by any of them."""
    certificates = pkits()
    authorities = [pem(der) for name, der in certificates.items() if "Test" not in name and is_authority(der)]
    explained = {name: difference for difference in DIFFERENCES for name in difference["tests"]}
    differing, table = set(), Counter[str]()
    for name in (name for name in certificates if "Test" in name):
        expected = "invalid" if name.startswith("Invalid") or name in NAMED_FOR_NEITHER else "valid"
        ours = onboard([pem(certificates[name]), *authorities], pem(certificates[ANCHOR]))
        assert ours in ("valid", "certificate.untrusted", "key.algorithm", "key.unreadable")
        why = "as expected"
        if (ours == "valid") != (expected == "valid"):
            differing.add(name)
            assert name in explained, f"{name}: {ours}, and the suite says {expected}"
            assert explained[name]["expected"] == expected
            why = explained[name]["why"]
        table[f"{expected:8} {ours:22} {why}"] += 1
    assert differing == explained.keys()
    lines = [f"{count:5}  {row}" for row, count in sorted(table.items())]
    record_property("table", "\n".join(["tests  PKITS    ours", *lines]))


def test_whatever_a_certificate_holds_it_is_taken_or_refused(
    onboard: Onboard, record_property: Callable[[str, object], None]
) -> None:
    """Malformed, exotic and ordinary ones, each as its own anchor, so that all of it is read."""
    table: Counter[str] = Counter()
    for name, octets in files("cryptography_vectors-*.whl", "cryptography_vectors/x509/").items():
        if name.endswith((".pem", ".der", ".crt")) and b"-----BEGIN CERTIFICATE REQUEST" not in octets:
            own = octets if b"-----BEGIN" in octets else pem(octets)
            table[onboard([own], own)] += 1
    assert table["valid"] > 200
    record_property("table", "\n".join(f"{count:5}  {code}" for code, count in sorted(table.items())))


def pkits() -> dict[str, bytes]:
    """The suite's certificates in DER, by name."""
    found = files("cryptography_vectors-*.whl", "cryptography_vectors/x509/PKITS_data/certs/")
    return {name.removesuffix(".crt"): der for name, der in found.items()}


def pem(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


def is_authority(der: bytes) -> bool:
    try:
        extensions = x509.load_der_x509_certificate(der).extensions
        return extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, x509.ExtensionNotFound):
        return False
