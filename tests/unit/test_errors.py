"""The catalogue of errors: one table for code, docs and reports."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters.cli.errors import page
from adapters.sandbox.verbs import refusals_page
from gateway.runtime.errors import CATALOGUE, ErrorScope, GatewayError

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
SOURCES = "\n".join(
    path.read_text(encoding="utf-8") for package in ("gateway", "adapters") for path in (ROOT / package).rglob("*.py")
)


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_each_code_is_used_and_speaks_persian(code: str) -> None:
    assert f'"{code}"' in SOURCES, "a code that nothing raises"
    entry = CATALOGUE[code]
    for text in (entry.fa, entry.remedy_fa):
        assert re.search(r"[\u0600-\u06FF]", text)


def test_each_code_in_the_sources_is_in_the_catalogue() -> None:
    areas = "|".join(sorted({code.split(".")[0] for code in CATALOGUE}))
    used = set(re.findall(rf'(?:Error|Rejection|Refused)\(\s*"((?:{areas})\.[a-z0-9-]+)"', SOURCES))
    assert used
    assert used <= set(CATALOGUE)


def test_what_an_error_stops_is_a_typed_scope_and_no_prefix_of_its_code() -> None:
    # These show an error, by its area: they stop or continue nothing by it.
    printed = {"adapters/municipal/rest/messages.py", "adapters/terminal/printing.py", "adapters/web/health.py"}
    steered = [
        str(path.relative_to(ROOT))
        for package in ("gateway", "adapters")
        for path in (ROOT / package).rglob("*.py")
        if re.search(
            r"\b(error|refusal|rejection|failed)\.code\.(startswith|partition|split)\(",
            path.read_text(encoding="utf-8"),
        )
    ]
    assert set(steered) <= printed
    assert {CATALOGUE[code].scope for code in ("notice.date", "verify.signature", "store.full")} == {
        ErrorScope.ROW,
        ErrorScope.CALL,
        ErrorScope.SYSTEM,
    }


def test_the_page_of_errors_is_the_catalogue() -> None:
    assert (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8") == page(CATALOGUE.values()), "run: make docs"


def test_the_page_of_refusals_is_made_from_the_code() -> None:
    assert (ROOT / "docs/reference/refusals.md").read_text(encoding="utf-8") == refusals_page.page(), "run: make docs"


def test_no_two_refusals_of_rows_say_the_same() -> None:
    entries = [entry for entry in CATALOGUE.values() if entry.code.startswith(refusals_page.AREAS)]
    for said in ("en", "fa", "remedy_fa"):
        texts = [getattr(entry, said) for entry in entries]
        assert len(set(texts)) == len(texts), said


def test_an_error_says_where_what_and_who_must_act() -> None:
    error = GatewayError("document.too-large", where="row 7", detail="9000000 bytes")
    assert str(error) == "row 7: the document is larger than 7 MB (9000000 bytes) [document.too-large]"
    assert error.advice == "municipality: attach a smaller scan"
