"""The courier over REST: messages of the contract eblagh-rest-1, JSON signed as JWS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from adapters.crypto.json_schema import MessageSchema
from adapters.crypto.jws import Claims, JwsVerifier, body_of, sign_jws
from adapters.crypto.keys import Signer
from adapters.http.client import HttpAnswer
from adapters.judiciary import rest_contract
from adapters.judiciary.channel import Channel
from adapters.judiciary.operations import FETCH_RECEIPTS
from adapters.judiciary.rest_binding import JOSE, RestBinding
from adapters.judiciary.rest_contract import Body
from adapters.judiciary.signed_courier import CourierSettings, Signed, SignedCourier
from gateway.clock import Clock
from gateway.codes import Told
from gateway.courier import ReceiptPage, SealSlice
from gateway.envelope import Frame
from gateway.timekeeping import Timekeeper
from gateway.trust import Facts


class RestCourier(SignedCourier[Body]):
    """`gateway.courier.Courier` for the contract eblagh-rest-1."""

    coverage = ("Body",)
    statuses = frozenset({200, 400, 500})

    def __init__(
        self,
        settings: CourierSettings,
        *,
        binding: RestBinding,
        schema: MessageSchema,
        channel: Channel,
        signer: Signer,
        verifier: JwsVerifier,
        clock: Clock,
        timekeeper: Timekeeper,
    ) -> None:
        super().__init__(settings, channel=channel, signer=signer, clock=clock, timekeeper=timekeeper)
        self._binding, self._schema, self._verifier = binding, schema, verifier

    def _sign(
        self,
        operation: str,
        message_id: str,
        parts: Mapping[str, Any],
        now: datetime,
        seals: Sequence[SealSlice],  # noqa: ARG002 - base64 inside base64url: no slice of the wire
    ) -> Signed:
        claims = Claims(operation=operation, message_id=message_id, audience=self._settings.endpoint)
        wire = sign_jws(parts, claims, self._signer, now, self._settings.lifetime)
        return Signed(wire=wire, frame=Frame(pieces=(wire,), seals=()))

    def _send(self, wire: bytes, operation: str) -> HttpAnswer:
        return self._channel.send(wire, {"Content-Type": JOSE}, self._binding.path(operation))

    def _examine(self, raw: bytes) -> Facts:
        return self._verifier.examine(raw)

    def _answer_action(self, operation: str) -> str:
        return f"{operation}Response"

    def _read(self, facts: Facts, operation: str) -> Body:
        answer = body_of(facts)
        self._schema.assert_fits(rest_contract.definition_of(answer, operation), answer)
        if operation == FETCH_RECEIPTS and rest_contract.fault_code(answer) is None:
            rest_contract.read_receipts(answer)  # what is no base64 is refused while its octets are at hand
        return answer

    def _fault(self, answer: Body) -> str | None:
        return rest_contract.fault_code(answer)

    def _submission_parts(self, seals: Sequence[SealSlice]) -> Body:
        return rest_contract.submission(seals)

    def _status_parts(self, references: Sequence[str]) -> Body:
        return rest_contract.inquiry(references)

    def _page_parts(self, cursor: str, limit: int) -> Body:
        return {"cursor": cursor, "limit": limit}

    def _confirmation_parts(self, receipt_ids: Sequence[str]) -> Body:
        return {"receipt_ids": list(receipt_ids)}

    def _account_parts(self, kind: str, identifier: str) -> Body:
        return {"persons": [{"kind": kind, "identifier": identifier}]}

    def _results(self, answer: Body) -> Mapping[str, Sequence[Told]]:
        return rest_contract.read_results(answer)

    def _page(self, answer: Body) -> ReceiptPage:
        return rest_contract.read_receipts(answer)

    def _account(self, answer: Body) -> bool:
        return rest_contract.read_account(answer)
