"""Judgement of signed content: facts come from `adapters/crypto`, verdicts from the policies here.

The order of all checks, from octets to verdict, is in `adapters/crypto/xml/signature_verifier.py`; those below are its
last part. Nothing here reaches the network, a file or a clock: octets were read and the time is passed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from gateway.notice.profile_version import SpokenProfile
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError


class Rejection(GatewayError):
    """Signed octets failed verification; ``code`` begins with ``verify.``. Verification raises nothing else."""

    literal_name = "Rejection"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerFacts:
    """Certificate of the signer; ``thumbprint`` is ``sha256:…`` of its DER."""

    thumbprint: str
    subject: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Believed content: ``claims`` by their names, and the time at which its evidence was signed or received."""

    claims: Mapping[str, str] = field(repr=False)
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts(Statement):
    """Content of a valid signature.

    ``covered`` maps the name of a part (``Body``, ``Timestamp``, ``Notice``, ``Receipt``, …) to its exclusive-C14N
    octets: nothing else of the message may be read. ``claims`` are the plain child elements of a covered document.
    ``replay_key`` is SHA-256 over canonical SignedInfo and certificate.
    """

    covered: Mapping[str, bytes] = field(repr=False)
    signer: SignerFacts
    expires_at: datetime | None
    replay_key: str


BY_CONNECTION: Final = "brought by the pinned connection alone"
"""Mark among the checks of a message that no signature proves: a TLS connection with pinned anchors brought it."""

ELEMENT_OF_SIGNED: Final = "element of a signed answer"
ELEMENT_OF_ANSWER: Final = "element of an answer"
STATUS_OF_ANSWER: Final = "status of an answer"
"""Marks in the record of a receipt without a signature of its own: what it is of the message that carried it."""

UNSEEN_SEAL: Final = "the judiciary never saw the seal"
"""Mark in a receipt's record if the profile keeps seals here; auditors look for it."""

UNNAMED_SEAL: Final = "the receipt names no seal"
"""Mark in the record of a receipt whose form cannot name a seal, although the judiciary may have seen it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Verified facts, and the names of the checks that they ``passed``.

    ``profile`` is the one by which they were read; ``is_earlier``: it is no longer in force. ``unnamed`` is the mark of
    a receipt that names no seal. ``carried_by`` is the id of the record of the message that proves it, if it has no
    signature of its own.
    """

    facts: Statement
    passed: Sequence[str]
    profile: SpokenProfile | None = None
    is_earlier: bool = False
    unnamed: str = UNSEEN_SEAL
    carried_by: str | None = None


class Policy(Protocol):
    """Condition on facts. ``check`` returns the names of its checks, or raises `Rejection`."""

    def check(self, facts: Facts) -> list[str]: ...


class AllOf:
    """Conjunction of policies; an empty one is refused."""

    def __init__(self, *policies: Policy) -> None:
        self._policies = policies

    def check(self, facts: Facts) -> list[str]:
        if not self._policies:
            raise Rejection("verify.coverage", detail="no policy was given")
        return [passed for policy in self._policies for passed in policy.check(facts)]


@dataclass(frozen=True, slots=True)
class IssuedBy:
    """Policy: the signer is one of these certificates (by thumbprint)."""

    thumbprints: frozenset[str]

    def check(self, facts: Facts) -> list[str]:
        if facts.signer.thumbprint not in self.thumbprints:
            raise Rejection("verify.unknown-certificate", detail=facts.signer.thumbprint)
        return [f"issued by {facts.signer.subject}"]


class Covers:
    """Policy: the signature covers each of these parts."""

    def __init__(self, *parts: str) -> None:
        self._parts = parts

    def check(self, facts: Facts) -> list[str]:
        missing = [part for part in self._parts if part not in facts.covered]
        if missing or not self._parts:
            raise Rejection("verify.coverage", detail=f"not signed: {', '.join(missing) or 'anything'}")
        return [f"covers {part}" for part in self._parts]


