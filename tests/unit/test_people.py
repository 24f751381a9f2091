"""People, roles and permissions: one table, and no permission that another role widens."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations

import pytest

from gateway.people.permissions import (
    ALONE,
    BOUND,
    CHANGING,
    PERMISSION_NAMES,
    PERMISSIONS,
    ROLE_NAMES,
    Permission,
    Role,
)
from gateway.people.person import Person, assert_login, assert_name, assert_roles, login_of
from gateway.runtime.errors import GatewayError

NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)
BODIES = frozenset({"article-100", "article-77"})


def person(*roles: Role, bodies: frozenset[str] = frozenset(), active: bool = True) -> Person:
    return Person(
        id="p1",
        login="zahra",
        name="زهرا",
        roles=frozenset(roles),
        bodies=bodies,
        active=active,
        created_at=NOW,
        changed_at=NOW,
    )


def test_every_role_and_every_permission_is_in_the_table_and_has_names() -> None:
    assert set(PERMISSIONS) == set(ROLE_NAMES) == set(Role)
    assert set(PERMISSION_NAMES) == set(Permission)
    assert frozenset().union(*PERMISSIONS.values()) == set(Permission)
    for names in (*ROLE_NAMES.values(), *PERMISSION_NAMES.values()):
        assert names.en
        assert names.fa


def test_an_auditor_reads_everything_and_changes_nothing() -> None:
    assert not PERMISSIONS[Role.AUDITOR] & CHANGING
    assert set(Permission) - PERMISSIONS[Role.AUDITOR] == CHANGING | {Permission.EXPORT_PERSONAL_DATA}
    auditor = person(Role.AUDITOR)
    assert auditor.visible_bodies is None
    assert auditor.sees("article-100")


def test_nobody_edits_and_approves_mappings_by_one_role() -> None:
    both = {Permission.EDIT_MAPPINGS, Permission.APPROVE_MAPPINGS}
    assert not [role for role, given in PERMISSIONS.items() if both <= given]


def test_whoever_manages_people_sees_no_notices() -> None:
    for role, given in PERMISSIONS.items():
        assert not {Permission.MANAGE_PEOPLE, Permission.SEE_NOTICES} <= given, role


@pytest.mark.parametrize("role", sorted(BOUND))
def test_a_bound_role_sees_the_own_bodies_only(role: Role) -> None:
    one = person(role, bodies=frozenset({"article-100"}))
    assert one.visible_bodies == {"article-100"}
    assert one.sees("article-100")
    assert not one.sees("article-77")
    assert person(role).visible_bodies == frozenset()
    assert not person(role).may(Permission.SEE_NOTICES)


def test_a_role_for_all_bodies_widens_its_own_permissions_only() -> None:
    """Each permission of each two roles: all bodies only if an unbound one of them gives it."""
    for one, other in combinations(sorted(set(Role) - ALONE), 2):
        both = person(one, other, bodies=BODIES)
        for permission in Permission:
            giving = {role for role in (one, other) if permission in PERMISSIONS[role]}
            wanted = None if giving - BOUND else BODIES if giving else frozenset()
            assert both.bodies_for(permission) == wanted, (one, other, permission)
    secretary = person(Role.COMMISSION_SECRETARY, Role.MAPPING_ADMINISTRATOR, bodies=frozenset({"article-100"}))
    assert secretary.visible_bodies == {"article-100"}
    assert secretary.bodies_for(Permission.SEE_REFUSED_ROWS) is None


def test_a_head_who_is_a_secretary_acts_on_the_own_bodies() -> None:
    both = person(Role.HEAD_OF_COMMISSION, Role.COMMISSION_SECRETARY, bodies=frozenset({"article-77"}))
    assert both.may(Permission.ACT_ON_NOTICES, "article-77")
    assert not both.may(Permission.ACT_ON_NOTICES, "article-100")


def test_an_inactive_person_may_nothing() -> None:
    gone = person(Role.OPERATOR, Role.COMMISSION_SECRETARY, bodies=BODIES, active=False)
    assert not [permission for permission in Permission if gone.may(permission)]
    assert gone.visible_bodies == frozenset()
    assert not gone.sees("article-100")


@pytest.mark.parametrize(
    ("roles", "bodies", "code"),
    [
        ([], [], "people.roles"),
        ([Role.AUDITOR, Role.OPERATOR], [], "people.roles"),
        ([Role.COMMISSION_SECRETARY], [], "people.bodies"),
        ([Role.COMMISSION_SECRETARY], ["article-1"], "people.bodies"),
        ([Role.OPERATOR], ["article-100"], "people.bodies"),
    ],
)
def test_roles_and_bodies_go_together(roles: list[Role], bodies: list[str], code: str) -> None:
    with pytest.raises(GatewayError) as refusal:
        assert_roles(roles, bodies, BODIES)
    assert refusal.value.code == code


def test_good_roles_are_taken() -> None:
    assert_roles([Role.AUDITOR], [], BODIES)
    assert_roles([Role.HEAD_OF_COMMISSION, Role.OPERATOR], ["article-100"], BODIES)


@pytest.mark.parametrize("login", ["", "a", "A.b", ".ab", "ab-", "a b", "زهرا", "a" * 64, "a\n"])
def test_a_bad_login_is_refused(login: str) -> None:
    with pytest.raises(GatewayError, match=r"people\.login"):
        assert_login(login)


def test_a_login_has_one_form() -> None:
    assert login_of(" Z.Ahmadi۱۲\u200f ") == "z.ahmadi12"
    assert_login("z.ahmadi12")


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 101, "a\u202eb"])
def test_a_bad_name_is_refused(name: str) -> None:
    with pytest.raises(GatewayError, match=r"people\.name"):
        assert_name(name)


def test_a_persian_name_with_a_half_space_is_good() -> None:
    assert_name("سید علی‌رضا موسوی‌نژاد")


def test_a_person_is_printed_without_personal_data() -> None:
    assert "zahra" not in repr(person(Role.OPERATOR))
    assert "زهرا" not in repr(person(Role.OPERATOR))
