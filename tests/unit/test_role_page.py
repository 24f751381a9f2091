"""The page of roles is made from the table that the code uses."""

from __future__ import annotations

from pathlib import Path

from adapters.cli import role_reference
from gateway.people.permissions import PERMISSIONS, Permission, Role

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "roles.md"


def test_the_page_of_roles_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == role_reference.page(), "run: make docs"


def test_the_page_has_a_mark_for_each_permission_of_each_role() -> None:
    marks = sum(role_reference.page().count(mark) for mark in ("| ●", "| ◐"))
    assert marks == sum(len(PERMISSIONS[role]) for role in Role)
    assert role_reference.page().count("\n| ") >= len(Permission) + len(Role)
