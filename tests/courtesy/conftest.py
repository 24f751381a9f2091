"""Certificates of a server on loopback, made once."""

from __future__ import annotations

import pytest

from tests.witness import tls as certificates
from tests.witness.tls import Tls


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return certificates.make(tmp_path_factory.mktemp("courtesy-tls"))
