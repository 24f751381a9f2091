"""The courier over SOAP: messages of the contract eblagh-1, signed with WS-Security."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from lxml import etree

from adapters.crypto.keys import Signer
from adapters.crypto.message import Addressing, MessageVerifier, payload, sign_message
from adapters.crypto.profile import ANSWER_PARTS
from adapters.crypto.xml import conforms
from adapters.http.client import HttpAnswer
from adapters.judiciary import contract
from adapters.judiciary.binding import Binding
from adapters.judiciary.channel import Channel
from adapters.judiciary.signed_courier import CourierSettings, Signed, SignedCourier
from gateway.clock import Clock
from gateway.codes import Told
from gateway.courier import ReceiptPage, SealSlice
from gateway.timekeeping import Timekeeper
from gateway.trust import Facts


class SoapCourier(SignedCourier[etree._Element]):
    """`gateway.courier.Courier` for the contract eblagh-1."""

    coverage = ANSWER_PARTS
    # SOAP 1.1 carries faults with 500.
    statuses = frozenset({200, 500})

    def __init__(
        self,
        settings: CourierSettings,
        *,
        binding: Binding,
        schema: etree.XMLSchema,
        channel: Channel,
        signer: Signer,
        verifier: MessageVerifier,
        clock: Clock,
        timekeeper: Timekeeper,
    ) -> None:
        super().__init__(settings, channel=channel, signer=signer, clock=clock, timekeeper=timekeeper)
        self._binding, self._schema, self._verifier = binding, schema, verifier

    def _sign(
        self, operation: str, message_id: str, parts: Mapping[str, Any], now: datetime, seals: Sequence[SealSlice]
    ) -> Signed:
        addressing = Addressing(
            to=self._settings.endpoint, action=self._binding.soap_action(operation), message_id=message_id
        )
        body = self._binding.request(operation, **parts)
        made = sign_message(body, addressing, self._signer, now, self._settings.lifetime, seals)
        return Signed(wire=made.wire, frame=made.frame)

    def _send(self, wire: bytes, operation: str) -> HttpAnswer:
        return self._channel.post(wire, self._binding.soap_action(operation))

    def _examine(self, raw: bytes) -> Facts:
        return self._verifier.examine(raw)

    def _answer_action(self, operation: str) -> str:
        return self._binding.soap_action(operation) + "Response"

    def _read(self, facts: Facts, operation: str) -> etree._Element:
        answer = payload(facts)
        if (judged := contract.judged_by_schema(answer, operation)) is not None:
            conforms(self._schema, judged)
        return answer

    def _fault(self, answer: etree._Element) -> str | None:
        return contract.fault_code(answer)

    def _submission_parts(self, seals: Sequence[SealSlice]) -> Mapping[str, Any]:
        return contract.submission_parts(seals)

    def _status_parts(self, references: Sequence[str]) -> Mapping[str, Any]:
        return contract.status_parts(references)

    def _page_parts(self, cursor: str, limit: int) -> Mapping[str, Any]:
        return {"Cursor": cursor, "Limit": limit}

    def _confirmation_parts(self, receipt_ids: Sequence[str]) -> Mapping[str, Any]:
        return {"ReceiptId": list(receipt_ids)}

    def _account_parts(self, kind: str, identifier: str) -> Mapping[str, Any]:
        return {"Person": [{"Kind": kind, "Identifier": identifier}]}

    def _results(self, answer: etree._Element) -> Mapping[str, Sequence[Told]]:
        return contract.read_results(answer)

    def _page(self, answer: etree._Element) -> ReceiptPage:
        return contract.read_receipts(answer)

    def _account(self, answer: etree._Element) -> bool:
        return contract.read_account(answer)
