"""In a demonstration's folder, a verb that needs the sandbox says how it is run; elsewhere it does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer

from adapters.cli.common import sandbox_child
from adapters.cli.evidence import evidence
from adapters.terminal.printing import errors
from gateway.archive.timestamping import NoTimeStamp
from gateway.evidence.evidence_export import Exported
from gateway.runtime.errors import GatewayError

DOES_NOT_RUN = NoTimeStamp({"sandbox": GatewayError("time.unreachable", where="sandbox")})


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """Folders whose sandbox runs now; an export succeeds only then."""
    running: list[Path] = []

    @contextmanager
    def child(directory: Path) -> Iterator[None]:
        running.append(directory)
        yield
        running.pop()

    def made(*_arguments: object) -> Exported:
        if not running:
            raise DOES_NOT_RUN
        return Exported(notices=1, records=8, withheld=0, size=9, stamped=True)

    monkeypatch.setattr(sandbox_child, "sandbox_child", child)
    monkeypatch.setattr(evidence, "installation_of", lambda _config: None)
    monkeypatch.setattr(evidence, "export_to", made)
    yield running
    assert running == []


def refused(folder: Path) -> str:
    with errors.capture() as shown, pytest.raises(typer.Exit) as ended:
        evidence.export_file(folder / "notice.asice", "EB-1", config=folder / "gateway.toml")
    assert ended.value.exit_code == 1
    return " ".join(shown.get().split())


def test_an_export_without_the_demos_authority_says_how_to_run_it(tmp_path: Path, served: list[Path]) -> None:
    (tmp_path / sandbox_child.SANDBOX_FILE).touch()
    reported = refused(tmp_path)
    assert "time.no-authority" in reported
    assert "time authority are in its sandbox; `evidence export --with-sandbox` runs it" in reported
    assert "این پوشه نمایشی است" in reported


def test_an_installation_is_told_of_no_sandbox(tmp_path: Path, served: list[Path]) -> None:
    reported = refused(tmp_path)
    assert "time.no-authority" in reported
    assert "its sandbox" not in reported


def test_an_export_runs_the_sandbox_where_it_is_asked_to(tmp_path: Path, served: list[Path]) -> None:
    evidence.export_file(tmp_path / "notice.asice", "EB-1", with_sandbox=True, config=tmp_path / "gateway.toml")
