"""Witness over https: each checkpoint is posted unchanged, and answered by 200, 201 or 204 once it is kept.

A service by C2SP tlog-witness answers 409 if it holds a checkpoint of more records; so may any other. If the body of a
409 is its note, the signature is verified here, and the content is compared with our tree.

The header ``Consistency-Proof`` has the proof, in base64, that the tree continues the checkpoint that was accepted
last. It is the file that `archive prove` writes.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

from adapters.http.client import HttpAnswer, NoAnswer
from adapters.http.known_service import KnownService
from gateway.archive.witnessing import Claim, Letter
from gateway.merkle.checkpoint import is_note
from gateway.runtime.errors import GatewayError

_KEPT: Final = frozenset({200, 201, 204})
_UNKNOWN_TO_THEM: Final = frozenset({401, 403})
_HOLDS_MORE: Final = 409
_MAX_ANSWER: Final = 4096
_MAX_WORDS: Final = 120


class HttpsWitness:
    """Implementation of `gateway.archive.witnessing.Witness` by a service over https."""

    def __init__(self, service: KnownService) -> None:
        self._service = service

    @property
    def name(self) -> str:
        return self._service.name

    def notes(self) -> Sequence[bytes]:
        """Return nothing: it shows its checkpoint only in a refusal."""
        return ()

    def hand_over(self, letter: Letter) -> None:
        answer = self._post(letter)
        if answer.status in _KEPT:
            return
        said = f"HTTP {answer.status}, {_words(answer.body)}".rstrip(", ")
        if answer.status == _HOLDS_MORE:
            if is_note(answer.body):
                raise Claim("witness.ahead", where=self.name, detail=f"HTTP {_HOLDS_MORE}", note=answer.body)
            raise GatewayError("witness.ahead", where=self.name, detail=said)
        code = "witness.credentials" if answer.status in _UNKNOWN_TO_THEM else "witness.refused"
        raise GatewayError(code, where=self.name, detail=said)

    def check(self) -> str:
        """Check address, token and certificates; a query to the service would already send it something."""
        self._service.assert_private()
        self._service.authorization()
        self._service.client().close()
        return self._service.url

    def _post(self, letter: Letter) -> HttpAnswer:
        service = self._service
        service.assert_private()
        headers, client = {"Content-Type": "text/plain; charset=utf-8", **service.authorization()}, service.client()
        if (proof := letter.proof) is not None:
            headers["Consistency-Proof"] = base64.b64encode(proof.octets).decode()
        try:
            return client.post(service.url, letter.note, headers, _MAX_ANSWER)
        except NoAnswer as error:
            raise GatewayError("witness.unreachable", where=self.name, detail=error.reason) from error
        finally:
            client.close()


def _words(body: bytes) -> str:
    return "".join(each for each in body.decode("utf-8", "replace") if each.isprintable())[:_MAX_WORDS]
