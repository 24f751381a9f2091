"""Acts on one notice in the console: what is offered, what is shown, what is recorded, and for whom."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from adapters.storage.records.evidence_store import SqlEvidenceStore
from gateway.judiciary.courier import Accepted
from gateway.notice.delivery_state import DeliveryState
from gateway.overview.notices.possible_act import NoticeAct
from gateway.people.permissions import Role
from gateway.runtime.errors import CATALOGUE, GatewayError
from tests.console.confirming import assert_recorded_as_shown, preview, records, seen
from tests.console.signed_in import Visitor
from tests.console.troubled import OTHER, OWN, Troubled

Visit = Callable[..., Visitor]

_S = DeliveryState
REASON = "نامه ۱۲۳ مورخ ۱۴۰۵/۰۹/۰۷"

CHANGES = {
    ("away-1", NoticeAct.RETRY): ("due", _S.QUEUED),
    ("late", NoticeAct.RETRY): ("requeued", _S.QUEUED),
    ("absent", NoticeAct.RETRY): ("asked", _S.IN_DOUBT),
    ("away-1", NoticeAct.HOLD): ("held", _S.QUEUED),
    ("held", NoticeAct.RELEASE): ("released", _S.QUEUED),
    ("away-1", NoticeAct.WITHDRAW): ("withdrawn", _S.WITHDRAWN),
    ("no-account", NoticeAct.OTHER_CHANNEL): ("other-channel", _S.OTHER_CHANNEL),
}
"""Notice and act → the outcome on record, and the state afterwards."""


def chosen(page: str) -> set[str]:
    """Return the acts that a page offers."""
    return set(re.findall(r'type="radio" name="act" id="[^"]+" value="([^"]+)"', page))


def choose(visitor: Visitor, troubles: Troubled, name: str, act: str, reason: str = REASON) -> dict[str, str]:
    """Return the fields of the form on a notice's page, filled in."""
    page = visitor.page(f"/notices/{troubles.notices[name]}")
    assert act in chosen(page)
    return {**seen(page), "act": act, "reason": reason}


@pytest.mark.long
@pytest.mark.parametrize(("name", "act"), CHANGES)
def test_an_act_is_shown_confirmed_and_recorded_as_it_was_shown(
    own_troubles: Troubled, visit_own: Visit, name: str, act: NoticeAct
) -> None:
    operator, reference = visit_own(Role.OPERATOR), own_troubles.notices[name]
    outcome, after = CHANGES[name, act]
    address = f"/notices/{reference}/act"
    before, present = records(own_troubles.installation, reference), own_troubles.passes.entry(reference)
    shown = preview(operator, address, **choose(operator, own_troubles, name, act))
    assert records(own_troubles.installation, reference) == before, "a preview writes nothing"
    assert own_troubles.passes.entry(reference) == present
    own_troubles.clock.advance(seconds=7)
    answer = shown.confirm(operator)
    assert answer.status_code == 302, answer.text[-2000:]
    assert_recorded_as_shown(own_troubles.installation, shown)
    assert own_troubles.passes.entry(reference).state is after
    assert f'"outcome": "{outcome}"' in shown.octets.decode()
    assert f'"reason": "{REASON}"' in shown.octets.decode()
    page = operator.page(answer.headers["Location"])
    assert "به نام شما ثبت شد" in page
    assert REASON in page


def test_a_row_is_written_again(own_troubles: Troubled, visit_own: Visit) -> None:
    reference, operator = own_troubles.notices["rejected"], visit_own(Role.OPERATOR)
    own_troubles.passes.write_back()
    shown = preview(
        operator, f"/notices/{reference}/act", **choose(operator, own_troubles, "rejected", NoticeAct.WRITE_AGAIN)
    )
    own_troubles.clock.advance(seconds=1)
    shown.confirm(operator)
    assert_recorded_as_shown(own_troubles.installation, shown)
    assert own_troubles.passes.entry(reference).written_seq == -1


def test_a_confirmation_that_is_sent_again_does_nothing_twice(own_troubles: Troubled, visit_own: Visit) -> None:
    """Not even if the notice is as it was before the first one."""
    operator, reference = visit_own(Role.OPERATOR), own_troubles.notices["away-1"]
    address = f"/notices/{reference}/act"
    shown = preview(operator, address, **choose(operator, own_troubles, "away-1", NoticeAct.HOLD))
    answers = []
    for _ in range(2):
        own_troubles.clock.advance(seconds=1)
        answers.append(shown.confirm(operator).headers["Location"])
    assert answers[0] == answers[1]
    own_troubles.clock.advance(seconds=1)
    released = preview(operator, address, **choose(operator, own_troubles, "away-1", NoticeAct.RELEASE))
    own_troubles.clock.advance(seconds=1)
    released.confirm(operator)
    assert shown.confirm(operator).headers["Location"] == answers[0]
    assert not own_troubles.passes.entry(reference).held
    assert len(records(own_troubles.installation, reference)) == 2


