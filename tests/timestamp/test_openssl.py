"""Tokens of ours as `openssl` sees them, and its own as we do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha1, sha256, sha512
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.asn1 import decode_der, encode_der
from cryptography.x509 import ObjectIdentifier

from adapters.timestamp import tsp
from adapters.timestamp.token import verify_token
from gateway.archive.timestamping import TimeStamp, TokenRefused

from .authorities import (
    CODE_SIGNING,
    DATA,
    DIGEST,
    NOW,
    TIME_STAMPING,
    Holder,
    good,
    holder,
    query,
    root,
    rsa_key,
    stamper,
    token,
    token_of,
)
from .forge import read, resigned
from .openssl import OpensslAuthority, believes, needs_openssl, page, run

pytestmark = needs_openssl

TODAY = datetime.now(UTC)
"""openssl takes no time from us."""

Maker = Callable[..., OpensslAuthority]


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    def made(own: Holder | None = None, **named: object) -> OpensslAuthority:
        folder = tmp_path / f"tsa-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        return OpensslAuthority(own=own or valid("Valid"), folder=folder, **named)  # type: ignore[arg-type]

    return made


def valid(name: str, issuer: Holder | None = None, **named: object) -> Holder:
    """A holder whose certificate is valid today."""
    period = {"start": TODAY - timedelta(days=20), "end": TODAY + timedelta(days=20)}
    return holder(name, issuer or today(), **period | named)  # type: ignore[arg-type]


def today(name: str = "Today's root") -> Holder:
    return holder(name, authority=True, start=TODAY - timedelta(days=30), end=TODAY + timedelta(days=30))


ROOT = today()


def under(name: str, **named: object) -> Holder:
    return valid(name, ROOT, **named)


def judged(octets: bytes, digest: bytes = DIGEST, anchor: Holder = ROOT, **asked: object) -> TimeStamp:
    return verify_token(octets, digest, [anchor.certificate], **asked)  # type: ignore[arg-type]


def refused(octets: bytes, digest: bytes = DIGEST, anchor: Holder = ROOT, **asked: object) -> str:
    with pytest.raises(TokenRefused) as refusal:
        judged(octets, digest, anchor, **asked)
    return refusal.value.code


# ours, as openssl sees them


@pytest.fixture(params=["ec-p256", "rsa-2048"])
def own(request: pytest.FixtureRequest) -> Holder:
    issuing = under("Issuing", authority=True)
    return valid("Ours", issuing, **{"key": rsa_key("ours")} if request.param == "rsa-2048" else {})


def test_openssl_believes_our_token_and_not_with_other_data(own: Holder, tmp_path: Path) -> None:
    made = token(own, TODAY)
    assert believes(tmp_path, made, ROOT)
    assert not believes(tmp_path, made, ROOT, data=DATA + b"\n")
    assert not believes(tmp_path, made, today("Another root"))


def test_openssl_refuses_our_token_with_a_byte_changed(own: Holder, tmp_path: Path) -> None:
    made = token(own, TODAY)
    data = read(made)
    signer = data.signers.as_list()[0]
    info = made.index(data.content.content)
    places = {
        "time": made.index(TODAY.strftime("%Y%m%d%H%M").encode()) + 11,
        "digest": made.index(DIGEST, info) + 5,
        "message digest": made.index(sha256(data.content.content).digest()) + 5,
        "certificate's digest": made.index(sha256(own.chain[0]).digest()) + 5,
        "signature": made.index(signer.signature) + len(signer.signature) - 1,
    }
    for place, position in places.items():
        changed = bytearray(made)
        changed[position] ^= 1
        assert not believes(tmp_path, bytes(changed), ROOT), place
        assert refused(bytes(changed)).startswith("time."), place


def test_openssl_believes_at_its_time_what_has_expired_since(tmp_path: Path) -> None:
    """The page's own time is the token's."""
    ended = {"start": NOW - timedelta(days=1), "end": NOW + timedelta(days=1)}
    past = holder("Past root", authority=True, **ended)
    made = token(holder("Past", past, **ended), NOW)
    assert judged(made, anchor=past).time == NOW.replace(microsecond=123000)
    assert not believes(tmp_path, made, past)
    assert believes(tmp_path, made, past, heading="After the authority's certificate has expired")


def test_openssl_prints_what_our_token_says(tmp_path: Path) -> None:
    made = token(good())
    (tmp_path / "token.der").write_bytes(made)
    done = page("Contents of a token", tmp_path)
    assert done.returncode == 0, done.stderr
    serial = verify_token(made, DIGEST, [root().certificate]).serial
    for said in ("Feb  3 09:30:15.123 2026 GMT", "1.3.6.1.4.1.32473.1.3161", "Hash Algorithm: sha256", "subject=CN"):
        assert said in done.stdout
    assert f"{serial:X}" in done.stdout


# openssl's, as we see them


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("keys", ["ec-p256", "rsa-2048"])
def test_a_token_of_openssl_is_believed(make: Maker, named: bool, keys: str) -> None:
    issuing = under("Issuing", authority=True)
    own = valid("Theirs", issuing, **{"key": rsa_key("theirs")} if keys == "rsa-2048" else {})
    made = token_of(make(own, named=named).answer(query()))
    stamp = judged(made, nonce=7, policy="1.2.3.4.1")
    assert stamp.accuracy == timedelta(seconds=1, milliseconds=500, microseconds=100)
    assert (stamp.authority, stamp.policy) == ("CN=Theirs", "1.2.3.4.1")


# A serial number that is no longer positive makes cryptography warn.
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_a_token_of_openssl_is_refused_with_any_octet_changed(make: Maker) -> None:
    made = token_of(make(under("Theirs")).answer(query()))
    for position in range(len(made)):
        changed = bytearray(made)
        changed[position] ^= 0xFF
        assert refused(bytes(changed)).startswith("time."), position


def test_openssl_names_certificates_by_sha_512_if_asked(make: Maker) -> None:
    assert judged(token_of(make(under("Theirs"), ess="sha512").answer(query())))


def test_a_certificate_that_openssl_names_by_sha_1(make: Maker) -> None:
    assert refused(token_of(make(under("Theirs"), ess="sha1").answer(query()))) == "time.signing-certificate"


def test_another_root(make: Maker) -> None:
    assert refused(token_of(make(under("Theirs")).answer(query())), anchor=today("Another")) == "time.untrusted"


def test_an_authority_below_the_root_may_be_the_anchor(tmp_path: Path) -> None:
    issuing = under("Issuing", authority=True)
    own = valid("Ours", issuing)
    made = token_of(stamper(own, TODAY, chain=own.chain[:1]).answer(query()))
    assert judged(made, anchor=issuing)
    assert refused(made) == "time.untrusted"
    assert not believes(tmp_path, made, issuing)
    verify = ("ts", "-verify", "-data", "data", "-in", "token.der", "-token_in", "-CAfile", "root.pem")
    assert b"Verification: OK" in run(tmp_path, *verify, "-partial_chain")


def test_another_digest(make: Maker) -> None:
    made = token_of(make(under("Theirs")).answer(query(sha256(b"other").digest())))
    assert refused(made) == "time.imprint"


def test_another_nonce(make: Maker) -> None:
    assert refused(token_of(make(under("Theirs")).answer(query(nonce=8))), nonce=7) == "time.nonce"
    assert refused(token_of(make(under("Theirs")).answer(query(nonce=None))), nonce=7) == "time.nonce"


def test_another_policy(make: Maker) -> None:
    assert refused(token_of(make(under("Theirs")).answer(query())), policy="1.2.3.4.5") == "time.policy"


@pytest.mark.parametrize(
    ("oid", "digest"),
    [("1.3.14.3.2.26", sha1(DATA).digest()), ("2.16.840.1.101.3.4.2.3", sha512(DATA).digest())],
    ids=["SHA-1", "SHA-512"],
)
def test_a_digest_of_another_kind(make: Maker, tmp_path: Path, oid: str, digest: bytes) -> None:
    """It is right, and openssl says so."""
    imprint = tsp.Imprint(algorithm=tsp.Algorithm(oid=ObjectIdentifier(oid)), digest=digest)
    made = token_of(make(under("Theirs")).answer(_asked(imprint=imprint)))
    assert believes(tmp_path, made, ROOT)
    assert refused(made, digest) == "time.imprint-algorithm"


def test_a_token_without_certificates(make: Maker) -> None:
    made = token_of(make(under("Theirs")).answer(query(certificates=False)))
    assert refused(made) == "time.certificate-missing"


def test_a_token_that_is_cut_off(make: Maker) -> None:
    made = token_of(make(under("Theirs")).answer(query()))
    assert {refused(made[:length]) for length in (0, 1, 3, 100, len(made) // 2, len(made) - 1)} == {"time.truncated"}


# made by `openssl cms`, which signs with any certificate


def _info(make: Maker, *, named: bool = False) -> bytes:
    """The TSTInfo of a good token; ``named``: with its authority's name in it."""
    return read(token_of(make(under("Theirs"), named=named).answer(query()))).content.content


