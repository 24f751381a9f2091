"""The invented contracts, the service of each, and a courier that calls it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.judiciary.channel import Channel
from adapters.judiciary.mapped.receipts.mapped_receipt_judge import MappedReceiptJudge
from adapters.sandbox.pki.devpki import generate
from tests.conformance.couriers import MINUTE, Courier
from tests.unit.crypto.samples import plan

from .barid.contract import BARID
from .binding import courier_to, judge_of
from .contract import Contract
from .mizan.contract import DOCUMENT, RPC

CONTRACTS = {"mizan-document": DOCUMENT, "mizan-rpc": RPC, "barid": BARID}


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("contracts") / "pki"
    generate(directory, plan("rsa-2048"), datetime.now(UTC))
    return directory


@pytest.fixture(params=CONTRACTS)
def contract(request: pytest.FixtureRequest) -> Contract:
    return CONTRACTS[request.param]


@pytest.fixture
def service(contract: Contract, pki: Path) -> Any:
    """The ledger of the contract's service, empty."""
    return contract.service(pki / "judiciary", pki / "municipality" / "transport.crt.pem")


@pytest.fixture
def courier(contract: Contract, service: Any, pki: Path) -> Iterator[Courier]:
    with contract.serving(service) as endpoint:
        channel = Channel(endpoint, MINUTE)
        yield courier_to(contract.profile, pki, endpoint, channel)
        channel.close()


@pytest.fixture
def judge(contract: Contract, pki: Path) -> MappedReceiptJudge:
    return judge_of(contract.profile, pki)
