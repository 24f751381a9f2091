"""The search for notices: each property, spellings, pages, and bodies that a person may not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.storage.search import search_plan
from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import advance
from gateway.notice.recipient_index import RecipientKey
from gateway.search.notice_query import NoticeQuery
from gateway.search.page_key import PageKey
from gateway.search.searched_text import SoughtText
from gateway.store.stored import Admission, Changes, NewSeal

from .builders import NOW, admission, at, entry, evidence, intake, reference

KEY = RecipientKey(b"k" * 32)
WHO, WHO_ELSE = "0012345679", "0790419904"


def take_in(store: SqlStore, *admissions: Admission, **others: Any) -> None:
    made = intake(*(each.entry for each in admissions))
    store.commit(replace(made, admissions=list(admissions), **others))


def a_notice(number: int, **fields: Any) -> Admission:
    """A notice, each admitted a minute after the one before. Fields of the entry are those that an entry has."""
    present = entry(number, admitted_at=at(minutes=number))
    ours = {name: value for name, value in fields.items() if hasattr(present, name)}
    return admission(replace(present, **ours), **{n: v for n, v in fields.items() if n not in ours})


def query(visible_bodies: frozenset[str] | None = None, **fields: Any) -> NoticeQuery:
    typed = {n: SoughtText.typed(v) if isinstance(v, str) else v for n, v in fields.items()}
    return NoticeQuery(visible_bodies=visible_bodies, **typed)


def numbers(found: Sequence[Admission]) -> list[int]:
    return [int(each.entry.reference[3:]) for each in found]


def found(store: SqlStore, **fields: Any) -> list[int]:
    page = store.search.find(query(**fields), after=None, limit=50)
    assert page.next is None
    assert store.search.count(query(**fields), up_to=50) == len(page.notices)
    return numbers(page.notices)


def test_all_are_found_without_any_property_newest_first(store: SqlStore) -> None:
    assert found(store) == []
    take_in(store, *(a_notice(n) for n in (2, 1, 3)))
    assert found(store) == [3, 2, 1]


@pytest.mark.parametrize("field", ["case_number", "paper_number", "tracking_number"])
def test_a_number_is_found_whole_or_by_its_beginning(field: str, store: SqlStore) -> None:
    texts = ["1404/000012", "1404/000013", "1403/000012", "ک/12"]
    take_in(store, *(a_notice(n, **{field: text}) for n, text in enumerate(texts, start=1)))
    assert found(store, **{field: "1404/000012"}) == [1]
    assert found(store, **{field: " ۱۴۰۴/٠٠٠٠12 "}) == [1]
    assert found(store, **{field: "1404/00001"}) == []
    assert found(store, **{field: "1404/00001*"}) == [2, 1]
    assert found(store, **{field: "۱۴۰*"}) == [3, 2, 1]
    assert found(store, **{field: "ك/۱۲"}) == [4]
    assert found(store, **{field: "%*"}) == []
    assert found(store, **{field: "*"}) == [4, 3, 2, 1]


def test_a_name_is_found_by_its_words_in_any_spelling(store: SqlStore) -> None:
    names = ["علی محمدی", "علي رضا محمّدي نژاد", "علی‌رضا کاظمی", "محمد علی كاظمي", "John Doe"]
    take_in(store, *(a_notice(n, recipient_name=name) for n, name in enumerate(names, start=1)))
    assert found(store, name="علی") == [4, 2, 1]
    assert found(store, name="علی*") == [4, 3, 2, 1]
    assert found(store, name="محمدی") == [2, 1]
    assert found(store, name="محمد*") == [4, 2, 1]
    assert found(store, name="علیرضا") == [3]
    assert found(store, name="كاظمی") == [4, 3]
    assert found(store, name="رضا محمدی نژاد") == [2]
    assert found(store, name="رضا محمدی ن*") == [2]
    assert found(store, name="محمدی علی") == []
    assert found(store, name="ضا*") == []
    assert found(store, name="DOE") == [5]
    assert found(store, name="_*") == []


def test_a_long_text_is_compared_to_its_end(store: SqlStore) -> None:
    long = "شرکت " + "بسیار " * 12
    take_in(store, a_notice(1, recipient_name=f"{long}بزرگ"), a_notice(2, recipient_name=f"{long}کوچک"))
    take_in(store, a_notice(3, case_number="7" * 80), a_notice(4, case_number="7" * 81))
    assert found(store, name=f"{long}بزرگ") == [1]
    assert found(store, name=f"{long}*") == [2, 1]
    assert found(store, case_number="7" * 80) == [3]
    assert found(store, case_number="7" * 80 + "*") == [4, 3]


def test_body_district_kind_state_and_time(store: SqlStore) -> None:
    take_in(
        store,
        a_notice(1),
        a_notice(2, body="article-77", kind="hearing"),
        a_notice(3, district="منطقه ۶", state=DeliveryState.REJECTED),
        a_notice(4, kind="hearing", state=DeliveryState.VIEWED),
    )
    assert found(store, bodies=frozenset({"article-77"})) == [2]
    assert found(store, bodies=frozenset({"article-77", "article-100"})) == [4, 3, 2, 1]
    assert found(store, district="منطقه 6") == [3]
    assert found(store, district="منطقه*") == [4, 3, 2, 1]
    assert found(store, kinds=frozenset({"hearing"})) == [4, 2]
    assert found(store, states=frozenset({DeliveryState.REJECTED, DeliveryState.VIEWED})) == [4, 3]
    assert found(store, kinds=frozenset({"hearing"}), states=frozenset({DeliveryState.QUEUED})) == [2]
    assert found(store, admitted_from=at(minutes=2), admitted_before=at(minutes=4)) == [3, 2]
    assert found(store, admitted_from=at(days=1)) == []
    for nothing in ("bodies", "kinds", "states"):
        assert found(store, **{nothing: frozenset()}) == []


def test_a_reference_is_found_whole_or_by_its_beginning(store: SqlStore) -> None:
    take_in(store, *(a_notice(n) for n in (1, 2)))
    assert found(store, reference=reference(2).lower()) == [2]
    assert found(store, reference="EB-000*") == [2, 1]
    assert found(store, reference="EB-1*") == []


def test_a_recipient_is_found_by_the_hash_of_the_identifier(store: SqlStore) -> None:
    entries = [KEY.entry_of(reference(1), WHO), KEY.entry_of(reference(2), WHO_ELSE)]
    take_in(store, *(a_notice(n) for n in (1, 2, 3)), recipients=entries)
    hashes = [RecipientKey(b"o" * 32).hash_of(WHO), KEY.hash_of(WHO)]
    assert found(store, recipient=hashes) == [1]
    assert found(store, recipient=hashes, case_number="1404*") == [1]
    assert found(store, recipient=hashes, states=frozenset({DeliveryState.VIEWED})) == []
    assert found(store, recipient=[]) == []
    for number in (1, 2, 3):
        assert found(store, recipient=hashes, reference=reference(number)) == ([1] if number == 1 else [])
    assert found(store, recipient=hashes, reference="EB-*") == [1]


def test_no_property_finds_a_notice_of_an_invisible_body(store: SqlStore) -> None:
    take_in(
        store,
        a_notice(1, tracking_number="T-1"),
        a_notice(2, body="article-77", tracking_number="T-2"),
        recipients=[KEY.entry_of(reference(n), WHO) for n in (1, 2)],
    )
    mine = frozenset({"article-77"})
    asked: list[dict[str, Any]] = [
        {},
        {"case_number": "1404-100-1"},
        {"paper_number": "P*"},
        {"tracking_number": "T*"},
        {"reference": "EB-*"},
        {"name": "شخص*"},
        {"district": "منطقه*"},
        {"kinds": frozenset({"ruling"})},
        {"bodies": frozenset({"article-77", "article-100"})},
        {"states": frozenset(DeliveryState)},
        {"recipient": [KEY.hash_of(WHO)]},
        {"admitted_from": NOW},
    ]
    for fields in asked:
        assert found(store, **fields) == [2, 1], fields
        assert found(store, visible_bodies=mine, **fields) == [2], fields
        assert found(store, visible_bodies=frozenset(), **fields) == [], fields
    assert found(store, visible_bodies=mine, bodies=frozenset({"article-100"})) == []
    assert found(store, visible_bodies=mine, reference=reference(1)) == []


def test_pages_follow_each_other_while_notices_arrive(store: SqlStore) -> None:
    for fields in ({}, {"case_number": "1404*"}, {"name": "شخص نمونه"}, {"kinds": frozenset({"ruling"})}):
        first = 100 * (1 + len(numbers(store.search.find(query(), after=None, limit=1000).notices)))
        # Three of each moment, over months: so that a page ends within a moment, and beside days without any.
        taken = [a_notice(first + n, admitted_at=at(days=first + (n // 3) ** 2)) for n in range(24)]
        take_in(store, *taken, recipients=[])
        wanted = sorted((each.entry.admitted_at, each.entry.reference) for each in taken)[::-1]
        got: list[tuple[datetime, str]] = []
        after: PageKey | None = None
        limited = query(admitted_from=at(days=first), admitted_before=at(days=first + 100), **fields)
        while True:
            page = store.search.find(limited, after=after, limit=5)
            got += [(each.entry.admitted_at, each.entry.reference) for each in page.notices]
            late = a_notice(first + 50 + len(got), admitted_at=at(days=first + 99))
            take_in(store, late)
            if page.next is None:
                break
            assert len(page.notices) == 5
            after = PageKey.parsed(page.next.text)
        assert got == wanted
        assert store.search.count(limited, up_to=10) == 10


def test_a_key_may_be_of_any_time(store: SqlStore) -> None:
    take_in(store, *(a_notice(n) for n in (1, 2)))
    for asked in (query(), query(name="شخص*")):
        for year, wanted in ((9999, [2, 1]), (1, [])):
            moment = f"{year:04d}-12-31T23:59:59.999999Z"
            page = store.search.find(asked, after=PageKey.parsed(f"{moment}~EB-1"), limit=9)
            assert numbers(page.notices) == wanted


def test_the_search_follows_steps(store: SqlStore) -> None:
    take_in(store, a_notice(1, state=DeliveryState.SENDING), a_notice(2))
    step = advance(
        store.notices.entries([reference(1)])[reference(1)],
        DeliveryEvent.SUBMISSION_ACCEPTANCE,
        now=at(days=1),
        tracking_number="T-۱",
        evidence_id="e",
    )
    for _ in range(2):
        store.commit(Changes(steps=[step], evidence=[evidence("e")]))
        assert found(store, states=frozenset({DeliveryState.SUBMITTED})) == [1]
        assert found(store, states=frozenset({DeliveryState.SENDING})) == []
        assert found(store, tracking_number="t-1") == found(store, tracking_number="T*") == [1]


def test_the_search_follows_a_new_seal(store: SqlStore) -> None:
    ahead = at(days=40)
    take_in(store, a_notice(1, admitted_at=ahead), a_notice(2))
    before = store.notices.entries([reference(1)])[reference(1)]
    seal = NewSeal(
        reference=reference(1),
        instead_of=before.seal_digest,
        digest=before.seal_digest.replace("sha256:", "sha256:0")[:71],
        size=7,
        at=NOW,
        evidence_id="again",
    )
    for _ in range(2):
        assert not store.commit(Changes(new_seals=[seal], evidence=[evidence("again")]))
        for fields in ({}, {"case_number": "1404*"}, {"name": "نمونه"}, {"paper_number": "P-row-*"}):
            assert found(store, **fields) == [2, 1]
            assert found(store, admitted_from=at(minutes=1), **fields) == [2]


BODIES = ("article-100", "article-77", "article-55")
WORDS = ("علی", "علي", "رضا", "علی‌رضا", "محمد", "محمدی", "كاظمی", "ک")
CASES = ("1404/1", "1404/12", "۱۴۰۴/۱۲", "1403/1", "ك-1", "ک-2")
STATES = (DeliveryState.QUEUED, DeliveryState.SUBMITTED, DeliveryState.VIEWED)

notices = st.lists(
    st.fixed_dictionaries(
        {
            "body": st.sampled_from(BODIES),
            "district": st.sampled_from(("منطقه ۱", "منطقه 1", "منطقه ۲")),
            "kind": st.sampled_from(("ruling", "hearing")),
            "case_number": st.sampled_from(CASES),
            "paper_number": st.sampled_from(("1", "2", "10")),
            "tracking_number": st.sampled_from((None, "T-1", "T-12")),
            "recipient_name": st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join),
            "state": st.sampled_from(STATES),
            "admitted_at": st.sampled_from((0, 0, 1, 30, 31, 700)).map(lambda days: at(days=days)),
            "who": st.sampled_from((WHO, WHO_ELSE)),
        }
    ),
    max_size=25,
)
some = st.sampled_from
queries = st.fixed_dictionaries(
    {"visible_bodies": st.none() | st.frozensets(some(BODIES))},
    optional={
        "bodies": st.frozensets(some(BODIES), min_size=1),
        "kinds": st.frozensets(some(("ruling", "hearing")), min_size=1),
        "states": st.frozensets(some(STATES), min_size=1),
        "district": some(("منطقه 1", "منطقه*")),
        "case_number": some(("1404/1", "1404/1*", "۱۴۰۳*", "ك-*", "ک-۱")),
        "paper_number": some(("1", "1*", "۲")),
        "tracking_number": some(("T-1", "t-1*")),
        "name": some(("علی", "علی*", "علیرضا", "محمد*", "رضا محمد*", "ك*")),
        "reference": some(("eb-*", 1, 2, 9)),
        "admitted_from": some((0, 1, 31)).map(lambda days: at(days=days)),
        "admitted_before": some((1, 31, 701)).map(lambda days: at(days=days)),
        "who": some((WHO, WHO_ELSE)),
    },
)


LETTERS = dict(zip("يكىة۰۱۲۳۴۵۶۷۸۹", "یکیه0123456789", strict=True)) | {"\u200c": ""}


def written_alike(text: str) -> str:
    """Fold the spellings that these tests use, by a table of their own: the product's folding is under test."""
    return " ".join("".join(LETTERS.get(sign, sign) for sign in text).lower().split())


