"""`run-once receipts --after`: receipts are fetched once more where the profile has a cursor, and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.installation import Installation
from adapters.composition.passes.read_again import ReadAgain
from adapters.composition.policies import receipt_policy
from adapters.settings import load_profile
from adapters.shipped.resources import CONFIG, ROOT
from gateway.runtime.errors import GatewayError

AGAIN = ReadAgain(receipts_after="3")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    (tmp_path / "gateway.toml").write_text((CONFIG / "demo.toml").read_text(encoding="utf-8"), encoding="utf-8")
    with closing(Installation.of(tmp_path / "gateway.toml")) as made:
        yield made


def test_the_pass_for_receipts_begins_after_the_cursor(installation: Installation) -> None:
    profile = load_profile("eblagh-1", Path())
    assert receipt_policy(installation, profile, AGAIN).after == "3"
    assert receipt_policy(installation, profile).after is None


def test_receipts_without_a_cursor_cannot_be_fetched_after_one(installation: Installation) -> None:
    profile = load_profile(str(ROOT / "tests" / "contracts" / "mizan_poll" / "profile"), Path())
    assert receipt_policy(installation, profile).after is None
    with pytest.raises(GatewayError) as refusal:
        receipt_policy(installation, profile, AGAIN)
    assert refusal.value.code == "receipts.no-cursor"


@pytest.mark.parametrize("name", ["collect", "dispatch", "all"])
def test_no_other_pass_takes_a_cursor(tmp_path: Path, name: str) -> None:
    config = os.fspath(tmp_path / "gateway.toml")
    result = CliRunner().invoke(app, ["run-once", name, "--after", "3", "-c", config])
    assert result.exit_code == 2, result.output
    assert "only receipts" in result.output
