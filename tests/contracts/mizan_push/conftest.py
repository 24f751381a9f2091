"""Both shapes of a judiciary that brings receipts, and a store on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.notice.outbox import OutboxEntry
from tests.contracts.mizan.server import ARRIVED
from tests.passes.conftest import Passes, passes
from tests.sampling import on_one_of

from .endpoints import Side, listening
from .server import PushingMizan

__all__ = ["passes"]


@pytest.fixture(scope="session")
def sides(pki: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Side]:
    folder = tmp_path_factory.mktemp("mizan-profiles")
    return {name: Side.of(pki, folder / name, rpc=name == "rpc") for name in ("document", "rpc")}


@pytest.fixture(params=on_one_of(["document", "rpc"], "side"))
def side(sides: dict[str, Side], request: pytest.FixtureRequest) -> Side:
    """SOAP 1.1 with document/literal, SOAP 1.2 with rpc/literal."""
    return sides[request.param]


@pytest.fixture
def mizan(side: Side) -> PushingMizan:
    return side.mizan()


@pytest.fixture
def address(side: Side, passes: Passes) -> Iterator[str]:
    """Address at which the gateway listens, over real HTTP."""
    with listening(lambda at: side.endpoint(passes.store, at)) as found:
        yield found


def issue(mizan: PushingMizan, entry: OutboxEntry, happening: str = ARRIVED, ticket: str = "MZ-1") -> None:
    """Have Mizan sign a slip about a notice, as if it had come there."""
    mizan._issue(entry.reference, {"Ticket": ticket, "Hash": entry.seal_digest.removeprefix("sha256:")}, happening)
