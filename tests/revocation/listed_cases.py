"""Rows of the table in docs/operate/revocation.md, each with real certificates and lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from adapters.crypto.keys.partner import Partner, partner_of

T: Final = datetime(2026, 2, 3, 9, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EXPIRES: Final = T + 30 * DAY
POINT, OTHER_POINT = "http://crl.example/1.crl", "http://crl.example/2.crl"
EXPIRED_ON_LIST: Final = x509.ObjectIdentifier("2.5.29.60")
UNKNOWN_EXTENSION: Final = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x05\x00")

Extension = tuple[x509.ExtensionType, bool]
Key = ec.EllipticCurvePrivateKey


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def certificate(
    name: str, key: Key, issuer: str, issuer_key: Key, *, authority: bool, signs_lists: bool = True
) -> x509.Certificate:
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    uri = x509.DistributionPoint([x509.UniformResourceIdentifier(POINT)], None, None, None)
    extensions: list[Extension] = [
        (x509.BasicConstraints(ca=authority, path_length=None), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False),
        (x509.CRLDistributionPoints([uri]), False),
        (
            x509.KeyUsage(
                digital_signature=not authority,
                content_commitment=False,
                key_cert_sign=authority,
                crl_sign=authority and signs_lists,
                **usage,
            ),
            True,
        ),
    ]
    builder = x509.CertificateBuilder(
        issuer_name=named(issuer),
        subject_name=named(name),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=T - 30 * DAY,
        not_valid_after=EXPIRES if not authority else T + 300 * DAY,
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, SHA256())


ROOT_KEY, ISSUING_KEY, END_KEY, OTHER_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(4))
ROOT = certificate("root", ROOT_KEY, "root", ROOT_KEY, authority=True)
ISSUING = certificate("issuing", ISSUING_KEY, "root", ROOT_KEY, authority=True)
SIGNS_NO_LISTS = certificate("issuing", ISSUING_KEY, "root", ROOT_KEY, authority=True, signs_lists=False)
END = certificate("end", END_KEY, "issuing", ISSUING_KEY, authority=False)


def entry(
    at: datetime,
    reason: str | None = None,
    *,
    invalid: datetime | None = None,
    of: x509.Certificate = END,
    others: Sequence[Extension] = (),
) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder(of.serial_number, at)
    if reason is not None:
        builder = builder.add_extension(x509.CRLReason(x509.ReasonFlags(reason)), critical=False)
    if invalid is not None:
        builder = builder.add_extension(x509.InvalidityDate(invalid.replace(tzinfo=None)), critical=False)
    for extension, critical in others:
        builder = builder.add_extension(extension, critical)
    return builder.build()


def listed(
    at: datetime,
    *entries: x509.RevokedCertificate,
    days: int = 1,
    extensions: Sequence[Extension] = (),
    issuer: str = "issuing",
    key: Key = ISSUING_KEY,
    algorithm: Any = None,
) -> bytes:
    """A list (DER) that was issued at ``at`` and is in force for so many days."""
    builder = x509.CertificateRevocationListBuilder(named(issuer), at, at + days * DAY)
    for each in entries:
        builder = builder.add_revoked_certificate(each)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, algorithm or SHA256()).public_bytes(Encoding.DER)


def part(**of: object) -> list[Extension]:
    """An issuingDistributionPoint: what part of the authority's certificates a list is of."""
    usual: dict[str, Any] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return [(x509.IssuingDistributionPoint(**usual | of), True)]


def point(url: str) -> list[Extension]:
    return part(full_name=[x509.UniformResourceIdentifier(url)])


def keeps_expired_since(moment: datetime) -> list[Extension]:
    """The extension expiredCertsOnCRL (X.509, 9.5.2.8): a GeneralizedTime."""
    octets = moment.strftime("%Y%m%d%H%M%SZ").encode()
    return [(x509.UnrecognizedExtension(EXPIRED_ON_LIST, bytes([0x18, len(octets)]) + octets), False)]


def of_root(at: datetime, *entries: x509.RevokedCertificate) -> bytes:
    return listed(at, *entries, issuer="root", key=ROOT_KEY)


