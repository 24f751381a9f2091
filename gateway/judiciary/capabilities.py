"""Capabilities of a judiciary's service, by its profile, and the losses where it lacks one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class InquiryWay(StrEnum):
    """Way to inquire about the state of a notice."""

    BY_REFERENCE = "by-reference"
    """By the sender's own reference: a submission without acknowledgement can be inquired about."""
    NONE = "none"


class ReceiptWay(StrEnum):
    """Way in which receipts arrive."""

    CURSOR = "cursor"
    POLL = "poll"
    CALLBACK = "callback"


class SealPlace(StrEnum):
    """Place of the sealed notice in a message."""

    INSIDE = "inside"
    ATTACHMENT = "attachment"
    """Attachment: octet for octet, and signed with the message."""
    NONE = "none"
    """Only in our archive; the judiciary gets the data under the message's signature alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Capabilities of a service; the defaults are those of the contracts that we publish."""

    inquiry: InquiryWay = InquiryWay.BY_REFERENCE
    batches: bool = True
    receipts: ReceiptWay = ReceiptWay.CURSOR
    seal: SealPlace = SealPlace.INSIDE
    replay_check_first: bool = False
    """True if the service answers a fault only after its replay check.

    Then some faults prove that nothing was acted on (`gateway.judiciary.outcome_codes.CodeTable.not_acted_on`).
    """

    @property
    def can_prove_absence(self) -> bool:
        """Return True if an inquiry can prove that a notice did not arrive."""
        return self.inquiry is InquiryWay.BY_REFERENCE


EVERYTHING: Final = Capabilities()


def losses(capabilities: Capabilities) -> list[str]:
    """Return the codes (`gateway.runtime.errors`) of the functions lost with these capabilities."""
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
