"""Wire and contract of the simulated judiciary, under the product's courier (`adapters.judiciary.message_courier`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from adapters.http.client import HttpAnswer
from adapters.judiciary.call_context import CallContext
from adapters.judiciary.wire import NO_HEADERS, Fault, SignedRequest, Submission
from gateway.judiciary.courier import NamedNotice, Outcome, RawReceipt, ReceiptPage, SealSlice, Standing, TicketStanding
from gateway.judiciary.outcome_codes import (
    CodeTable,
    ContractResult,
    outcomes_by,
    standings_by,
    ticket_standing_by,
)
from gateway.notice.envelope import Frame
from gateway.notice.large_octets import Octets
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Facts, Rejection

from .signed import TRANSPORT, facts_of, signed

Body = dict[str, Any]

Post = Callable[[bytes], HttpAnswer]
"""Sends octets to the judiciary and returns its answer. Raises as `adapters.judiciary.channel.Channel.send` does."""

VALID_UNTIL: Final = datetime(2040, 1, 1, tzinfo=UTC)
"""End of our certificate."""


@dataclass(frozen=True, slots=True)
class SimulatedWire:
    """`adapters.judiciary.wire.SignedWire` over a function."""

    post: Post
    lifetime: timedelta
    signing: Callable[[str], None] = lambda _: None
    """Called with the id of each message that is signed."""
    coverage: Sequence[str] = ("Body",)
    echo: None = None
    statuses: frozenset[int] = frozenset({200, 500})

    def assert_ready(self, now: datetime) -> None:
        if now > VALID_UNTIL:
            raise GatewayError("certificate.expired", where="transport")

    def sign(
        self,
        operation: str,
        message_id: str,
        content: Body,
        now: datetime,
        slices: Sequence[SealSlice] = (),
        token: str | None = None,
    ) -> SignedRequest:
        told = {
            "op": operation,
            "id": message_id,
            "at": timestamp(now),
            "expires": timestamp(now + self.lifetime),
            "content": content,
            **({} if token is None else {"token": token}),
        }
        self.signing(message_id)
        octets = [bytes(each.octets) for each in slices]
        wire = signed(TRANSPORT, told, octets)
        head = wire[: wire.index(b"\n")] if octets else wire
        pieces = (head + b"\n", *[b"\n"] * (len(octets) - 1), b"") if octets else (wire,)
        return SignedRequest(wire=wire, frame=Frame(pieces=pieces, seals=tuple(each.digest for each in slices)))

    def send(self, wire: Octets, operation: str, headers: Mapping[str, str] = NO_HEADERS) -> HttpAnswer:
        return self.post(bytes(wire))

    def examine(self, raw: bytes, now: datetime) -> Facts:
        return facts_of(raw, "Body")

    def answer_action(self, operation: str, facts: Facts) -> str:
        return f"{operation}Answer"

    def content(self, facts: Facts) -> Body:
        head = facts.covered["Body"].split(b"\n", 1)[0].split(b" ", 2)[2]
        found: Body = json.loads(head)
        return found


@dataclass(frozen=True, slots=True)
class SimulatedContract:
    """`adapters.judiciary.wire.Contract` of plain names."""

    codes: CodeTable
    polls: bool = False

    def token_places(self, operation: str) -> Sequence[str]:
        return ()

    def submission(self, seals: Sequence[SealSlice], call: CallContext) -> Submission[Body]:
        return Submission(content={"references": [seal.reference for seal in seals]}, slices=tuple(seals))

    def inquiry(self, references: Sequence[str], call: CallContext) -> Body:
        return {"references": list(references)}

    def ticket_question(self, reference: str, ticket: str, call: CallContext) -> Body:
        return {"references": [reference], "ticket": ticket}

    def page(self, call: CallContext) -> Body:
        return {"cursor": call.cursor, "limit": call.limit}

    def poll(self, notices: Sequence[NamedNotice], call: CallContext) -> Body | None:
        return {"references": [notice.reference for notice in notices]} if self.polls else None

    def confirmation(self, receipt_ids: Sequence[str], call: CallContext) -> Body:
        return {"receipts": list(receipt_ids)}

    def account(self, kind: str, identifier: str, call: CallContext) -> Body:
        return {"identifier": identifier}

    def assert_answers(self, operation: str, answer: Body) -> None:
        if answer.get("Action") != f"{operation}Answer":
            raise Rejection("verify.addressing")

    def fault(self, operation: str, answer: Body) -> Fault | None:
        told = answer.get("fault")
        return None if told is None else Fault(code=told)

    def outcomes(self, answer: Body, call: CallContext) -> Mapping[str, Outcome]:
        return outcomes_by(_results(answer), call.references, self.codes)

    def standings(self, answer: Body, call: CallContext) -> Mapping[str, Standing]:
        return standings_by(_results(answer), call.references, self.codes)

    def ticket_standing(self, answer: Body, call: CallContext) -> TicketStanding:
        return ticket_standing_by(_results(answer), call.references[0], self.codes)

    def receipts(self, answer: Body, call: CallContext) -> ReceiptPage:
        receipts = [RawReceipt(octets=text.encode()) for text in answer["receipts"]]
        return ReceiptPage(receipts=receipts, cursor=answer.get("cursor", ""), more=answer.get("more", False))

    def read_again(self, receipt: RawReceipt) -> RawReceipt:
        return receipt

    def has_account(self, answer: Body) -> bool:
        return bool(answer["account"])


def _results(answer: Body) -> dict[str, list[ContractResult]]:
    found: dict[str, list[ContractResult]] = {}
    for told in answer["results"]:
        wait = told.get("wait")
        result = ContractResult(
            status=told["status"],
            tracking_number=told.get("number"),
            code=told.get("code"),
            text=told.get("text"),
            ticket=told.get("ticket"),
            retry_after=None if wait is None else timedelta(seconds=wait),
        )
        found.setdefault(told["reference"], []).append(result)
    return found
