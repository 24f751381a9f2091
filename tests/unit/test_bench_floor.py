"""The floor is made of its parts: a batch shares commits, exchanges and signatures; a PDF costs more digesting."""

from __future__ import annotations

import pytest

from adapters.bench.common import openssl_speed
from adapters.bench.common.openssl_speed import Speed, speed
from adapters.bench.floor.bare_commit import commit_ms
from adapters.bench.floor.bare_exchange import exchange_ms
from adapters.bench.floor.floor import floor_of, seal_bytes

pytestmark = pytest.mark.long

KNOWN = Speed(by="a table", signed=4000.0, verified=50_000.0, digested=1e9)


@pytest.mark.slow
def test_the_parts_follow_from_what_was_measured() -> None:
    octets = 100_000
    alone, batch = floor_of(KNOWN, octets, 1), floor_of(KNOWN, octets, 50)
    assert alone.parts["seal, RSA-2048"] == batch.parts["seal, RSA-2048"] == 0.25
    assert alone.parts["message's signature"] == 50 * batch.parts["message's signature"] == 0.25
    assert alone.parts["two receipts verified"] == batch.parts["two receipts verified"] == 0.04
    assert alone.parts["SHA-256 of the octets"] == 0.1
    assert alone.total == sum(alone.parts.values())
    assert all(part >= 0 for part in (*alone.parts.values(), *batch.parts.values()))


def test_a_seal_holds_its_document() -> None:
    small, large = seal_bytes(1024), seal_bytes(100 * 1024)
    assert 0.95 < (large - small) / (99 * 1024 * 4 / 3) < 1.05


@pytest.mark.slow
@pytest.mark.parametrize("installed", [True, False])
@pytest.mark.exhaustive(group="benches", keep=3)
def test_speeds_are_plausible_with_and_without_openssl(monkeypatch: pytest.MonkeyPatch, installed: bool) -> None:
    if not installed:
        monkeypatch.setattr(openssl_speed.shutil, "which", lambda _name: None)
    found = speed()
    assert found.signed < found.verified
    assert found.digested > 10e6
    assert ("openssl is not installed" in found.by) or installed


@pytest.mark.slow
def test_bare_work_is_done() -> None:
    assert commit_ms(50, 20) > 0
    assert exchange_ms(1_000_000, 20) > 0
