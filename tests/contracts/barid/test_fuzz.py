"""Any answer under a mapped REST contract becomes an outcome for each notice, or a typed refusal."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.http.client import HttpAnswer
from adapters.judiciary.call_context import new_call
from gateway.judiciary.courier import Message, NotKnown, Outcome, ReceiptPage, SealSlice, Standing, Unknown
from gateway.notice.text import plain
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from tests.conformance.couriers import Courier
from tests.contracts.binding import bound, courier_to, sealed

from .server import PROFILE, Barid

CALL = new_call(datetime(2026, 2, 3, 8, 30, tzinfo=UTC))
ENDPOINT: Final = "http://127.0.0.1:1/barid"


@dataclass
class Line:
    """A channel to nobody: whatever is sent, ``answer`` says what comes back."""

    answer: Callable[[bytes], tuple[int, bytes]] = lambda _wire: (200, b"")

    def assert_allowed(self) -> None:
        """Nothing leaves this machine."""

    def send(self, wire: bytes, _headers: Mapping[str, str], _path: str = "") -> HttpAnswer:
        status, body = self.answer(wire)
        return HttpAnswer(status=status, body=body, media_type="application/jose")


class CourierHarness:
    """A courier whose judiciary signs anything; one notice that is on its way."""

    def __init__(self, keys: Path) -> None:
        self.line, self.judiciary = Line(), Barid(keys / "judiciary", keys / "municipality" / "transport.crt.pem")
        self.courier: Courier = courier_to(PROFILE, keys, ENDPOINT, self.line)  # type: ignore[arg-type]
        self.seal: SealSlice = sealed(keys, "9990000001")
        now = system_clock()
        self.sent: Message = self.courier.prepare_submission([self.seal], now)
        self.asked: Message = self.courier.prepare_inquiry([self.seal.reference], now)

    def tells(self, act: str, content: Any) -> None:
        """Answer the next request with this, signed."""
        self.line.answer = lambda wire: (200, self.judiciary.signed(content, act, _name_of(wire)))


def _name_of(wire: bytes) -> str:
    payload = wire.split(b".")[1]
    return str(json.loads(base64.urlsafe_b64decode(payload + b"=="))["jti"])


@pytest.fixture(scope="module")
def harness(pki: Path) -> CourierHarness:
    return CourierHarness(pki)


NAMES: Final = st.sampled_from(
    [
        "letters",
        "ourRef",
        "state",
        "trackingCode",
        "why",
        "no",
        "say",
        "againIn",
        "slips",
        "paper",
        "upTo",
        "rest",
        "error",
    ]
) | st.text(max_size=4)
WORDS: Final = st.sampled_from(
    ["TAKEN", "REFUSED", "NO_BOX", "LATER", "STRANGE", "503", "AAAA", "=", "\u200c", ""]
) | st.text(max_size=6)
VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**16), 10**16) | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
"""Of no form."""

PAGES: Final = st.fixed_dictionaries(
    {
        "slips": st.lists(st.fixed_dictionaries({"no": WORDS, "paper": WORDS}), max_size=3),
        "rest": st.integers(-1, 3),
    },
    optional={"upTo": st.integers(-5, 10**14), "surprise": VALUES},
)


def fates(reference: str) -> st.SearchStrategy[Any]:
    """Answers that are nearly right, about this notice and others."""
    why = st.fixed_dictionaries({"no": st.integers(-9, 10**14) | VALUES}, optional={"say": WORDS})
    fate = st.fixed_dictionaries(
        {"ourRef": st.sampled_from([reference, "EB-" + "C" * 32]), "state": WORDS},
        optional={"trackingCode": WORDS, "why": why, "againIn": st.integers(-(10**14), 10**14)},
    )
    return st.fixed_dictionaries({"letters": st.lists(fate, max_size=3)})


@pytest.mark.long
@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_signed_answer_of_any_content_comes_to_an_outcome(harness: CourierHarness, data: st.DataObject) -> None:
    reference = harness.seal.reference
    content = data.draw(fates(reference) | VALUES)
    harness.tells("letters.sent", content)
    outcomes = harness.courier.submit(harness.sent).by_reference
    assert outcomes.keys() == {reference}
    assert isinstance(outcomes[reference], get_args(Outcome))
    states = _states(content, reference)
    if states != ["TAKEN"] and type(outcomes[reference]).__name__ == "Accepted":
        raise AssertionError(f"accepted by {content}")

    harness.tells("letters.found", content)
    standings = harness.courier.inquire(harness.asked).by_reference
    assert isinstance(standings[reference], get_args(Standing))
    if states != ["STRANGE"]:
        assert not isinstance(standings[reference], NotKnown), "absence is never guessed"


def _states(content: Any, reference: str) -> list[str]:
    """Return an answer's states of a notice, if it has the contract's form."""
    letters = content.get("letters") if isinstance(content, dict) else None
    said = [each for each in letters if isinstance(each, dict)] if isinstance(letters, list) else []
    return [plain(str(each.get("state", ""))) for each in said if each.get("ourRef") == reference]


@given(content=PAGES | VALUES)
@settings(max_examples=300, deadline=None)
def test_a_signed_page_of_any_content_is_read_or_refused(harness: CourierHarness, content: Any) -> None:
    harness.tells("slips.next", content)
    try:
        page = harness.courier.fetch_receipts("", 10)
    except GatewayError:
        return  # each has its entry in the catalogue
    assert isinstance(page, ReceiptPage)
    assert all(isinstance(receipt.octets, bytes) for receipt in page.receipts)


@given(
    octets=st.binary(max_size=200) | st.text(alphabet="ey.J-_09=", max_size=60).map(str.encode),
    status=st.integers(100, 599),
)
@settings(max_examples=300, deadline=None)
def test_octets_that_nobody_signed_leave_doubt(harness: CourierHarness, octets: bytes, status: int) -> None:
    harness.line.answer = lambda _wire: (status, octets)
    outcomes = harness.courier.submit(harness.sent).by_reference
    assert isinstance(outcomes[harness.seal.reference], Unknown)


@given(value=VALUES)
@settings(max_examples=200, deadline=None)
def test_a_request_of_any_source_is_made_or_refused(harness: CourierHarness, value: Any) -> None:
    contract = bound(PROFILE)[1]
    for operation in contract.bound:
        with suppress(GatewayError):
            json.dumps(contract.request(operation, value, CALL), allow_nan=False)