def is_number(sought: SoughtText, number: str) -> bool:
    folded = written_alike(number)
    return folded[: len(sought.text)] == sought.text and (sought.begins or len(folded) == len(sought.text))


def is_in_name(sought: SoughtText, name: str) -> bool:
    """Return True if the words stand in the name one behind the other; only the last may go on, if it has a star."""
    words, wanted = written_alike(name).split(" "), sought.text.split(" ")
    for start in range(len(words) - len(wanted) + 1):
        *whole, last = words[start : start + len(wanted)]
        ends = last.startswith(wanted[-1]) if sought.begins else last == wanted[-1]
        if whole == wanted[:-1] and ends:
            return True
    return False


def matches(asked: NoticeQuery, each: Admission, who: str | None, theirs: str) -> bool:
    """A naive filter, property by property."""
    present = each.entry
    sets = [(asked.visible_bodies, each.body), (asked.bodies, each.body), (asked.kinds, each.kind)]
    texts = [
        (asked.case_number, each.case_number),
        (asked.paper_number, each.paper_number),
        (asked.tracking_number, present.tracking_number or ""),
        (asked.reference, present.reference),
        (asked.district, each.district),
    ]
    return (
        all(chosen is None or value in chosen for chosen, value in sets)
        and (asked.states is None or present.state in asked.states)
        and all(sought is None or is_number(sought, value) for sought, value in texts)
        and (asked.name is None or is_in_name(asked.name, each.recipient_name))
        and (asked.admitted_from is None or present.admitted_at >= asked.admitted_from)
        and (asked.admitted_before is None or present.admitted_at < asked.admitted_before)
        and (who is None or who == theirs)
    )


