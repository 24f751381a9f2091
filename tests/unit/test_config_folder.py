"""Paths of a configuration file lead to files, or to a refusal that names the path."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.settings.config_folder import ConfigFolder
from gateway.runtime.errors import GatewayError


@pytest.mark.parametrize("name", ["nowhere", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_named(name: str, tmp_path: Path) -> None:
    folder = ConfigFolder(tmp_path)
    with pytest.raises(GatewayError) as text:
        folder.text(name)
    with pytest.raises(GatewayError) as secret:
        folder.secret(name, "key.unreadable")
    assert (text.value.code, secret.value.code) == ("config.unreadable", "key.unreadable")
    assert text.value.where == secret.value.where == str(tmp_path / name)
