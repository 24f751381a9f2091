"""Everything that the simulated store lacks is named, and nothing else is lacking."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import pytest

from adapters.storage.narrow_stores import NarrowStores
from adapters.storage.sql_store import SqlStore
from gateway.store.store import NARROW_STORES

from .store.database import NotSimulated, SimulatedDatabase
from .store.left_out import PORTS, TESTS
from .store.simulated_store import SimulatedStore

CONFORMANCE = Path(__file__).parents[1] / "conformance"


def test_each_port_of_the_product_is_there_or_named() -> None:
    store = SimulatedStore(SimulatedDatabase())
    narrow = {name for name, value in vars(NarrowStores).items() if isinstance(value, cached_property)}
    beside = narrow | {name for name, value in vars(SqlStore).items() if isinstance(value, property)}
    calls = {name for name, value in vars(SqlStore).items() if callable(value) and not name.startswith("_")}
    wanted = (NARROW_STORES | beside | calls) - {"open"}
    present = set(vars(store)) | {name for name in vars(SimulatedStore) if name not in ("claims", "bulk_acts")}
    assert wanted - present == set(PORTS)
    for name in PORTS:
        with pytest.raises((NotSimulated, AttributeError)):
            getattr(store, name)


@pytest.mark.parametrize("name", TESTS)
def test_what_is_left_out_is_a_test(name: str) -> None:
    module, _, test = name.partition("::")
    text = (CONFORMANCE / f"{module}.py").read_text(encoding="utf-8")
    assert f"def {test}(" in text if test else "def test_" in text
