"""Doubts are decided, items of the quarantine and destinations acted on, and the switch is thrown, in the console."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.composition.judiciary import couriers, receipt_judges
from adapters.storage.records.evidence_store import SqlEvidenceStore
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.notice import sha256
from gateway.operations.intervention import running
from gateway.overview.gateway_act import NOT_READABLE
from gateway.people.permissions import Role
from gateway.runtime.errors import CATALOGUE, GatewayError
from tests.console.confirming import assert_recorded_as_shown, preview, records, seen
from tests.console.signed_in import Visitor, pages_of, visitor
from tests.console.troubled import FORGED, OTHER, OWN, Troubled

Visit = Callable[..., Visitor]
REASON = "تماس تلفنی ۱۴۰۵/۰۹/۰۷"


@pytest.mark.parametrize(
    ("verdict", "state"), [("submitted", "SUBMITTED"), ("queued", "QUEUED"), ("withdrawn", "WITHDRAWN")]
)
def test_a_doubt_is_decided_as_it_was_shown(own_troubles: Troubled, visit_own: Visit, verdict: str, state: str) -> None:
    reference = own_troubles.notices["absent"]
    secretary = visit_own(Role.COMMISSION_SECRETARY, bodies={OWN})
    fields = seen(secretary.page(f"/queue/doubts/{reference}"))
    shown = preview(
        secretary,
        f"/queue/doubts/{reference}/decide",
        **fields,
        verdict=verdict,
        reason=REASON,
        tracking_number="۱۲۳۴",
    )
    assert ('"tracking_number_as_told": "1234"' in shown.octets.decode()) == (verdict == "submitted")
    own_troubles.clock.advance(seconds=1)
    assert shown.confirm(secretary).headers["Location"].startswith(f"/notices/{reference}?recorded=")
    assert_recorded_as_shown(own_troubles.installation, shown)
    assert own_troubles.passes.entry(reference).state is DeliveryState(state)
    assert shown.confirm(secretary).status_code == 302
    assert len(records(own_troubles.installation, reference)) == 1


def test_a_doubt_that_may_still_arrive_needs_a_tick(own_troubles: Troubled) -> None:
    """The settling time of a demonstration is over at once; with a real one a message may still arrive."""
    made, reference = own_troubles.installation, own_troubles.notices["forged"]
    judiciary = made.settings.judiciary.model_copy(update={"settle_seconds": timedelta(days=1)})
    patient = replace(made, settings=made.settings.model_copy(update={"judiciary": judiciary}))
    operator = visitor(pages_of(patient), Role.OPERATOR)
    page = operator.page(f"/queue/doubts/{reference}")
    assert 'name="although-queued"' in page
    fields = {**seen(page), "verdict": "queued", "reason": REASON}
    address = f"/queue/doubts/{reference}/decide"
    answer = operator.post(address, **fields)
    assert answer.status_code == 422
    assert "گزینه کنار هشدار را علامت بزنید" in answer.text
    assert operator.post(address, **fields, **{"although-withdrawn": "1"}).status_code == 422
    shown = preview(operator, address, **fields, **{"although-queued": "1"})
    assert "no: the first message may still arrive" in shown.octets.decode()
    patient.close()


def test_a_doubt_of_another_body_is_not_there(own_troubles: Troubled, visit_own: Visit) -> None:
    stranger, reference = visit_own(Role.COMMISSION_SECRETARY, bodies={OTHER}), own_troubles.notices["absent"]
    assert stranger.get(f"/queue/doubts/{reference}").status_code == 404
    assert stranger.post(f"/queue/doubts/{reference}/decide", verdict="queued").status_code == 404


def test_everything_is_stopped_and_goes_on(own_troubles: Troubled, visit_own: Visit) -> None:
    operator, store = visit_own(Role.OPERATOR), own_troubles.installation.store()
    for act, runs in (("stop-everything", False), ("resume", True)):
        own_troubles.clock.advance(seconds=1)
        assert f'value="{act}"' in operator.page("/")
        assert operator.post("/switch", act=act, reason=" ").status_code == 422
        shown = preview(operator, "/switch", act=act, reason=REASON)
        own_troubles.clock.advance(seconds=1)
        assert shown.confirm(operator).status_code == 302
        assert_recorded_as_shown(own_troubles.installation, shown)
        assert running(store) is runs


def test_the_switch_is_used_although_its_last_use_cannot_be_read(
    own_troubles: Troubled, visit_own: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator, store = visit_own(Role.OPERATOR), own_troubles.installation.store()
    own_troubles.clock.advance(seconds=1)
    assert preview(operator, "/switch", act="stop-everything", reason=REASON).confirm(operator).status_code == 302
    thrown = store.switch()
    assert thrown is not None
    record = store.evidence.record(thrown.evidence_id)
    assert record is not None
    read = SqlEvidenceStore.payload

    def payload(evidence: SqlEvidenceStore, digest: str) -> bytes:
        if digest == record.payload_digest:
            raise GatewayError("archive.unreachable", where=digest)
        return read(evidence, digest)

    monkeypatch.setattr(SqlEvidenceStore, "payload", payload)
    assert NOT_READABLE.fa in html.unescape(operator.page("/"))
    own_troubles.clock.advance(seconds=1)
    shown = preview(operator, "/switch", act="resume", reason=REASON)
    assert NOT_READABLE.fa in html.unescape(shown.page)
    assert shown.confirm(operator).status_code == 302
    assert running(store)


@pytest.mark.parametrize("act", ["resume", "stop-everything"])
def test_a_page_left_over_ends_no_other_use_of_the_switch(own_troubles: Troubled, visit_own: Visit, act: str) -> None:
    """The switch stands as it was shown, but other persons have used it twice since, for another reason."""
    operator, other, store = visit_own(Role.OPERATOR), visit_own(Role.OPERATOR), own_troubles.installation.store()
    back = "stop-everything" if act == "resume" else "resume"

    def throw(name: str, reason: str) -> None:
        own_troubles.clock.advance(seconds=1)
        assert preview(other, "/switch", act=name, reason=reason).confirm(other).status_code == 302

    throw("stop-everything", "آزمون نخست")
    if back == "resume":
        throw("resume", "پایان آزمون نخست")
    own_troubles.clock.advance(seconds=1)
    left_over = preview(operator, "/switch", act=act, reason=REASON)
    assert "آزمون نخست" in left_over.page, "the reason of the use that it ends is shown"
    throw(act, "به جای همکار")
    throw(back, "علت دیگر")
    stands = store.switch()
    answer = left_over.confirm(operator)
    assert answer.status_code == 422
    assert CATALOGUE["act.changed"].fa in answer.text
    assert (store.switch(), store.evidence.record(left_over.record)) == (stands, None)
    own_troubles.clock.advance(seconds=1)
    assert preview(operator, "/switch", act=act, reason=REASON).confirm(operator).status_code == 302
    assert running(store) is (act == "resume")


def test_a_destination_is_called_again(own_troubles: Troubled, visit_own: Visit) -> None:
    operator, destination = visit_own(Role.OPERATOR), own_troubles.passes.judiciary.destination
    assert f'name="destination" value="{destination}"' in operator.page("/endpoints")
    shown = preview(operator, "/endpoints/call-again", destination=destination, reason=REASON)
    own_troubles.clock.advance(seconds=1)
    assert shown.confirm(operator).status_code == 302
    assert_recorded_as_shown(own_troubles.installation, shown)
    assert operator.post("/endpoints/call-again", destination="elsewhere", reason=REASON).status_code == 422


def test_an_item_is_dismissed(own_troubles: Troubled, visit_own: Visit) -> None:
    operator, digest = visit_own(Role.OPERATOR), sha256(FORGED)
    (item,) = own_troubles.installation.store().quarantine.items(digest)
    address, fields = f"/queue/quarantine/{digest}/act", {"code": item.code, "reason": REASON}
    assert operator.post(address, **fields, act="release").status_code == 422, "an answer is judged once"
    shown = preview(operator, address, **fields, act="dismiss")
    own_troubles.clock.advance(seconds=1)
    assert shown.confirm(operator).status_code == 302
    assert_recorded_as_shown(own_troubles.installation, shown)
    assert visit_own(Role.AUDITOR).post(address, **fields, act="dismiss").status_code == 403


def test_a_kept_receipt_is_judged_again_until_it_counts(
    own_troubles: Troubled, visit_own: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each release is shown and on record. A refused one leaves the item with its reason; then the notice moves on."""
    passes, installation = own_troubles.passes, own_troubles.installation
    store, reference = installation.store(), own_troubles.notices["arrived"]
    monkeypatch.setattr(couriers, "judiciary_courier", lambda *_: passes.judiciary)
    monkeypatch.setattr(receipt_judges, "receipt_judge", lambda *_: passes.reader)
    passes.judiciary.away = None
    store.endpoints.update_breaker(passes.judiciary.destination, lambda breaker: breaker.succeeded(), passes.clock())
    passes.reader.refuses[reference.encode()] = "verify.unknown-certificate"
    entry = passes.entry(reference)
    assert entry.state is DeliveryState.DELIVERED
    passes.judiciary.issue("ContentHandover", reference, entry.seal_digest, own_troubles.clock())
    passes.receive()
    [item] = [each for each in passes.quarantine() if each.code == "verify.unknown-certificate"]
    operator = visit_own(Role.OPERATOR, language="en")
    page, address = f"/queue/quarantine/{item.payload_digest}", f"/queue/quarantine/{item.payload_digest}/act"
    fields = {"code": item.code, "reason": REASON, "act": "release"}

    own_troubles.clock.advance(seconds=1)
    again = preview(operator, address, **fields)
    assert '"outcome": "verify.unknown-certificate"' in again.octets.decode()
    own_troubles.clock.advance(seconds=1)
    assert again.confirm(operator).headers["Location"].startswith(f"{page}?recorded=")
    assert_recorded_as_shown(installation, again)
    assert passes.entry(reference).state is DeliveryState.DELIVERED
    told = html.unescape(operator.page(page))
    assert CATALOGUE[item.code].en in told
    assert CATALOGUE[item.code].on_page.en in told
    assert 'value="release"' in told, "it may be released again"

    passes.reader.refuses.clear()
    own_troubles.clock.advance(seconds=1)
    shown = preview(operator, address, **fields)
    assert '"outcome": "released"' in shown.octets.decode()
    assert passes.entry(reference).state is DeliveryState.DELIVERED, "a preview writes nothing"
    own_troubles.clock.advance(seconds=1)
    assert shown.confirm(operator).status_code == 302
    assert_recorded_as_shown(installation, shown)
    assert passes.entry(reference).state is DeliveryState.VIEWED
    assert shown.record in {row.id for row in store.evidence.of_notice(reference)}
    ended = operator.page(page)
    assert "after a person released it" in ended
    assert 'value="release"' not in ended
    assert shown.confirm(operator).status_code == 302, "a confirmation counts once"
    assert passes.judiciary.confirmed[-1:] != passes.judiciary.confirmed[-2:-1]
