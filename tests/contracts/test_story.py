"""From a contract to written-back cases, by the commands of docs/connect/bind-your-own-service.md, within an hour."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters.shipped.resources import ROOT

from .barid.__main__ import installed as barid_installed
from .mizan.__main__ import installed as mizan_installed
from .page import REST_COMMANDS, SOAP_COMMANDS, output_of, run

pytestmark = pytest.mark.long


@dataclass(frozen=True, kw_only=True)
class Page:
    """One of the page's two walks: its commands, the folder that they name, and their answers."""

    commands: Sequence[str]
    at_least: int
    folder: str
    installed: Callable[[Path], AbstractContextManager[tuple[str, Any]]]
    one_letter_a_call: bool
    previewed: str
    begun: str
    """The folder that `profile init` writes."""


PAGES = {
    "WSDL": Page(
        commands=SOAP_COMMANDS,
        at_least=18,
        folder="D",
        installed=mizan_installed,
        one_letter_a_call=True,
        previewed="RegisterLetter",
        begun="profiles/first",
    ),
    "OpenAPI": Page(
        commands=REST_COMMANDS,
        at_least=17,
        folder="R",
        installed=barid_installed,
        one_letter_a_call=False,
        previewed='"ourRef": "EB-',
        begun="profiles/ravan",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.exhaustive(group="stories of contracts", keep=4)
def test_the_page_leads_from_the_contract_to_the_first_receipt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    page = PAGES[name]
    folder, config = tmp_path / page.folder, f"-c {page.folder}/gateway.toml"
    monkeypatch.chdir(tmp_path)
    for name_of_folder in ("config", "examples"):
        (tmp_path / name_of_folder).symlink_to(ROOT / name_of_folder)
    with page.installed(folder) as (_, service):
        reported = {command: run(command) for command in page.commands}
        assert len(reported) == len(page.commands) >= page.at_least
        assert "TO_FILL_IN" in (folder / page.begun / "submit.toml").read_text(encoding="utf-8")
        assert "to fill in" in output_of(reported, "profile init")
        assert "ACCEPTED" in output_of(reported, "profile try")
        checked = output_of(reported, "check ")
        assert "4 operations bound" in checked
        assert ("lost.batches" in checked) is page.one_letter_a_call
        assert ("lost." in checked) is page.one_letter_a_call
        preview = output_of(reported, "mapping preview")
        assert page.previewed in preview
        assert "notice and message conform" in preview
        assert "FAILED" not in output_of(reported, "archive verify")

        with closing(sqlite3.connect(folder / "gateway.db")) as store:
            states = Counter(state for (state,) in store.execute("SELECT state FROM outbox"))
            [waiting] = store.execute("SELECT count(*) FROM quarantine").fetchone()
        assert states.keys() == {"VIEWED", "REJECTED", "NO_ACCOUNT"}
        assert waiting == 0
        with closing(sqlite3.connect(folder / "cases.db")) as cases:
            [written] = cases.execute("SELECT count(*) FROM notices WHERE eblagh_state = 'VIEWED'").fetchone()
        assert written == states["VIEWED"] > 0
        assert len(service.kept) == len(service.slips) == 2 * written

        # The corrected revision of the letter that was rejected goes out now; then there is nothing left to do.
        run(f"run-once all {config}")
        again = json.loads(run(f"run-once all {config} --json").splitlines()[-1])
        assert not again["dispatch"].get("sent")
        assert {len(letters) for letters in service.letters.values()} == {1}, "no letter went out twice"
