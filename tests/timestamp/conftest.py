"""The development PKI's time authority, made once a session."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from adapters.sandbox.pki.devpki import generate
from adapters.shipped.resources import CERTS
from gateway.runtime.clock import system_clock


@pytest.fixture(scope="session")
def time_pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    plan = tomllib.loads((CERTS / "development.toml").read_text(encoding="utf-8"))
    directory = tmp_path_factory.mktemp("time") / "pki"
    generate(directory, {**plan, "party": {"time": plan["party"]["time"]}}, system_clock())
    return directory