def test_an_act_is_not_done_on_a_notice_that_moved_on(own_troubles: Troubled, visit_own: Visit) -> None:
    """Neither between the page and the preview, nor between the preview and the confirmation."""
    operator, reference = visit_own(Role.OPERATOR), own_troubles.notices["away-3"]
    address = f"/notices/{reference}/act"
    fields = choose(operator, own_troubles, "away-3", NoticeAct.WITHDRAW)
    shown = preview(operator, address, **fields)
    judiciary = own_troubles.passes.judiciary
    judiciary.away, judiciary.outcome = None, lambda _: Accepted(tracking_number="T-1")
    own_troubles.clock.advance(hours=3)
    own_troubles.passes.dispatch()
    assert own_troubles.passes.entry(reference).state is _S.SUBMITTED
    for answer in (shown.confirm(operator), operator.post(address, **fields)):
        assert answer.status_code == 422
        assert "وضعیت ابلاغیه هم‌زمان تغییر کرد؛ چیزی ثبت نشد" in answer.text
        assert NoticeAct.WITHDRAW not in chosen(answer.text), "the page shows the notice as it is now"
    assert records(own_troubles.installation, reference) == []


def test_a_hold_of_somebody_else_counts_as_moved_on(own_troubles: Troubled, visit_own: Visit) -> None:
    operator, reference = visit_own(Role.OPERATOR), own_troubles.notices["away-1"]
    address = f"/notices/{reference}/act"
    retry = preview(operator, address, **choose(operator, own_troubles, "away-1", NoticeAct.RETRY))
    hold = preview(operator, address, **choose(operator, own_troubles, "away-1", NoticeAct.HOLD))
    own_troubles.clock.advance(seconds=1)
    assert hold.confirm(operator).status_code == 302
    assert retry.confirm(operator).status_code == 422
    assert len(records(own_troubles.installation, reference)) == 1


@pytest.mark.parametrize("left_open", ["the form", "the preview"])
def test_a_release_ends_the_hold_that_was_shown_and_no_later_one(
    own_troubles: Troubled, visit_own: Visit, left_open: str
) -> None:
    """Another person releases the notice, and holds it again for another reason."""
    operator, other, reference = visit_own(Role.OPERATOR), visit_own(Role.OPERATOR), own_troubles.notices["away-1"]
    address = f"/notices/{reference}/act"

    def act(act: str, reason: str) -> str:
        own_troubles.clock.advance(seconds=1)
        shown = preview(other, address, **choose(other, own_troubles, "away-1", act, reason))
        own_troubles.clock.advance(seconds=1)
        assert shown.confirm(other).status_code == 302
        return shown.record

    first = act(NoticeAct.HOLD, "شکایت مالک")
    fields = choose(operator, own_troubles, "away-1", NoticeAct.RELEASE)
    shown = preview(operator, address, **fields)
    assert "شکایت مالک" in shown.page, "whose hold it is, and why"
    assert f'"ends": "{first}"' in shown.octets.decode()
    assert act(NoticeAct.RELEASE, "به جای همکار")
    second = act(NoticeAct.HOLD, "دستور دادگاه")
    own_troubles.clock.advance(seconds=1)
    answer = shown.confirm(operator) if left_open == "the preview" else operator.post(address, **fields)
    assert answer.status_code == 422
    assert CATALOGUE["queue.moved"].fa in answer.text
    assert own_troubles.passes.entry(reference).held_by == second
    own_troubles.clock.advance(seconds=1)
    again = preview(operator, address, **choose(operator, own_troubles, "away-1", NoticeAct.RELEASE))
    own_troubles.clock.advance(seconds=1)
    assert again.confirm(operator).status_code == 302
    assert not own_troubles.passes.entry(reference).held


