"""Pages of notices ask whether the gateway stands still, before they say that it goes on by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from adapters.composition.installation import Installation
from adapters.console.notices import situations
from adapters.console.site import context
from gateway.notice.outbox import OutboxEntry
from gateway.overview.notices.notice_sentence import Situation, situation_of
from gateway.overview.notices.standstill import Standstill
from gateway.people.permissions import Role
from tests.console.signed_in import Visitor


@pytest.mark.parametrize("path", ["/notices/{reference}", "/notices", "/notices/list.csv"])
def test_the_situation_of_a_notice_is_that_of_a_gateway_that_stands_still(
    visit: Callable[..., Visitor], lived: Installation, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    asked = []

    def noted(entry: OutboxEntry, now: datetime, still: Standstill | None, **beside: bool) -> Situation:
        asked.append(still)
        return situation_of(entry, now, still, **beside)

    monkeypatch.setattr(situations, "situation_of", noted)
    monkeypatch.setattr(context, "standstill_of", lambda *_: Standstill.STOPPED)
    (notice,) = lived.store().notices.find(state=None, limit=1, after=None)
    visit(Role.AUDITOR).page(path.format(reference=notice.entry.reference))
    assert set(asked) == {Standstill.STOPPED}