@pytest.mark.long
@pytest.mark.parametrize("rare", [10_000, 2], ids=["by the rarest", "by what is common"])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=notices, asked=st.lists(queries, min_size=1, max_size=8), limit=st.integers(1, 7))
def test_a_naive_filter_finds_the_same(
    rare: int,
    made: list[dict[str, Any]],
    asked: list[dict[str, Any]],
    limit: int,
    store: SqlStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search_plan, "RARE", rare)
    # Each example has references, and years, of its own.
    offset = store.search.count(query(), up_to=1_000_000)
    years = timedelta(days=1000 * offset)
    whose, taken = {}, []
    for number, fields in enumerate(made, start=offset + 1):
        fields = dict(fields)
        whose[reference(number)] = fields.pop("who")
        taken.append(a_notice(number, **fields | {"admitted_at": fields["admitted_at"] + years}))
    take_in(store, *taken, recipients=[KEY.entry_of(name, who) for name, who in whose.items()])
    here = {"admitted_from": at() + years, "admitted_before": at(days=999) + years}
    for fields in asked:
        fields = dict(fields)
        who = fields.pop("who", None)
        if isinstance(fields.get("reference"), int):
            fields["reference"] = reference(offset + fields["reference"])
        moved = {name: fields[name] + years for name in here if name in fields}
        sought = query(**here | fields | moved, recipient=None if who is None else [KEY.hash_of(who)])
        wanted = [each for each in taken if matches(sought, each, who, whose[each.entry.reference])]
        wanted.sort(key=lambda each: (each.entry.admitted_at, each.entry.reference), reverse=True)
        got: list[Admission] = []
        page = store.search.find(sought, after=None, limit=limit)
        got += page.notices
        while page.next is not None:
            page = store.search.find(sought, after=page.next, limit=limit)
            got += page.notices
        assert numbers(got) == numbers(wanted)
        assert store.search.count(sought, up_to=100) == len(wanted)
