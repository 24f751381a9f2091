"""A table or a line shows its text as it is, whatever it looks like."""

from __future__ import annotations

import pytest

from adapters.terminal.printing import console, errors, table, tell
from gateway.runtime.errors import GatewayError

FINGERPRINT = "61:AB:17:DE:1C:B9"


@pytest.mark.parametrize("text", [FINGERPRINT, "1404[/red]/7", "[bold]", "[/]", "برگه [۱]"])
def test_a_cell_says_what_it_says(text: str) -> None:
    rows = table("title", "case")
    rows.add_row(text)
    with console.capture() as shown:
        console.print(rows)
    assert text in shown.get().splitlines()[-1]


def test_octets_are_no_pictures() -> None:
    with console.capture() as shown:
        console.print(FINGERPRINT)
    assert shown.get().strip() == FINGERPRINT


def test_a_title_is_not_broken_over_a_narrow_table() -> None:
    reference = "EB-37QFRUAEKRH7MN2NLKHH7VTJZANKHFXC"
    rows = table(reference, "", "")
    rows.add_row("kind", "ruling")
    with console.capture() as shown:
        console.print(rows)
    assert shown.get().splitlines()[0].strip() == reference


def test_an_error_is_told_with_what_was_found() -> None:
    with errors.capture() as shown:
        tell(GatewayError("source.schema", where="cases [x]", detail="no column [/y]"))
    assert "where: cases [x]\n  found: no column [/y]" in shown.get()