def test_openssl_cms_makes_good_tokens_too(make: Maker, tmp_path: Path) -> None:
    made = make(under("Signer")).signed(_info(make), "-cades")
    assert judged(made)
    assert judged(make(under("Signer")).signed(_info(make), "-cades", "-keyid"))
    assert believes(tmp_path, made, ROOT)


@pytest.mark.parametrize(
    "purposes", [None, (CODE_SIGNING,), (TIME_STAMPING, CODE_SIGNING)], ids=["none", "another", "a second"]
)
def test_a_certificate_for_other_purposes(
    make: Maker, tmp_path: Path, purposes: tuple[ObjectIdentifier, ...] | None
) -> None:
    made = make(under("Signer", purposes=purposes)).signed(_info(make), "-cades")
    assert not believes(tmp_path, made, ROOT)
    assert refused(made) == "time.purpose"


def test_a_purpose_that_is_not_critical(make: Maker, tmp_path: Path) -> None:
    made = make(under("Signer", critical=False)).signed(_info(make), "-cades")
    assert not believes(tmp_path, made, ROOT)
    assert refused(made) == "time.purpose-not-critical"


def test_a_certificate_that_had_expired_before(make: Maker, tmp_path: Path) -> None:
    made = make(under("Signer", end=TODAY - timedelta(hours=1))).signed(_info(make), "-cades")
    assert not believes(tmp_path, made, ROOT)
    assert refused(made) == "time.certificate-validity"


