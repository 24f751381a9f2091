"""The first page: what waits for this person, numbers of the own bodies alone, and whether everything answers."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from gateway.overview.worklist import by_edges, day_edges, days_between
from gateway.people.permissions import BOUND, PERMISSIONS, Permission, Role
from tests.console.signed_in import Visitor
from tests.console.troubled import OTHER, OWN, Troubled

Visit = Callable[..., Visitor]


def numbers(page: str) -> dict[str, int]:
    """Return the numbers of the page by the name of their chart."""
    found = re.findall(r"<strong>([\d,]+)<.*?aria-labelledby=\"([a-z-]+)-chart\"", page, re.DOTALL)
    return {name: int(count.replace(",", "")) for count, name in found}


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("role", list(Role))
def test_every_role_lands_on_a_page_with_something_on_it(visit_troubled: Visit, role: Role, language: str) -> None:
    page = visit_troubled(role, language=language).page("/")
    assert page.count("<h1>") == 1
    assert 'class="states"' in page
    assert 'class="waiting"' in page or 'class="plain"' in page


def test_what_waits_is_shown_oldest_first_with_one_step_each(visit_troubled: Visit, troubles: Troubled) -> None:
    page = visit_troubled(Role.OPERATOR, language="en").page("/")
    waiting = ("absent", "absent-other", "untold", "late", "rejected", "rejected-other", "no-account", "stuck")
    for name in waiting:
        assert page.count(f"1404-{name}<") == 1, name
    for name in ("arrived", "held", "forged", "away-1"):
        assert f"1404-{name}<" not in page, f"{name} goes on by itself, or a person has decided already"
    assert page.index("1404-absent<") < page.index("1404-rejected<") < page.index("1404-stuck<")
    assert f"/queue/doubts/{troubles.notices['untold']}" in page
    assert f"/notices/{troubles.notices['rejected']}" in page
    assert "Ask by telephone, then decide" in page


def test_the_numbers_are_those_of_the_own_bodies(visit_troubled: Visit) -> None:
    """The number of another body's notices would tell of them, too."""
    everything = numbers(visit_troubled(Role.OPERATOR, language="en").page("/"))
    own = numbers(visit_troubled(Role.COMMISSION_SECRETARY, {OWN}, "en").page("/"))
    other = numbers(visit_troubled(Role.COMMISSION_SECRETARY, {OTHER}, "en").page("/"))
    none = numbers(visit_troubled(Role.COMMISSION_SECRETARY, {"article-99"}, "en").page("/"))
    assert everything["waiting"] == 8
    assert own["waiting"] == 6
    assert other["waiting"] == 2
    assert everything["refused"] == own["refused"] + other["refused"] + 1, "one row has no body that can be read"
    assert everything["on-the-way"] == own["on-the-way"] + other["on-the-way"]
    assert own["served"] == everything["served"] == 1
    assert set(none.values()) == {0}


def test_a_secretary_sees_nothing_of_another_body(visit_troubled: Visit, troubles: Troubled) -> None:
    page = visit_troubled(Role.COMMISSION_SECRETARY, {OWN}, "en").page("/")
    assert "-other" not in page
    assert OTHER not in page
    title = troubles.installation.settings.bodies[OTHER].title
    assert title not in page, "not even that its seals are refused"
    assert title in visit_troubled(Role.OPERATOR, language="en").page("/")


def test_a_head_of_commission_has_no_link_to_pages_of_other_roles(visit_troubled: Visit) -> None:
    page = visit_troubled(Role.HEAD_OF_COMMISSION, language="en").page("/")
    linked = set(re.findall(r'href="(/queue[^"]*)"', page))
    assert all(re.fullmatch(r"/queue/doubts/EB-[A-Z0-9]{32}", address) for address in linked)
    assert "/refused" not in page
    assert "/endpoints" not in page


def test_it_says_when_calls_resume(visit_troubled: Visit) -> None:
    assert "calls resume at" in visit_troubled(Role.COMMISSION_SECRETARY, language="en").page("/")
    assert "تماس بعدی ساعت" in visit_troubled(Role.HEAD_OF_COMMISSION).page("/")


@pytest.mark.parametrize("role", [Role.MAPPING_ADMINISTRATOR, Role.APPROVER, Role.SECURITY_OFFICER])
def test_those_who_see_no_notices_have_no_numbers_of_notices(visit_troubled: Visit, role: Role) -> None:
    page = visit_troubled(role, language="en").page("/")
    assert not {"on-the-way", "served", "waiting"} & numbers(page).keys()
    assert "1404-" not in page
    assert "Certificates to be renewed" in page
    assert "Your pages" in page


def test_each_chart_has_a_title_and_a_table(visit_troubled: Visit) -> None:
    page = visit_troubled(Role.OPERATOR, language="en").page("/")
    assert page.count("<svg") == page.count("<title id=") == 4
    assert page.count('<th scope="row"><time') == 14


def test_a_part_of_the_page_renews_itself(visit_troubled: Visit) -> None:
    assert '<div id="today" data-refresh="15">' in visit_troubled(Role.OPERATOR).page("/")


def test_nothing_waits_in_a_store_in_which_nothing_has_happened(visit_fresh: Visit) -> None:
    page = visit_fresh(Role.COMMISSION_SECRETARY, language="en").page("/")
    assert "Nothing waits for you." in page
    assert set(numbers(page).values()) == {0}


def test_no_role_but_those_for_all_bodies_sees_the_queue() -> None:
    """Lists of the queue have no limit to bodies: who sees them sees the notices of every body."""
    for role, permissions in PERMISSIONS.items():
        if Permission.SEE_QUEUE in permissions:
            assert Permission.SEE_NOTICES in permissions
            assert role not in BOUND


def test_days_are_those_of_tehran(troubles: Troubled) -> None:
    edges = day_edges(troubles.clock())
    assert len(days_between(edges)) == 14
    assert edges[-2] <= troubles.clock() < edges[-1]
    assert by_edges([edges[0], edges[-1]], edges) == [1, *[0] * 13]
