"""Judging what was signed: facts come from `adapters/crypto`, verdicts from the policies here.

The order of all checks, from octets to verdict, is in `adapters/crypto/xml/signature_verifier.py`; those below are its
last part. Nothing here touches the network, a file or a clock: octets were read and the time is passed in.
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
    """Signed octets are not believed; ``code`` begins with ``verify.``. Nothing else leaves verification."""

    literal_name = "Rejection"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerFacts:
    """The certificate that made the signature; ``thumbprint`` is ``sha256:…`` of its DER."""

    thumbprint: str
    subject: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a valid signature says.

    ``covered`` maps the name of a part (``Body``, ``Timestamp``, ``Notice``, ``Receipt``, …) to its exclusive-C14N
    octets: nothing else of the message may be read. ``claims`` are the plain child elements of a covered document.
    ``replay_key`` is SHA-256 over canonical SignedInfo and certificate.
    """

    covered: Mapping[str, bytes] = field(repr=False)
    claims: Mapping[str, str] = field(repr=False)
    signer: SignerFacts
    signed_at: datetime
    expires_at: datetime | None
    replay_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Facts that are believed, and the checks that they ``passed``, by name. ``profile`` is by what they were read;
    ``is_earlier``: it is in force no longer."""

    facts: Facts
    passed: Sequence[str]
    profile: SpokenProfile | None = None
    is_earlier: bool = False


class Policy(Protocol):
    """One condition. ``check`` returns the names of what it checked, or raises `Rejection`."""

    def check(self, facts: Facts) -> list[str]: ...


class AllOf:
    """Every policy must hold; an empty list holds nothing and is refused."""

    def __init__(self, *policies: Policy) -> None:
        self._policies = policies

    def check(self, facts: Facts) -> list[str]:
        if not self._policies:
            raise Rejection("verify.coverage", detail="no policy was given")
        return [passed for policy in self._policies for passed in policy.check(facts)]


@dataclass(frozen=True, slots=True)
class IssuedBy:
    """The signer is one of these certificates (by thumbprint)."""

    thumbprints: frozenset[str]

    def check(self, facts: Facts) -> list[str]:
        if facts.signer.thumbprint not in self.thumbprints:
            raise Rejection("verify.unknown-certificate", detail=facts.signer.thumbprint)
        return [f"issued by {facts.signer.subject}"]


class Covers:
    """The signature covers each of these parts."""

    def __init__(self, *parts: str) -> None:
        self._parts = parts

    def check(self, facts: Facts) -> list[str]:
        missing = [part for part in self._parts if part not in facts.covered]
        if missing or not self._parts:
            raise Rejection("verify.coverage", detail=f"not signed: {', '.join(missing) or 'anything'}")
        return [f"covers {part}" for part in self._parts]


@dataclass(frozen=True, slots=True)
class Fresh:
    """A message: made at most ``window`` ago, not expired, under a valid certificate; clocks may differ by ``skew``."""

    now: datetime
    window: timedelta = timedelta(seconds=300)
    skew: timedelta = timedelta(seconds=60)

    def check(self, facts: Facts) -> list[str]:
        detail = f"created {timestamp(facts.signed_at)}, received {timestamp(self.now)}"
        # Not the same: what is too old stays so, what comes from the future may be believed later.
        if facts.signed_at > self.now + self.skew:
            raise Rejection("verify.not-yet", detail=detail)
        if self.now - facts.signed_at > self.window + self.skew:
            raise Rejection("verify.stale", detail=detail)
        if facts.expires_at is None or self.now > facts.expires_at + self.skew:
            until = "never" if facts.expires_at is None else timestamp(facts.expires_at)
            raise Rejection("verify.expired", detail=f"expires {until}, received {timestamp(self.now)}")
        _within_validity(facts.signer, self.now)
        return ["fresh", "certificate valid now"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """An answer: it relates to the very request that was made, and is of the action that answers it."""

    message_id: str
    action: str

    def check(self, facts: Facts) -> list[str]:
        if facts.claims.get("RelatesTo") != self.message_id or facts.claims.get("Action") != self.action:
            raise Rejection("verify.relates-to", detail=f"an answer to {facts.claims.get('RelatesTo')}")
        return ["answers our request"]


@dataclass(frozen=True, slots=True)
class SignedInPast:
    """A document: signed before ``now`` (clocks may differ by ``skew``), while its certificate was valid."""

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
    """A receipt: it names this notice, and the digest of the very seal that we sent."""

    reference: str
    seal_digest: str

    def check(self, facts: Facts) -> list[str]:
        if facts.claims.get("Reference") != self.reference:
            raise Rejection("verify.about", where=self.reference, detail="another reference")
        if facts.claims.get("SealDigest") != self.seal_digest:
            raise Rejection("verify.about", where=self.reference, detail="another seal's digest")
        return ["about this notice", "about this seal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutForgotten:
    """A receipt of a notice that was sent, and is forgotten here: it names the notice, and the number under which the
    judiciary, when asked, said that it has it. The seal that was sent is lost; the one that is here never went out."""

    reference: str
    tracking_number: str

    def check(self, facts: Facts) -> list[str]:
        if facts.claims.get("Reference") != self.reference:
            raise Rejection("verify.about", where=self.reference, detail="another reference")
        if facts.claims.get("TrackingNumber") != self.tracking_number:
            raise Rejection("verify.about", where=self.reference, detail="another seal's digest, and another number")
        return ["about this notice", "about the number that was told when asked (the seal that was sent is forgotten)"]


UNSEEN_SEAL: Final = "the judiciary never saw the seal"
"""What stands in a receipt's record where a profile says that seals stay here: auditors look for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutNumber:
    """A receipt of a judiciary that never saw the seal: it names the notice, and the number that the judiciary gave it.

    ``tracking_number`` is None where none was told and none will be: then the reference, which is ours alone, says what
    the receipt is about.
    """

    reference: str
    tracking_number: str | None

    def check(self, facts: Facts) -> list[str]:
        if facts.claims.get("Reference") != self.reference:
            raise Rejection("verify.about", where=self.reference, detail="another reference")
        if self.tracking_number is None:
            return ["about this notice", UNSEEN_SEAL]
        if facts.claims.get("TrackingNumber") != self.tracking_number:
            raise Rejection("verify.about", where=self.reference, detail="another number")
        return ["about this notice", "about the number that was told", UNSEEN_SEAL]


def _within_validity(signer: SignerFacts, moment: datetime) -> None:
    if not signer.not_before <= moment <= signer.not_after:
        raise Rejection(
            "verify.certificate-validity",
            where=signer.subject,
            detail=f"valid {timestamp(signer.not_before)} to {timestamp(signer.not_after)},"
            f" needed at {timestamp(moment)}",
        )
