"""Every notice is told as a clerk tells it: rules that a machine can hold, over a demonstration and over troubles.

Page, command line and evidence file take their words from the same functions of the core.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from html import unescape
from pathlib import Path

import pytest

from adapters.cli.notices import notice_show
from adapters.cli.notices.notice_account import show_account
from adapters.composition.installation import Installation
from adapters.composition.legal.notice_deadline import notice_deadline
from adapters.evidence.pages import pages
from adapters.terminal.printing import Language, console, screen
from gateway.evidence.evidence_file import Index, IndexedRecord
from gateway.evidence.timeline import Timeline, timeline
from gateway.notice.delivery_state import DeliveryState
from gateway.operations.effective_configuration import within
from gateway.operations.notice_work import of_course
from gateway.operations.operator_action import NOT_AUTHENTICATED
from gateway.overview.notice_words import EVENTS
from gateway.overview.notices.notice_sentence import sentence_of
from gateway.overview.notices.timeline_line import ACTS, OPERATIONS, TimelineLine, timeline_lines
from gateway.overview.worklist import revised
from gateway.people.permissions import ROLE_NAMES, Role
from gateway.record.evidence_record import Header
from gateway.runtime.errors import CATALOGUE
from gateway.store.stored import Admission
from tests.console.ended import ended
from tests.console.signed_in import Visitor, pages_of, visitor
from tests.console.troubled import Troubled

Visit = Callable[..., Visitor]

_S = DeliveryState
_APART = re.compile("\u2068[^\u2069]*\u2069")
_CODE = re.compile(r"<(bdi|code|form|span class=\"(?:code|number))\b.*?</(?:bdi|code|form|span)>", re.DOTALL)
_FOREIGN = re.compile("[0-9A-Za-z٠-٩_{}]")


@pytest.fixture(scope="module")
def endings(fresh_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("ended") / "copy"
    shutil.copytree(fresh_folder, folder)
    with closing(ended(folder / "gateway.toml").installation) as installation:
        yield installation


@pytest.fixture(scope="module", params=["lived", "troubles", "endings"])
def told_by(request: pytest.FixtureRequest) -> tuple[Installation, Visit]:
    """Return an installation with its notices, and a browser there."""
    made: Installation | Troubled = request.getfixturevalue(request.param)
    installation = made.installation if isinstance(made, Troubled) else made
    return installation, partial(visitor, pages_of(installation))


def notices_of(installation: Installation) -> list[Admission]:
    return installation.store().notices.find(state=None, limit=1000, after=None)


def recorded(installation: Installation, admission: Admission) -> tuple[list[Header], Timeline]:
    """Return the records of a notice that its timeline is about, and the timeline."""
    store = installation.store()
    rows = of_course(store.evidence.of_notice(admission.entry.reference))
    headers = [Header.of(row.header) for row in rows]
    beside = within(store.evidence.configurations(), headers, admission.entry.state)
    headers += [Header.of(row.header) for row in beside]
    return headers, timeline(admission, store.notices.history(admission.entry.reference), headers)


def lines_of(installation: Installation, admission: Admission) -> list[TimelineLine]:
    headers, told = recorded(installation, admission)
    return timeline_lines(told, headers)


def foreign(text: str) -> list[str]:
    """Return Latin letters, digits of other scripts and blanks of templates that stand in no isolate."""
    return _FOREIGN.findall(_APART.sub("", text))


def sentences(installation: Installation, admission: Admission) -> Iterator[str]:
    """Yield every sentence that is told of a notice in Persian."""
    deadline = notice_deadline(installation, admission)
    anew = bool(revised(installation.store().worklist, [admission.entry]))
    yield sentence_of(admission, installation.clock(), revised=anew).fa
    yield deadline.effect.fa
    yield from (text.fa for each in deadline.periods for text in (each.label, each.told))
    yield from (text.fa for step in deadline.steps for text in (step.words, step.rule) if text is not None)
    for line in lines_of(installation, admission):
        yield from (each.fa for each in (line.sentence, line.detail, line.finding) if each is not None)


def test_every_ending_is_among_them(lived: Installation, troubles: Troubled, endings: Installation) -> None:
    told = (lived, troubles.installation, endings)
    assert {each.entry.state for where in told for each in notices_of(where)} == set(DeliveryState) - {_S.SENDING}


def test_each_has_a_deadline_or_says_why_none(told_by: tuple[Installation, Visit]) -> None:
    installation, _ = told_by
    for admission in notices_of(installation):
        deadline = notice_deadline(installation, admission)
        assert deadline.periods or deadline.open is not None, admission.entry
        assert all(each.ends_on is not None or each.open is not None for each in deadline.periods)
        assert deadline.steps
        arrived = admission.entry.service_time is not None
        assert arrived == (deadline.served_on is not None)
        if any(each.ends_on is not None for each in deadline.periods):
            derivation = " ".join(step.words.fa for step in deadline.steps)
            assert "جزو مهلت محسوب نمی‌شود" in derivation
            assert "آخرین روز مهلت" in derivation


def test_no_sentence_names_a_code(told_by: tuple[Installation, Visit]) -> None:
    """An isolate may hold words of others and names; never a code that a person knows in words."""
    installation, _ = told_by
    codes = {*CATALOGUE, *ACTS, *OPERATIONS, *DeliveryState, *EVENTS, *ROLE_NAMES}
    told = [text for admission in notices_of(installation) for text in sentences(installation, admission)]
    assert told
    assert {found for text in told for found in re.findall("\u2068([^\u2069]*)\u2069", text)} & codes == set()


def test_sentences_are_persian_alone(told_by: tuple[Installation, Visit]) -> None:
    installation, _ = told_by
    wrong = {
        text: signs
        for admission in notices_of(installation)
        for text in sentences(installation, admission)
        if (signs := foreign(text))
    }
    assert wrong == {}


def test_every_step_of_the_record_is_told_in_order_of_time(told_by: tuple[Installation, Visit]) -> None:
    installation, _ = told_by
    for admission in notices_of(installation):
        reference = admission.entry.reference
        headers, _ = recorded(installation, admission)
        lines = lines_of(installation, admission)
        times = [line.occurred_at for line in lines]
        assert times == sorted(times), reference
        assert {line.record for line in lines} >= {header.id for header in headers}
        history = installation.store().notices.history(reference)
        assert [line.event for line in lines if line.state is not None] == [step.event.value for step in history]


@pytest.mark.long
def test_the_page_tells_the_same(told_by: tuple[Installation, Visit]) -> None:
    installation, visit = told_by
    for admission in notices_of(installation):
        page = visit(Role.OPERATOR).page(f"/notices/{admission.entry.reference}")
        deadline, steps = (_part(page, *part) for part in (("deadline", "facts"), ("timeline", "written")))
        told = notice_deadline(installation, admission)
        for words in (*(each.told for each in told.periods), *(each.words for each in told.steps if told.served_on)):
            assert _plain(words.fa) in _plain(deadline)
        for line in lines_of(installation, admission):
            assert _plain(line.words.fa) in _plain(steps)
        assert _FOREIGN.findall(_without_code(deadline) + _without_code(steps)) == []


def test_the_command_line_tells_the_same(told_by: tuple[Installation, Visit]) -> None:
    installation, _ = told_by
    screen.language = Language.PERSIAN
    try:
        for admission in notices_of(installation):
            lines = lines_of(installation, admission)
            with console.capture() as shown:
                show_account(installation, admission, lines)
            text = " ".join(shown.get().split())
            for told in sentences(installation, admission):
                assert " ".join(_plain(told).split()).removesuffix(".") in text, told
    finally:
        screen.language = Language.ENGLISH


def test_the_evidence_file_tells_the_same(lived: Installation) -> None:
    for state in (_S.VIEWED, _S.REJECTED):
        admission = next(each for each in notices_of(lived) if each.entry.state is state)
        headers, told = recorded(lived, admission)
        page = _evidence_page(lived, admission, headers, told)
        for text in (*(step.words.fa for step in notice_deadline(lived, admission).steps),):
            assert _plain(text) in page
        for line in timeline_lines(told, headers):
            assert _plain(line.words.fa) in page
            assert line.detail is None or _plain(line.detail.fa) in page


def _evidence_page(installation: Installation, admission: Admission, headers: Sequence[Header], told: Timeline) -> str:
    places = {header.id: place for place, header in enumerate(headers)}
    index = Index(
        origin="example/archive",
        made_at=told.elements[0].occurred_at,
        case=None,
        size=len(headers),
        notices=(),
        records=tuple(IndexedRecord(index=place, file=f"records/{place}", withheld=None) for place in places.values()),
    )
    deadlines = {admission.entry.reference: notice_deadline(installation, admission)}
    made = pages([told], index, places, lambda _: b"", deadlines)
    return _plain(made["timeline.fa.html"].decode())


def _part(page: str, begin: str, end: str) -> str:
    return page.partition(f'id="{begin}"')[2].partition(">")[2].partition(f'<h2 id="{end}"')[0]


def _without_code(html: str) -> str:
    """Return the text of a part of a page without codes, isolates and attributes."""
    html = re.sub(
        r"<(bdi|code|form|span class=\"(?:code|number))\b.*?</(?:bdi|code|form|span)>", "", html, flags=re.DOTALL
    )
    return _APART.sub("", unescape(re.sub(r"<[^>]*>", " ", html)))


def _plain(text: str) -> str:
    return re.sub("[\u2066-\u2069]", "", unescape(re.sub(r"<[^>]*>", "", text)))


def test_acts_of_persons_are_told_in_persian_with_the_account_and_the_reason_as_they_were_written() -> None:
    act = {"at": "2026-11-29T08:00:00.000000Z", "act": "queue.hold", "account": "h.karimi", "outcome": "held"}
    screen.language = Language.PERSIAN
    try:
        with console.capture() as shown:
            notice_show._show_acts([act | {"reason": "پرونده مختومه است", "authentication": NOT_AUTHENTICATED}])
    finally:
        screen.language = Language.ENGLISH
    told = " ".join(shown.get().split())
    assert all(each in told for each in ("اقدام‌های اشخاص", ACTS["queue.hold"].fa, "h.karimi", "پرونده مختومه است"))
    assert not any(each in told for each in ("acts of persons", "queue.hold", NOT_AUTHENTICATED, "account"))
