"""A notice that a secretary types in the console: sealed, sent, served, shown on its page, and proven."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.composition.installation import Installation
from adapters.sandbox.verbs.demo_folder import prepare
from adapters.sandbox.verbs.demo_people import make_people
from tests.console.console_folder import BY_HAND
from tests.console.real_people import TOKEN
from tests.papers import PDF

from .conftest import Program, edit
from .service import SandboxProcess, serving, until
from .test_console import Browser

OWN = {"Sec-Fetch-Site": "same-origin"}
TYPED = {
    "body_and_kind": "article-100 ruling",
    "case_number": "۱۴۰۴-۱۰۰-۱",
    "paper_number": "۱۷",
    "subject": "ابلاغ رأی کمیسیون",
    "issued_on": "۱۴۰۴/۱۱/۱۴",
    "district": "منطقه ۵",
    "recipient_kind": "NATURAL",
    "recipient_id": "۹۹۹۰۰۰۰۰۱۸",
    "recipient_name": "شخص نمونه",
}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    target = tmp_path / "D"
    target.mkdir()
    prepare(target, 1)
    config = target / "gateway.toml"
    config.write_text(config.read_text(encoding="utf-8") + BY_HAND, encoding="utf-8")
    edit(target, 'file = "gateway.log"\n', "")  # to standard error
    return target


@pytest.fixture
def sandbox(directory: Path, program: Program) -> Iterator[SandboxProcess]:
    serving_sandbox = SandboxProcess(directory, program)
    yield serving_sandbox
    serving_sandbox.end()


def action(page: str) -> str:
    """Return the address to which a page's form with files is sent."""
    found = re.search(r'action="([^"]+pass=[^"]+)"', page)
    assert found
    return found[1].replace("&amp;", "&")


class Secretary(Browser):
    """Browser of the secretary of a demonstration's first commission."""

    def page(self, path: str) -> str:
        return self.get(self.address + path, timeout=600).text

    def fill(self, path: str, fields: dict[str, str], page: str, **files: Any) -> Any:
        token = TOKEN.findall(page.partition("<main")[2])[0]
        return self.post(
            self.address + path, data={"csrf": token, **fields}, files=files or None, headers=OWN, timeout=600
        )


@pytest.mark.exhaustive(group="the whole program at length", keep=8)
def test_a_typed_notice_is_sealed_served_and_proven(
    directory: Path, sandbox: SandboxProcess, program: Program, tmp_path: Path
) -> None:
    with closing(Installation.of(directory / "gateway.toml")) as installation:
        password = make_people(installation)
    with serving(directory) as service, Secretary(service.events("service began")[0]["console"]) as browser:
        assert browser.sign_in("secretary", password) == 302
        form = browser.page("/intake/new")
        preview = browser.fill(action(form), TYPED, form, paper=("رأی ۱۷.pdf", PDF))
        assert preview.status_code == 200, preview.text
        draft = preview.url.removeprefix(browser.address)
        assert "۱۴۰۴-۱۰۰-۱" in preview.text
        assert "۹۹۹۰۰۰۰۰۱۸" in preview.text
        [shown] = re.findall(r'name="shown" value="([^"]+)"', preview.text)
        entered = browser.fill(f"{draft}/enter", {"reason": "ثبت دستی", "shown": shown}, preview.text)
        assert entered.status_code == 200, entered.text
        reference = re.findall(r"EB-[A-Z2-7]{32}", entered.text)[0]

        def state() -> str:
            with closing(Installation.of(directory / "gateway.toml")) as here:
                found = here.store().notices.admission(reference)
                return "" if found is None else found.entry.state.value

        until(lambda: state() == "VIEWED", "the receipt")
        assert f"/notices/{reference}" in browser.page(draft)
        shown = browser.page(f"/notices/{reference}")
        assert "ثبت دستی ابلاغیه" in shown
        assert "secretary" in shown
        assert "رأی ۱۷.pdf" in shown
        # Nothing is left to write: the row's place is the inbox, which shows the same state.
        with closing(Installation.of(directory / "gateway.toml")) as here:
            until(
                lambda: here.store().inbox.standings("by-hand", [reference])[reference].told is not None, "the result"
            )
        assert service.end() == 0
    config, trust = ("-c", directory / "gateway.toml"), ("--trust", directory / "pki" / "anchors")
    program("archive", "write", *config)
    report = program.json("archive", "verify", directory / "archive", *trust)
    assert set(report["verdicts"].values()) <= {"PASSED", "INDETERMINATE"}
    file = tmp_path / "notice.asice"
    program("evidence", "export", reference, "-o", file, *config)
    assert "FAILED" not in program.json("evidence", "verify", file, *trust)["verdicts"].values()
    log = json.dumps(service.lines(), ensure_ascii=False)
    assert "9990000018" not in log
    assert TYPED["recipient_name"] not in log