@dataclass(frozen=True, slots=True)
class Fresh:
    """Policy for a message: made at most ``window`` ago, not expired, under a valid certificate.

    Clocks may differ by ``skew``.
    """

    now: datetime
    window: timedelta = timedelta(seconds=300)
    skew: timedelta = timedelta(seconds=60)

    def check(self, facts: Facts) -> list[str]:
        detail = f"created {timestamp(facts.signed_at)}, received {timestamp(self.now)}"
        # Two codes: an old message remains old, one from the future may be accepted later.
        if facts.signed_at > self.now + self.skew:
            raise Rejection("verify.not-yet", detail=detail)
        if self.now - facts.signed_at > self.window + self.skew:
            raise Rejection("verify.stale", detail=detail)
        if facts.expires_at is None or self.now > facts.expires_at + self.skew:
            until = "never" if facts.expires_at is None else timestamp(facts.expires_at)
            raise Rejection("verify.expired", detail=f"expires {until}, received {timestamp(self.now)}")
        _within_validity(facts.signer, self.now)
        return ["fresh", "certificate valid now"]


@dataclass(frozen=True, slots=True)
class CertificateValid:
    """Policy: the signer's certificate is valid ``now``."""

    now: datetime

    def check(self, facts: Facts) -> list[str]:
        _within_validity(facts.signer, self.now)
        return ["certificate valid now"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Policy for an answer: it relates to the request, and has the action that answers it."""

    message_id: str
    action: str

    def check(self, facts: Facts) -> list[str]:
        if facts.claims.get("RelatesTo") != self.message_id or facts.claims.get("Action") != self.action:
            raise Rejection("verify.relates-to", detail=f"an answer to {facts.claims.get('RelatesTo')}")
        return ["answers our request"]


@dataclass(frozen=True, slots=True)
class SignedInPast:
    """Policy for a document: signed before ``now`` (clocks may differ by ``skew``), while its certificate was valid."""

    now: datetime
    skew: timedelta = timedelta(seconds=60)

    def check(self, facts: Facts) -> list[str]:
        if facts.signed_at > self.now + self.skew:
            raise Rejection(
                "verify.signing-time", detail=f"signed {timestamp(facts.signed_at)}, read {timestamp(self.now)}"
            )
        _within_validity(facts.signer, facts.signed_at)
        return ["signed in the past", "certificate valid at the time of signing"]


@dataclass(frozen=True, slots=True)
class About:
    """Policy for a receipt: it names this notice, and the digest of the seal that we sent."""

    reference: str
    seal_digest: str

    def check(self, facts: Statement) -> list[str]:
        if facts.claims.get("Reference") != self.reference:
            raise Rejection("verify.about", where=self.reference, detail="another reference")
        if facts.claims.get("SealDigest") != self.seal_digest:
            raise Rejection("verify.about", where=self.reference, detail="another seal's digest")
        return ["about this notice", "about this seal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutForgotten:
    """Policy for a receipt of a notice whose sending is forgotten here.

    It names the notice, and the number that the judiciary gave in an inquiry; None if a person decided instead. The
    sent seal is lost; the present one was never sent.
    """

    reference: str
    tracking_number: str | None

    def check(self, facts: Statement) -> list[str]:
        if facts.claims.get("Reference") != self.reference:
            raise Rejection("verify.about", where=self.reference, detail="another reference")
        if self.tracking_number is None:
            return ["about this notice", "a person decided that it was sent (the seal that was sent is forgotten)"]
        if facts.claims.get("TrackingNumber") != self.tracking_number:
            raise Rejection("verify.about", where=self.reference, detail="another seal's digest, and another number")
        return ["about this notice", "about the number that was told when asked (the seal that was sent is forgotten)"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutNumber:
    """Policy for a receipt that names no seal: it names the notice and the judiciary's number.

    ``tracking_number`` is None if there is none and will be none. Then the reference, which is ours alone, identifies
    the notice. ``mark`` says why there is no seal.
    """

    reference: str
    tracking_number: str | None
    mark: str = UNSEEN_SEAL

    def check(self, facts: Statement) -> list[str]:
        if facts.claims.get("Reference") != self.reference:
            raise Rejection("verify.about", where=self.reference, detail="another reference")
        if self.tracking_number is None:
            return ["about this notice", self.mark]
        if facts.claims.get("TrackingNumber") != self.tracking_number:
            raise Rejection("verify.about", where=self.reference, detail="another number")
        return ["about this notice", "about the number that was told", self.mark]


def _within_validity(signer: SignerFacts, moment: datetime) -> None:
    if not signer.not_before <= moment <= signer.not_after:
        raise Rejection(
            "verify.certificate-validity",
            where=signer.subject,
            detail=f"valid {timestamp(signer.not_before)} to {timestamp(signer.not_after)},"
            f" needed at {timestamp(moment)}",
        )