@pytest.mark.parametrize("method", ["record", "payload"])
def test_a_hold_whose_text_is_not_here_can_be_released(
    own_troubles: Troubled, visit_own: Visit, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Its record left the database, and the archive's folder is away."""
    operator, reference = visit_own(Role.OPERATOR), own_troubles.notices["away-1"]
    address = f"/notices/{reference}/act"
    hold = preview(operator, address, **choose(operator, own_troubles, "away-1", NoticeAct.HOLD))
    own_troubles.clock.advance(seconds=1)
    hold.confirm(operator)
    fields = choose(operator, own_troubles, "away-1", NoticeAct.RELEASE)

    def away(_store: SqlEvidenceStore, asked: str) -> None:
        raise GatewayError("archive.unreachable", where=asked)

    with monkeypatch.context() as patch:
        patch.setattr(SqlEvidenceStore, method, away)
        shown = preview(operator, address, **fields)
    own_troubles.clock.advance(seconds=1)
    assert shown.confirm(operator).status_code == 302
    assert not own_troubles.passes.entry(reference).held


def test_nothing_else_is_recorded_than_what_was_shown(own_troubles: Troubled, visit_own: Visit) -> None:
    """Refuse a confirmation whose hidden fields, such as the reason, were changed after the preview."""
    operator, reference = visit_own(Role.OPERATOR), own_troubles.notices["away-1"]
    fields = choose(operator, own_troubles, "away-1", NoticeAct.HOLD)
    shown = preview(operator, f"/notices/{reference}/act", **fields)
    for others in ({"reason": "دلیل دیگر"}, {"act": NoticeAct.WITHDRAW.value}, {"confirmed": "1"}):
        answer = shown.confirm(operator, **others)
        assert answer.status_code == 422, others
    assert records(own_troubles.installation, reference) == []
    assert own_troubles.passes.entry(reference).state is _S.QUEUED


@pytest.mark.parametrize(("field", "told"), [("reason", "دلیلی نوشته نشده است"), ("act", "اقدامی انتخاب نشده است")])
def test_what_is_missing_is_said_in_the_form(own_troubles: Troubled, visit_own: Visit, field: str, told: str) -> None:
    operator, reference = visit_own(Role.OPERATOR), own_troubles.notices["away-1"]
    fields = choose(operator, own_troubles, "away-1", NoticeAct.HOLD)
    answer = operator.post(f"/notices/{reference}/act", **{**fields, field: ""})
    assert answer.status_code == 422
    assert told in answer.text
    if field == "act":
        assert f'value="{REASON}"' in answer.text, "what was typed is not lost"
    else:
        assert 'value="queue.hold" required aria-describedby="act-hold-means" checked' in answer.text


def test_a_form_that_does_not_say_how_the_notice_was_seen_is_refused(own_troubles: Troubled, visit_own: Visit) -> None:
    operator, reference = visit_own(Role.OPERATOR), own_troubles.notices["away-1"]
    for seq in ("", "x", "-1", "۱"):
        answer = operator.post(f"/notices/{reference}/act", act="queue.hold", reason=REASON, seq=seq)
        assert answer.status_code == 422, seq
    assert operator.post(f"/notices/{reference}/act", act="person.add", reason=REASON, seq="0").status_code == 404


def test_a_secretary_acts_on_notices_of_the_own_body_alone(own_troubles: Troubled, visit_own: Visit) -> None:
    secretary = visit_own(Role.COMMISSION_SECRETARY, bodies={OWN})
    stranger = visit_own(Role.COMMISSION_SECRETARY, bodies={OTHER})
    reference = own_troubles.notices["away-1"]
    fields = choose(secretary, own_troubles, "away-1", NoticeAct.HOLD)
    shown = preview(secretary, f"/notices/{reference}/act", **fields)
    own_troubles.clock.advance(seconds=1)
    assert shown.confirm(stranger).status_code == 404
    assert stranger.post(f"/notices/{reference}/act", **fields).status_code == 404
    assert stranger.get(f"/notices/{reference}/act").status_code == 404
    assert records(own_troubles.installation, reference) == []
    assert shown.confirm(secretary).status_code == 302
    assert "commission-secretary-1" in shown.octets.decode()


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OPERATOR, Role.COMMISSION_SECRETARY}))
def test_others_neither_see_nor_do_an_act(own_troubles: Troubled, visit_own: Visit, role: Role) -> None:
    person, reference = (
        visit_own(role, bodies={OWN} if role is Role.HEAD_OF_COMMISSION else None),
        own_troubles.notices["away-1"],
    )
    answer = person.get(f"/notices/{reference}")
    assert answer.status_code in (200, 403)
    assert chosen(answer.text) == set()
    assert (
        person.post(f"/notices/{reference}/act", act="queue.hold", reason=REASON, seq="2", held="").status_code == 403
    )


def test_only_possible_acts_are_offered_and_the_others_say_why(own_troubles: Troubled, visit_own: Visit) -> None:
    operator = visit_own(Role.OPERATOR, language="en")
    page = operator.page(f"/notices/{own_troubles.notices['arrived']}")
    assert chosen(page) <= {NoticeAct.WRITE_AGAIN}
    assert "The judiciary has it, and only the judiciary could take it back." in page
    assert "What is not possible now, and why" in page
    doubt = operator.page(f"/notices/{own_troubles.notices['absent']}")
    assert NoticeAct.WITHDRAW not in chosen(doubt)
    assert f'href="/queue/doubts/{own_troubles.notices["absent"]}"' in doubt
