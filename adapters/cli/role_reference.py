"""Make `docs/reference/roles.md`: the permissions of each role, from the table that the code uses.

Run it with `python -m adapters.cli.role_reference`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

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

_HEAD = """# Roles and permissions · نقش‌ها و مجوزها

`make docs` makes this page from `gateway/people/permissions.py`. [people.md](../operate/people.md) says how a person
gets a role. ● is a permission for all bodies, ◐ one for the person's own bodies only. Permissions above the line only
show; those below it change something, or send something to others.
"""
_OTHER_SIDE = """
<div dir="rtl">

این جدول از برنامه ساخته می‌شود. ● یعنی مجوز برای همه کمیسیون‌ها و ◐ یعنی فقط برای کمیسیون‌های خود کاربر.
نام‌ها در هر دو جدول به دو زبان آمده است. نقش حسابرس با هیچ نقش دیگری همراه نمی‌شود و هیچ چیز را تغییر نمی‌دهد.

</div>
"""


def page() -> str:
    """Return the page as Markdown."""
    return "\n".join([_HEAD, *_roles(), "", *_permissions(), _OTHER_SIDE])


def _roles() -> Iterator[str]:
    yield "| role | name | نام | bodies | with others |"
    yield "| --- | --- | --- | --- | --- |"
    for role in Role:
        bodies = "own · خود" if role in BOUND else "all · همه"
        others = "alone · تنها" if role in ALONE else "yes · بله"
        yield f"| `{role}` | {ROLE_NAMES[role].en} | {ROLE_NAMES[role].fa} | {bodies} | {others} |"


def _permissions() -> Iterator[str]:
    yield f"| permission | مجوز | {' | '.join(f'`{role}`' for role in Role)} |"
    yield f"| --- | --- | {' | '.join(':-:' for _ in Role)} |"
    shows = [each for each in Permission if each not in CHANGING]
    for permission in (*shows, None, *(each for each in Permission if each in CHANGING)):
        if permission is None:
            yield f"| — | — | {' | '.join('—' for _ in Role)} |"
            continue
        names, marks = PERMISSION_NAMES[permission], " | ".join(_mark(role, permission) for role in Role)
        yield f"| {names.en} | {names.fa} | {marks} |"


def _mark(role: Role, permission: Permission) -> str:
    if permission not in PERMISSIONS[role]:
        return ""
    return "◐" if role in BOUND else "●"


if __name__ == "__main__":
    sys.stdout.write(page())
