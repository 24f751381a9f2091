"""One round of the soak's troubles; `make soak` runs many."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak import soak


@pytest.mark.slow
@pytest.mark.exhaustive(group="a whole service in trouble", keep=7)
def test_the_service_lives_through_each_trouble_once(tmp_path: Path) -> None:
    assert soak(tmp_path, 1, lambda: True)
