"""One round of the soak's troubles; `make soak` runs many."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak import soak

from .service import TROUBLE


@pytest.mark.slow
@TROUBLE
def test_the_service_lives_through_each_trouble_once(tmp_path: Path) -> None:
    assert soak(tmp_path, 1, lambda: True)