def test_a_certificate_that_was_issued_with_sha_1(make: Maker, tmp_path: Path) -> None:
    for name, octets in (("own.pem", under("Signer").pem), ("ca.pem", ROOT.pem), ("ca.key", ROOT.key_pem)):
        (tmp_path / name).write_bytes(octets)
    run(tmp_path, "x509", "-in", "own.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-sha1", "-out", "weak.pem")
    weak = replace(under("Signer"), certificate=x509.load_pem_x509_certificate((tmp_path / "weak.pem").read_bytes()))
    made = make(weak).signed(_info(make), "-cades")
    assert refused(made) == "time.untrusted"


def test_ber_is_refused_though_openssl_reads_it(make: Maker, tmp_path: Path) -> None:
    made = make(under("Signer")).signed(_info(make), "-cades", "-stream")
    assert made[:2] == b"\x30\x80"
    assert believes(tmp_path, made, ROOT)
    assert refused(made) == "time.encoding"


def test_two_signers(make: Maker, tmp_path: Path) -> None:
    second = make(under("Second"))
    second.signed(_info(make))
    extra = ("-signer", str(second.folder / "own.pem"), "-inkey", str(second.folder / "own.key"))
    made = make(under("Signer")).signed(_info(make), "-cades", *extra)
    assert not believes(tmp_path, made, ROOT)
    assert refused(made) == "time.signers"


def test_a_signer_who_names_no_certificate(make: Maker, tmp_path: Path) -> None:
    made = make(under("Signer")).signed(_info(make))
    assert not believes(tmp_path, made, ROOT)
    assert refused(made) == "time.signing-certificate"


def test_an_authority_of_another_name(make: Maker, tmp_path: Path) -> None:
    made = make(under("Signer")).signed(_info(make, named=True), "-cades")
    assert not believes(tmp_path, made, ROOT)
    assert refused(made) == "time.signing-certificate"


def test_no_signed_attributes(make: Maker) -> None:
    assert refused(make(under("Signer")).signed(_info(make), "-noattr")) == "time.encoding"


def test_pss_is_told_by_its_name(make: Maker) -> None:
    own = under("Signer", key=rsa_key("theirs"))
    assert refused(make(own).signed(_info(make), "-cades", "-keyopt", "rsa_padding_mode:pss")) == "time.algorithm"


def test_a_signed_content_that_is_no_time_stamp(make: Maker) -> None:
    assert refused(make(under("Signer")).signed(b"hello", "-cades")) == "time.encoding"


def test_what_the_forger_signs_is_good_but_for_its_fault(tmp_path: Path) -> None:
    """So that the refusals in the tests of tokens are for the faults that they name."""
    own = under("Forger")
    made = resigned(token(own, TODAY), own, info=lambda info: replace(info, serial=12))
    assert believes(tmp_path, made, ROOT)
    assert judged(made).serial == 12


def _asked(**changed: object) -> bytes:
    return encode_der(replace(decode_der(tsp.Request, query()), **changed))
