"""Accepted receipts are read without the judiciary's contract: to bind it takes a second."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from adapters.composition.installation import Installation
from adapters.composition.judiciary.bound_profile import BoundProfile
from adapters.composition.ledgers import receipt_reader
from adapters.sandbox.verbs.demo_folder import DemoProfile, prepare
from gateway.runtime.errors import GatewayError

pytestmark = pytest.mark.long


@pytest.mark.parametrize("profile", DemoProfile)
def test_a_receipt_is_read_without_the_contract(
    profile: DemoProfile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bind(_: BoundProfile) -> None:
        raise AssertionError("the contract was bound")

    prepare(tmp_path, 1, profile=profile)
    monkeypatch.setattr(BoundProfile, "binding", property(bind))
    with closing(Installation.of(tmp_path / "gateway.toml")) as installation:
        read = receipt_reader(installation)
        with pytest.raises(GatewayError, match=r"verify\.") as refused:
            read(b"<none/>")
    assert refused.value.code.startswith("verify.")
