"""Remedies for readers of the console: they name pages and buttons, and a verb for the gateway's machine alone."""

from __future__ import annotations

import pytest

from gateway.runtime.errors import CATALOGUE, CatalogueEntry
from tests.console.verb_names import named_verbs

OF_THE_COMMAND_LINE = frozenset(
    {
        *("service.role", "service.listen", "service.processes", "store.server"),  # of a process's own options
        *("source.rename-unknown", "search.key-exists", "people.not-first", "evidence.bodies"),
        *("recovery.none", "recovery.stated", "recovery.moved", "recovery.open-ends", "receipts.no-cursor"),
        *("archive.checkpoint", "archive.proof", "archive.not-damaged", "archive.not-forked"),
        *("retention.unknown", "retention.not-held"),
        "act.user-namespace",
        *("profile.sample", "profile.notice", "unserved.operation", "unserved.login"),
    }
)
"""Codes of acts that the console does not offer. Findings of `reconcile`, and codes of the sandbox and its
demonstration, are on no page."""

ON_NO_PAGE = ("reconcile.", "sandbox.", "demo.")


def is_on_a_page(entry: CatalogueEntry) -> bool:
    return entry.code not in OF_THE_COMMAND_LINE and (bool(entry.page) or not entry.code.startswith(ON_NO_PAGE))


@pytest.mark.parametrize("code", sorted(entry.code for entry in CATALOGUE.values() if is_on_a_page(entry)))
def test_a_remedy_for_the_console_names_no_verb(code: str) -> None:
    entry = CATALOGUE[code]
    for text in (entry.en, entry.fa, entry.on_page.en, entry.on_page.fa):
        assert named_verbs(text) == [], text


def test_no_code_is_excepted_without_need() -> None:
    for code in OF_THE_COMMAND_LINE:
        entry = CATALOGUE[code]
        assert not entry.page, code
        assert named_verbs(entry.on_page.en) + named_verbs(entry.on_page.fa) != [], code


def test_a_remedy_for_the_console_is_in_both_languages_and_another_one() -> None:
    for entry in CATALOGUE.values():
        assert bool(entry.page) == bool(entry.page_fa), entry.code
        assert not entry.page or differs(entry), entry.code


def differs(entry: CatalogueEntry) -> bool:
    return (entry.page, entry.page_fa) != (entry.remedy, entry.remedy_fa)
