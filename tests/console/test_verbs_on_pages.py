"""No page sends a person to the command line, unless it says that this is on the gateway's machine.

The words of errors are tested by code: `tests/unit/test_page_remedies.py`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from adapters.composition.installation import Installation
from gateway.people.permissions import Role
from tests.console.route_paths import pages
from tests.console.signed_in import Visitor, pages_of, visitor
from tests.console.troubled import Troubled
from tests.console.verb_names import named_verbs

LANGUAGES = ("fa", "en")
OF_THE_MACHINE = ("/settings",)
"""Pages that show the comments of a file on the gateway's machine, as they stand there."""


def texts_of(page: str) -> Iterator[str]:
    """Yield the texts of a page for people, paragraph by paragraph. Records and files are shown as they are."""
    main = re.sub(r"<(pre|script|style|textarea)\b.*?</\1>", "", page.partition("<main")[2], flags=re.DOTALL)
    for part in re.split(
        r"</?(?:p|li|dd|dt|td|th|h[1-6]|div|summary|label|option|button|legend|figcaption)\b[^>]*>", main
    ):
        yield html.unescape(re.sub(r"<[^>]+>", "", part)).strip()


def verbs_of(see: Visitor, path: str) -> list[tuple[str, str]]:
    """Return the texts of a page that name verbs, each with the page's path."""
    if path.startswith(OF_THE_MACHINE):
        return []
    return [(path, text) for text in texts_of(see.get(path).text) if named_verbs(text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_names_a_verb(
    lived_app: Flask, lived: Installation, visit: Callable[..., Visitor], language: str
) -> None:
    found = []
    for path, role in pages(lived_app, lived):
        found += verbs_of(visit(role or Role.OPERATOR, language=language), path)
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_names_a_verb_where_every_kind_of_trouble_stands(troubles: Troubled, language: str) -> None:
    """Also the pages of each notice, each doubt and each destination of the store."""
    app = pages_of(troubles.installation)
    see = visitor(app, Role.OPERATOR, language=language)
    paths = [path for path, role in pages(app, troubles.installation) if role is None or role is Role.OPERATOR]
    paths += [f"/notices/{each}" for each in troubles.notices.values()]
    paths += [f"/queue/doubts/{each}" for each in troubles.notices.values()]
    assert [each for path in paths for each in verbs_of(see, path)] == []
