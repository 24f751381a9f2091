"""`bench year`: the demand adds up to the year, and work waits exactly as long as the cores are too few."""

from __future__ import annotations

import pytest

from adapters.bench.year.simulation import Demand, Machinery, limits, simulate
from adapters.bench.year.unit_costs import UnitCosts

COSTS = UnitCosts(
    document=12_288, gateway=10.0, database=4.0, sequencer=0.5, sent_share=0.6, kept=50_000, archived=20_000,
    log=60_000, left=6_000,
)  # fmt: skip
COUNTRY = Demand(notices=60_000_000, peak=50)


def test_the_minutes_of_a_year_add_up_to_its_notices() -> None:
    minutes = list(COUNTRY.by_minute())

    assert sum(minutes) == pytest.approx(60_000_000)
    assert max(minutes) == pytest.approx(50 * 60)


@pytest.mark.parametrize(("notices", "peak"), [(1_000_000, 50), (60_000_000, 5)])
def test_a_peak_that_the_year_cannot_have_is_refused(notices: int, peak: float) -> None:
    with pytest.raises(ValueError, match="do not agree"):
        Demand(notices=notices, peak=peak)


def test_with_enough_cores_nothing_waits() -> None:
    year = simulate(COSTS, COUNTRY, cores=4)

    assert (year.wait, year.receipt_wait, year.behind) == (0, 0, False)
    seconds_of_work = 60_000_000 * COSTS.gateway / 1000
    assert year.mean == pytest.approx(seconds_of_work / (4 * 290 * 86_400), rel=0.02)


def test_a_core_that_is_too_slow_for_the_peak_works_it_off_in_order() -> None:
    # One core sends a notice in 6 ms: 10,000 a minute. A busy day brings 30,000 a minute in its busiest hours.
    year = simulate(COSTS, Demand(notices=290_000_000, peak=500), cores=1)

    # The first hour brings 540,000, which are sent. After six more hours 9.18 million had come, and 4.14 million were
    # sent; the last hour brings fewer than are sent meanwhile.
    assert year.wait == pytest.approx((9_180_000 - 4_140_000) / 10_000, abs=1)
    assert year.receipt_wait > year.wait


def test_a_year_that_is_too_much_for_the_cores_ends_behind() -> None:
    assert simulate(COSTS, Demand(notices=6_000_000_000, peak=5_000), cores=1).behind


def test_the_part_that_is_full_first_stands_first() -> None:
    found = limits(COSTS, Machinery(cores=2, database_cores=4, disk=100, calls=30, latency=0.1))

    assert list(found.items())[:2] == [("gateway, 2 cores", 200.0), ("30 calls at a time, one notice a call", 300.0)]
    assert found["PostgreSQL, 4 cores"] == 1000.0
    assert found["places in the log and segments, one core"] == 2000.0
    assert found["write-ahead log, 100 MB/s"] == pytest.approx(100e6 / 60_000)
    assert found["30 calls at a time, 50 notices a call"] == 15_000.0
