"""Answers that nobody explained: the notice is in doubt, and a person sees the service's code and words."""

from __future__ import annotations

import pytest

from gateway.judiciary.courier import Accepted, Unknown
from gateway.notice.delivery_state import DeliveryState

from .conftest import Passes

UNCLEAR = {
    "an unknown status": ("courier.incomplete-answer", "status UNKNOWN; the service says 299: در صف بررسی"),
    "an unknown word": (
        "mapped.unknown-value",
        "Fate; outcome.toml, mapping neda-outcome; the service says: در صف بررسی",
    ),
}


@pytest.mark.parametrize("what", list(UNCLEAR))
def test_what_nobody_explained_is_told_with_the_services_words(passes: Passes, what: str) -> None:
    code, detail = UNCLEAR[what]
    one, two, three = passes.admit("1", "2", "3")
    told = {one.reference: Unknown(code=code, detail=detail), two.reference: Unknown(code=code, detail=detail)}
    passes.judiciary.outcome = lambda reference: told.get(reference, Accepted(tracking_number="T-1"))
    reported = passes.dispatch()
    assert [(error.code, error.detail) for error in reported.errors] == [(code, detail)], "once, not for each notice"
    entry = passes.entry(one.reference)
    assert (entry.state, entry.code, entry.reason) == (DeliveryState.IN_DOUBT, code, detail)
    assert passes.entry(three.reference).state is DeliveryState.SUBMITTED
    assert passes.store.tallies.doubted_by_code() == {code: 2}
    assert passes.store.endpoints.breaker(passes.judiciary.destination).failures == 0
    passes.judiciary.standing = lambda reference: told[reference]
    assert [error.detail for error in passes.rescue().errors] == [detail]
