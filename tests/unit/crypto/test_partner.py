"""Onboarding a partner: every certificate must lead to an anchor."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from adapters.crypto.keys.names import RSA_SHA256
from adapters.crypto.keys.partner import Partner, load_partner, partner_of
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection

from .certificates import Issued, ec_key, issue, rsa_key, write
from .samples import JudiciaryService

ROOT = issue("root", ca=True, path_length=1)
ISSUING = issue("issuing", ROOT, ca=True, path_length=0)
END = issue("end", ISSUING)


def load(folder: Path, *certificates: Issued, anchor: Issued = ROOT) -> Partner:
    """Load a partner from these certificates in one file."""
    file = write(folder / "partner.pem", *(issued.pem for issued in certificates))
    return load_partner("partner", [file], [write(folder / "anchor.pem", anchor.pem)])


def refusal(folder: Path, *certificates: Issued) -> tuple[str, str]:
    with pytest.raises(GatewayError) as error:
        load(folder, *certificates)
    return error.value.code, Path(error.value.where).name


def test_a_chain_to_an_anchor(tmp_path: Path) -> None:
    assert load(tmp_path, END, ISSUING)
    assert load(tmp_path, issue("direct", ROOT))
    assert load(tmp_path, END, anchor=ISSUING)


def test_the_links_of_a_chain_may_stand_in_any_of_the_files(tmp_path: Path) -> None:
    files = [
        write(tmp_path / "end.pem", END.pem),
        write(tmp_path / "other.pem", issue("direct", ROOT).pem, ISSUING.pem),
    ]
    partner = load_partner("partner", files, [write(tmp_path / "anchor.pem", ROOT.pem)])
    assert {certificate.subject for certificate in partner.certificates} == {"CN=end", "CN=direct"}


@pytest.mark.parametrize(
    "chain",
    [
        [END],
        [issue("end", issue("issuing", issue("root", ca=True, key=rsa_key("another root")), ca=True))],
        [issue("self-signed")],
        [issue("end", END), END, ISSUING],
        [issue("end", issue("deep", ISSUING, ca=True)), issue("deep", ISSUING, ca=True), ISSUING],
        [issue("enciphers", ROOT, signs=False)],
        [ISSUING],
    ],
    ids=["no issuer", "a root of the same name", "self-signed", "issued by an end certificate", "path too long",
         "may not sign", "no end certificate"],
)  # fmt: skip
def test_a_certificate_that_leads_to_no_anchor(tmp_path: Path, chain: list[Issued]) -> None:
    assert refusal(tmp_path, *chain) == ("certificate.untrusted", "partner.pem")


def test_without_anchors_no_certificate_is_trusted(tmp_path: Path) -> None:
    file = write(tmp_path / "partner.pem", END.pem)
    with pytest.raises(GatewayError) as error:
        load_partner("partner", [file], [])
    assert (error.value.code, error.value.detail) == ("certificate.untrusted", "no anchors are named")
    assert not partner_of("partner", [END.certificate], []).certificates


def test_keys_that_are_not_allowed(tmp_path: Path) -> None:
    for key in (ec.generate_private_key(ec.SECP384R1()), rsa_key("small", 1024)):
        assert refusal(tmp_path, issue("weak", ROOT, key=key)) == ("key.algorithm", "partner.pem")


def test_keys_on_p256_at_each_link_of_a_chain(tmp_path: Path) -> None:
    root = issue("root", ca=True, path_length=1, key=ec_key("root"))
    issuing = issue("issuing", root, ca=True, path_length=0, key=ec_key("issuing"))
    assert load(tmp_path, issue("end", issuing, key=ec_key("end")), issuing, anchor=root)
    assert load(tmp_path, issue("end", issuing), issuing, anchor=root)
    assert load(tmp_path, issue("end", ISSUING, key=ec_key("end")), ISSUING)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(GatewayError) as error:
        load_partner("partner", [tmp_path / "missing.pem"], [])
    assert error.value.code == "key.unreadable"


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        (bytes.fromhex("a003020102"), bytes.fromhex("a003020106"), "key.unreadable"),
        (b"\x0c\x03end", b"\x0c\x03\xffnd", "key.unreadable"),
        (bytes.fromhex("06092a864886f70d010101"), bytes.fromhex("06092a864886f70d01017f"), "key.algorithm"),
    ],
    ids=["version 7", "a subject that is no UTF-8", "a key of no known kind"],
)
def test_certificates_that_are_only_half_readable(tmp_path: Path, good: bytes, bad: bytes, code: str) -> None:
    """Their parts are parsed when they are asked for; whatever is wrong with one is known when the file is read."""
    der = issue("end").certificate.public_bytes(Encoding.DER)
    assert good in der
    text = base64.encodebytes(der.replace(good, bad)).decode("ascii")
    file = tmp_path / "end.pem"
    file.write_text(f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n")
    with pytest.raises(GatewayError) as error:
        load_partner("partner", [file], [file])
    assert error.value.code == code


def test_the_key_comes_from_the_registry(judiciary: JudiciaryService) -> None:
    ours = judiciary.transport.certificate.thumbprint
    member = judiciary.partner.member(ours)
    member.verify(b"octets", judiciary.transport.sign(b"octets"), RSA_SHA256)
    for octets, signature in (
        (b"other", judiciary.transport.sign(b"octets")),
        (b"octets", judiciary.stranger.sign(b"octets")),
        (b"octets", b""),
        (b"octets", b"x" * 5000),
    ):
        with pytest.raises(Rejection) as error:
            member.verify(octets, signature, RSA_SHA256)
        assert error.value.code == "verify.signature"
    with pytest.raises(Rejection) as error:
        judiciary.partner.member(judiciary.stranger.certificate.thumbprint)
    assert error.value.code == "verify.unknown-certificate"
