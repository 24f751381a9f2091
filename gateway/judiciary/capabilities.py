"""What a judiciary's service can do, as its profile says; and what is lost where it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class InquiryWay(StrEnum):
    """Whether it can be asked where a notice stands."""

    BY_REFERENCE = "by-reference"
    """By the sender's own reference: what was never acknowledged can be asked about."""
    NONE = "none"


class ReceiptWay(StrEnum):
    """How receipts come."""

    CURSOR = "cursor"
    POLL = "poll"
    CALLBACK = "callback"


class SealPlace(StrEnum):
    """Where the sealed notice travels."""

    INSIDE = "inside"
    ATTACHMENT = "attachment"
    """Beside the message, octet for octet, and signed with it."""
    NONE = "none"
    """It stays in our archive; the judiciary sees what is said, under the message's signature alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """The default is what the contracts that we publish have."""

    inquiry: InquiryWay = InquiryWay.BY_REFERENCE
    batches: bool = True
    receipts: ReceiptWay = ReceiptWay.CURSOR
    seal: SealPlace = SealPlace.INSIDE
    replay_check_first: bool = False
    """True if no fault is answered before it is known that the message did not come before. Then some prove that
    nothing was acted on (`gateway.judiciary.outcome_codes.CodeTable.not_acted_on`)."""

    @property
    def can_prove_absence(self) -> bool:
        """Whether it can ever be known that a notice did not arrive."""
        return self.inquiry is InquiryWay.BY_REFERENCE


EVERYTHING: Final = Capabilities()


def losses(capabilities: Capabilities) -> list[str]:
    """Return the codes (`gateway.runtime.errors`) of what is lost with a service that can do no more."""
    lost = []
    if not capabilities.can_prove_absence:
        lost.append("lost.inquiry")
    if not capabilities.batches:
        lost.append("lost.batches")
    if capabilities.receipts is ReceiptWay.CALLBACK:
        lost.append("lost.receipts-callback")
    if capabilities.receipts is ReceiptWay.POLL:
        lost.append("lost.receipts-poll")
    if capabilities.seal is SealPlace.NONE:
        lost.append("lost.seal")
    if capabilities.replay_check_first:
        lost.append("lost.replay")
    return lost
