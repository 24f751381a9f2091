"""What a courier is made of: a wire, which signs and verifies octets, and a contract, which knows what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from adapters.http.client import HttpAnswer
from gateway.judiciary.courier import NamedNotice, Outcome, ReceiptPage, SealSlice, Standing
from gateway.notice.envelope import Frame
from gateway.trust.trust_policy import Facts

Content = TypeVar("Content")
"""What a message says, as its form has it: an element of XML, an object of JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """A message that is ready: its octets, and the form in which they are stored."""

    wire: bytes = field(repr=False)
    frame: Frame = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission(Generic[Content]):
    """What a submission says: ``content`` has a slot for each of ``slices``, whose octets travel as they are; or none,
    where the wire attaches them."""

    content: Content
    slices: Sequence[SealSlice] = ()


class Wire(Protocol[Content]):
    """Requests to one endpoint in one form, and what its answers prove."""

    @property
    def coverage(self) -> Sequence[str]:
        """The parts of an answer that must be signed for it to be believed."""
        ...

    @property
    def statuses(self) -> frozenset[int]:
        """HTTP statuses under which answers and faults come; any other is of something in between."""
        ...

    def assert_ready(self, now: datetime) -> None:
        """Raise `GatewayError` where nothing could be signed or sent."""
        ...

    def sign(
        self, operation: str, message_id: str, content: Content, now: datetime, slices: Sequence[SealSlice] = ()
    ) -> SignedRequest:
        """Return the request, complete; ``content`` has a slot for each of ``slices``, or the wire attaches them."""
        ...

    def send(self, wire: bytes, operation: str) -> HttpAnswer:
        """Transmit a request. Raises as `adapters.judiciary.channel.Channel.send` does."""
        ...

    def examine(self, raw: bytes) -> Facts:
        """Return what an answer proves. Raises `gateway.trust.trust_policy.Rejection`."""
        ...

    def answer_action(self, operation: str) -> str:
        """Return what an answer to ``operation`` says that it is."""
        ...

    def content(self, facts: Facts) -> Content:
        """Return what a verified answer says."""
        ...


class Contract(Protocol[Content]):
    """What one judiciary's messages are called and mean. Requests are as its schema wants them: `GatewayError` where
    one cannot be made."""

    def submission(self, seals: Sequence[SealSlice]) -> Submission[Content]: ...

    def inquiry(self, references: Sequence[str]) -> Content: ...

    def page(self, cursor: str, limit: int) -> Content: ...

    def poll(self, notices: Sequence[NamedNotice]) -> Content | None:
        """None: receipts are not asked for by notice under this contract."""
        ...

    def confirmation(self, receipt_ids: Sequence[str]) -> Content | None:
        """None: nothing is confirmed under this contract, and the cursor alone says how far we have come."""
        ...

    def account(self, kind: str, identifier: str) -> Content | None:
        """None: under this contract nothing can be asked that is about no notice."""
        ...

    def assert_answers(self, operation: str, answer: Content) -> None:
        """Raise `Rejection` ``verify.addressing`` for the answer to another operation, ``verify.schema`` for one that
        the contract does not allow."""
        ...

    def fault(self, answer: Content) -> str | None:
        """Return the code of a fault, or None where the answer is none."""
        ...

    def outcomes(self, answer: Content, references: Sequence[str]) -> Mapping[str, Outcome]:
        """Return what became of each reference; one without a result of its own is unknown."""
        ...

    def standings(self, answer: Content, references: Sequence[str]) -> Mapping[str, Standing]:
        """Return where each reference stands; one without a result of its own is unknown."""
        ...

    def receipts(self, answer: Content) -> ReceiptPage:
        """Return the receipts of an answer. Raises `GatewayError` where any cannot be read: nothing is passed by."""
        ...

    def has_account(self, answer: Content) -> bool: ...
