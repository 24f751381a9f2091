"""The wire over REST: JSON messages signed as JWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from adapters.crypto.keys.certificate import assert_valid_now
from adapters.crypto.keys.keys import Signer
from adapters.crypto.message.jws import Claims, JwsVerifier, body_of, sign_jws_in_pieces
from adapters.crypto.message.jws_form import OURS, JwsForm
from adapters.crypto.message.soap_signing import Slice
from adapters.http.client import HttpAnswer
from adapters.judiciary.channel import Channel
from adapters.judiciary.wire import NO_HEADERS, SignedRequest
from gateway.notice.envelope import Frame
from gateway.notice.large_octets import Octets
from gateway.trust.trust_policy import Facts

JOSE: Final = "application/jose"

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RestOperation:
    """Operation: its operationId, the path below the endpoint, and the ``op`` claim of its answer."""

    name: str
    path: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestWire:
    """Wire (`adapters.judiciary.wire.SignedWire`) over REST.

    ``endpoint`` is the address in requests. ``bound`` returns an operation's place and name. ``form`` is that of the
    messages, which ``verifier`` demands, too.
    """

    endpoint: str
    channel: Channel
    signer: Signer
    verifier: JwsVerifier
    lifetime: timedelta
    bound: Callable[[str], RestOperation]
    form: JwsForm = OURS
    coverage: Sequence[str] = ("Body",)
    echo: None = None
    statuses: frozenset[int] = frozenset({200, 400, 500})

    def assert_ready(self, now: datetime) -> None:
        assert_valid_now(self.signer.certificate, now)
        self.channel.assert_ready(now)

    def sign(
        self,
        operation: str,
        message_id: str,
        content: Body,
        now: datetime,
        slices: Sequence[Slice] = (),
        token: str | None = None,  # noqa: ARG002 - no session is served here
    ) -> SignedRequest:
        assert not slices, "base64 inside base64url: nothing is a slice of the wire"
        claims = Claims(operation=self.bound(operation).name, message_id=message_id, audience=self.endpoint)
        wire = sign_jws_in_pieces(content, claims, self.signer, now, self.lifetime, self.form)
        return SignedRequest(wire=wire, frame=Frame(pieces=(wire,), seals=()))

    def send(self, wire: Octets, operation: str, headers: Mapping[str, str] = NO_HEADERS) -> HttpAnswer:
        return self.channel.send(wire, {"Content-Type": JOSE, **headers}, self.bound(operation).path)

    def examine(self, raw: bytes, now: datetime) -> Facts:  # noqa: ARG002 - a JWS states its time
        return self.verifier.examine(raw)

    def answer_action(self, operation: str, facts: Facts) -> str:  # noqa: ARG002 - the same for faults
        return self.bound(operation).answer

    def content(self, facts: Facts) -> Body:
        return body_of(facts, self.form)
