"""The shipped configuration, and how a changed one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.settings import Settings, load
from gateway.runtime.errors import GatewayError

CONFIG = Path(__file__).parents[2] / "config"
GOOD = (CONFIG / "gateway.toml").read_text(encoding="utf-8")


def refused(tmp_path: Path, text: str) -> GatewayError:
    path = tmp_path / "gateway.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GatewayError) as refusal:
        load(path, Settings)
    return refusal.value
