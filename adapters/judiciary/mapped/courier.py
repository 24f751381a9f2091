"""The courier over a contract that mapping files bind: signed and believed as every other, made and read by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from lxml import etree

from adapters.crypto.keys import Signer
from adapters.crypto.message import Addressing, MessageVerifier, payload, sign_message
from adapters.crypto.names import SOAP12
from adapters.crypto.profile import ANSWER_PARTS
from adapters.crypto.xml import canonical
from adapters.http.client import HttpAnswer
from adapters.judiciary.channel import Channel
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.sealed_notice import sealed_tree
from adapters.judiciary.operations import CONFIRM_RECEIPTS, FETCH_RECEIPTS
from adapters.judiciary.signed_courier import CourierSettings, Signed, SignedCourier
from gateway.clock import Clock
from gateway.courier import NotBelieved, Operation, Outcome, RawReceipt, ReceiptPage, SealSlice, Standing
from gateway.errors import GatewayError
from gateway.mapping.kinds.outcomes import outcomes_of, standings_of
from gateway.revocation import UNASKED, Revocations
from gateway.timekeeping import Timekeeper
from gateway.trust import Facts

PROBE_REFERENCE: Final = "EB-" + "A" * 32
"""Names no notice: asking about it proves the whole path, and no more."""


class MappedCourier(SignedCourier[etree._Element]):
    """`gateway.courier.Courier` for a contract of a profile's own.

    The seal travels inside the message as the octets that it is, in base64; so a message is stored whole.
    """

    coverage = ANSWER_PARTS
    # SOAP 1.1 carries faults with 500; 1.2 those of the sender with 400 (Part 2, 7.4.2).
    statuses = frozenset({200, 400, 500})

    def __init__(
        self,
        settings: CourierSettings,
        *,
        contract: MappedContract,
        channel: Channel,
        signer: Signer,
        verifier: MessageVerifier,
        clock: Clock,
        timekeeper: Timekeeper,
        revocations: Revocations = UNASKED,
    ) -> None:
        super().__init__(
            settings, channel=channel, signer=signer, clock=clock, timekeeper=timekeeper, revocations=revocations
        )
        self._contract, self._verifier = contract, verifier

    def confirm_receipts(self, receipt_ids: Sequence[str]) -> None:
        """Confirm them; where the contract has no such operation, the cursor alone says how far we have come."""
        if CONFIRM_RECEIPTS in self._contract.bound:
            super().confirm_receipts(receipt_ids)

    def _sign(
        self,
        operation: str,
        message_id: str,
        parts: Mapping[str, Any],
        now: datetime,
        seals: Sequence[SealSlice],  # noqa: ARG002 - they are in the parts
    ) -> Signed:
        body = self._contract.request(operation, parts)
        addressing = Addressing(
            to=self._settings.endpoint, action=self._contract.action(operation), message_id=message_id
        )
        made = sign_message(body, addressing, self._signer, now, self._settings.lifetime, soap=self._contract.soap)
        return Signed(wire=made.wire, frame=made.frame)

    def _send(self, wire: bytes, operation: str) -> HttpAnswer:
        action = self._contract.action(operation)
        if self._contract.soap == SOAP12:
            return self._channel.send(wire, {"Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"'})
        return self._channel.post(wire, action)

    def _examine(self, raw: bytes) -> Facts:
        return self._verifier.examine(raw)

    def _answer_action(self, operation: str) -> str:
        return self._contract.answer_action(operation)

    def _read(self, facts: Facts, operation: str) -> etree._Element:
        answer = payload(facts)
        self._contract.assert_answers(operation, answer)
        return answer

    def _fault(self, answer: etree._Element) -> str | None:
        return self._contract.fault(answer)

    def _submission_parts(self, seals: Sequence[SealSlice]) -> Mapping[str, Any]:
        return submission(seals)

    def _status_parts(self, references: Sequence[str]) -> Mapping[str, Any]:
        return {"notices": [{"reference": reference} for reference in references]}

    def _page_parts(self, cursor: str, limit: int) -> Mapping[str, Any]:
        return {"cursor": cursor or None, "limit": limit}

    def _confirmation_parts(self, receipt_ids: Sequence[str]) -> Mapping[str, Any]:
        return {"receipts": [{"receipt_id": receipt_id} for receipt_id in receipt_ids]}

    def _account_parts(self, kind: str, identifier: str) -> Mapping[str, Any]:  # noqa: ARG002 - nobody is named
        # Such a contract is not asked about persons: an inquiry takes that place, and proves the same path.
        return self._status_parts([PROBE_REFERENCE])

    def _account(self, answer: etree._Element) -> bool:  # noqa: ARG002 - it came, and that is all
        return False

    def _outcomes(self, answer: etree._Element, references: Sequence[str]) -> Mapping[str, Outcome]:
        return outcomes_of(self._contract.read(Operation.SUBMIT.value, answer), references)

    def _standings(self, answer: etree._Element, references: Sequence[str]) -> Mapping[str, Standing]:
        return standings_of(self._contract.read(Operation.INQUIRE_STATUS.value, answer), references)

    def _page(self, answer: etree._Element) -> ReceiptPage:
        made = self._contract.read(FETCH_RECEIPTS, answer)
        if made.problems:
            # The cursor stays where it is: nothing of a page that cannot be read is passed by.
            first = made.problems[0]
            raise NotBelieved(GatewayError(first.code, where=first.field), FETCH_RECEIPTS, canonical(answer))
        found = made.values
        return ReceiptPage(
            receipts=[RawReceipt(octets=each["octets"]) for each in found.get("receipts", ())],
            cursor=found.get("cursor") or "",
            more=found.get("more") or False,
        )


def submission(seals: Sequence[SealSlice]) -> Mapping[str, Any]:
    """Return the source of a submission's mapping."""
    return {"notices": [sealed_tree(seal) for seal in seals]}
