"""`archive write` beside a service that is in its own pass `archive`."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.cli.evidence.archive import write_archive
from adapters.composition.installation import Installation
from adapters.sandbox.pki.devpki import generate
from adapters.shipped.resources import CONFIG
from tests.databases import make_store
from tests.unit.crypto.samples import plan


def test_it_waits_until_the_pass_of_the_service_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(tmp_path / "pki", plan("ec-p256"), datetime.now(UTC))
    before, _, rest = (CONFIG / "demo.toml").read_text(encoding="utf-8").partition("[[archive.time_authorities]]")
    config = before + "[service]" + rest.partition("[service]")[2]
    (tmp_path / "gateway.toml").write_text(config, encoding="utf-8")
    make_store(f"sqlite:///{tmp_path / 'gateway.db'}")
    with closing(Installation.of(tmp_path / "gateway.toml")) as installation, ExitStack() as service:
        assert service.enter_context(installation.locks().attempt("archive"))
        waited = []

        def wait(seconds: float) -> None:
            waited.append(seconds)
            service.close()

        monkeypatch.setattr(time, "sleep", wait)
        assert write_archive(installation).errors == []
        assert len(waited) == 1