HELD = entry(T - 5 * DAY, "certificateHold")
CRITICAL: list[Extension] = [(UNKNOWN_EXTENSION, True)]
DELTA: list[Extension] = [(x509.DeltaCRLIndicator(1), True)]
OF_ANOTHER: list[Extension] = [(x509.CertificateIssuer([x509.DirectoryName(named("another"))]), True)]

PROVEN, KNOWN, UNKNOWN, REVOKED = (
    "believed",
    "believed, as far as was known",
    "verify.revocation-unknown",
    "verify.revoked",
)
PASSED, OPEN, FAILED = "PASSED", "INDETERMINATE", "FAILED"


@dataclass(frozen=True, slots=True)
class Case:
    """``online`` is what becomes of a receipt where lists are required, ``offline`` the verdict of both verifiers."""

    lists: Sequence[bytes]
    online: str
    offline: str
    root: Sequence[bytes] = field(default_factory=lambda: [of_root(T + DAY)])
    issuing: x509.Certificate = ISSUING

    @property
    def ders(self) -> list[bytes]:
        return [*self.lists, *self.root]

    @property
    def partner(self) -> Partner:
        return partner_of("partner", [END, self.issuing], [ROOT])


CASES: Final[dict[str, Case]] = {
    "no list": Case([], UNKNOWN, OPEN),
    "list issued after T": Case([listed(T + HOUR)], PROVEN, PASSED),
    "list issued at T": Case([listed(T)], PROVEN, PASSED),
    "list issued before T, in force at T": Case([listed(T - HOUR)], KNOWN, OPEN),
    "list issued before T, over by T": Case([listed(T - 3 * DAY)], UNKNOWN, OPEN),
    "revoked before T": Case([listed(T + HOUR, entry(T - HOUR, "superseded"))], REVOKED, FAILED),
    "revoked before T, told by a list that was issued before T": Case(
        [listed(T - HOUR, entry(T - DAY))], REVOKED, FAILED
    ),
    "revoked at T": Case([listed(T + HOUR, entry(T))], REVOKED, FAILED),
    "revoked after T": Case([listed(T + 2 * HOUR, entry(T + HOUR, "superseded"))], PROVEN, PASSED),
    "revoked after T, invalidityDate before T": Case(
        [listed(T + 2 * HOUR, entry(T + HOUR, "keyCompromise", invalid=T - HOUR))], REVOKED, FAILED
    ),
    "revoked after T, invalidityDate after T": Case(
        [listed(T + 3 * HOUR, entry(T + 2 * HOUR, "keyCompromise", invalid=T + HOUR))], PROVEN, PASSED
    ),
    "revoked before T, and on no later list": Case(
        [listed(T - HOUR, entry(T - DAY, "keyCompromise")), listed(T + DAY)], REVOKED, FAILED
    ),
    "on hold at T": Case([listed(T + HOUR, HELD)], REVOKED, FAILED),
    "on hold after T only": Case([listed(T + 2 * HOUR, entry(T + HOUR, "certificateHold"))], PROVEN, PASSED),
    "hold lifted in a list before T, and a list after T": Case(
        [listed(T - 4 * DAY, HELD), listed(T - 2 * DAY), listed(T + HOUR)], PROVEN, PASSED
    ),
    "hold lifted in a list before T that is the newest": Case(
        [listed(T - 4 * DAY, HELD), listed(T - HOUR)], KNOWN, OPEN
    ),
    "hold lifted in a list after T": Case([listed(T - HOUR, HELD), listed(T + HOUR)], REVOKED, FAILED),
    "hold that became a revocation after T": Case(
        [listed(T - HOUR, HELD), listed(T + HOUR, entry(T - 5 * DAY, "keyCompromise"))], REVOKED, FAILED
    ),
    "hold lifted before T, and set again before T": Case(
        [listed(T - 4 * DAY, HELD), listed(T - 3 * DAY), listed(T + HOUR, entry(T - DAY, "certificateHold"))],
        REVOKED,
        FAILED,
    ),
    "hold that only a list of another part lacks": Case(
        [listed(T - 4 * DAY, HELD), listed(T - 2 * DAY, extensions=point(OTHER_POINT)), listed(T + HOUR)],
        REVOKED,
        FAILED,
    ),
    "removeFromCRL in a whole list": Case([listed(T + HOUR, entry(T - DAY, "removeFromCRL"))], UNKNOWN, OPEN),
    "delta list": Case([listed(T + HOUR, extensions=DELTA)], UNKNOWN, OPEN),
    "delta list that revokes before T": Case([listed(T + HOUR, entry(T - HOUR), extensions=DELTA)], UNKNOWN, OPEN),
    "delta list that revokes before T, beside a whole list in force at T": Case(
        [listed(T - 2 * HOUR), listed(T + HOUR, entry(T - HOUR), extensions=DELTA)], KNOWN, OPEN
    ),
    "list of the distribution point that the certificate names": Case(
        [listed(T + HOUR, extensions=point(POINT))], PROVEN, PASSED
    ),
    "list of the distribution point that the certificate names, revoked before T": Case(
        [listed(T + HOUR, entry(T - HOUR), extensions=point(POINT))], REVOKED, FAILED
    ),
    "list of another distribution point": Case([listed(T + HOUR, extensions=point(OTHER_POINT))], UNKNOWN, OPEN),
    "list of a distribution point that is no URL": Case(
        [listed(T + HOUR, extensions=part(full_name=[x509.DirectoryName(named("issuing"))]))], UNKNOWN, OPEN
    ),
    "list of end certificates alone": Case(
        [listed(T + HOUR, extensions=part(only_contains_user_certs=True))], PROVEN, PASSED
    ),
    "list of authorities alone": Case([listed(T + HOUR, extensions=part(only_contains_ca_certs=True))], UNKNOWN, OPEN),
    "list of attribute certificates alone": Case(
        [listed(T + HOUR, extensions=part(only_contains_attribute_certs=True))], UNKNOWN, OPEN
    ),
    "list of some reasons": Case(
        [listed(T + HOUR, extensions=part(only_some_reasons=frozenset({x509.ReasonFlags.superseded})))], UNKNOWN, OPEN
    ),
    "indirect list": Case([listed(T + HOUR, extensions=part(indirect_crl=True))], UNKNOWN, OPEN),
    "entry of another issuer's certificate": Case(
        [listed(T + HOUR, entry(T - HOUR, others=OF_ANOTHER))], UNKNOWN, OPEN
    ),
    "list with an unknown critical extension": Case([listed(T + HOUR, extensions=CRITICAL)], UNKNOWN, OPEN),
    "entry with an unknown critical extension": Case(
        [listed(T + HOUR, entry(T - HOUR, others=CRITICAL))], UNKNOWN, OPEN
    ),
    "list issued after the certificate expired": Case([listed(EXPIRES + DAY)], UNKNOWN, OPEN),
    "list issued after the certificate expired, still on it": Case(
        [listed(EXPIRES + DAY, entry(T - HOUR))], REVOKED, FAILED
    ),
    "list issued after the certificate expired, with expiredCertsOnCRL since before": Case(
        [listed(EXPIRES + DAY, extensions=keeps_expired_since(T))], PROVEN, PASSED
    ),
    "list issued after the certificate expired, with expiredCertsOnCRL since later": Case(
        [listed(EXPIRES + 2 * DAY, extensions=keeps_expired_since(EXPIRES + DAY))], UNKNOWN, OPEN
    ),
    "list in the authority's name, by another key": Case([listed(T + HOUR, key=OTHER_KEY)], UNKNOWN, OPEN),
    "list of another authority": Case([listed(T + HOUR, entry(T - HOUR), issuer="root", key=ROOT_KEY)], UNKNOWN, OPEN),
    "list of an authority that may sign no lists": Case([listed(T + HOUR)], UNKNOWN, OPEN, issuing=SIGNS_NO_LISTS),
    "authority revoked before T": Case(
        [listed(T + HOUR)], REVOKED, FAILED, root=[of_root(T + HOUR, entry(T - HOUR, "cACompromise", of=ISSUING))]
    ),
    "authority revoked after T": Case(
        [listed(T + HOUR)], PROVEN, PASSED, root=[of_root(T + 2 * HOUR, entry(T + HOUR, "superseded", of=ISSUING))]
    ),
    "authority of which no list tells": Case([listed(T + HOUR)], UNKNOWN, OPEN, root=[]),
}
