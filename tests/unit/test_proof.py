"""Ages and verdicts of proof: late, sending stopped, and a person's override."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.store.proof_reach import Override, ProofPolicy, ProofReach, Reach, alarms, lapse

NOW = datetime(2026, 2, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLICY = ProofPolicy(stamped=True, stop_after=24 * HOUR, late_after=HOUR, witnesses={"council": 24 * HOUR})


def reach(hours: float | None, size: int = 7) -> Reach:
    """One beyond which something has waited for so long."""
    return Reach(size=size, waiting_since=None if hours is None else NOW - hours * HOUR)


def proof(
    place: float | None, checkpoint: float | None, stamp: float | None, council: float | None = None
) -> ProofReach:
    return ProofReach(
        nothing=reach(100, size=0),
        placed=reach(place),
        checkpoint=reach(checkpoint),
        time_stamp=reach(stamp),
        witnesses={"council": reach(council)},
    )


@pytest.mark.parametrize(
    ("waiting", "reported"),
    [
        ((None, None, None), {}),
        ((0.9, 0.9, 0.9), {}),
        ((0, 0, 1), {"archive:time-stamp": "archive.time-stamp-late"}),
        ((0, 1, 1), {"archive:checkpoint": "archive.checkpoint-late"}),
        ((1, 1, 1), {"archive:place": "archive.unplaced-late"}),
        ((0, 0, 24), {"archive:time-stamp": "archive.time-stamp-late", "sending": "archive.unproven"}),
        ((24, 24, 24), {"archive:place": "archive.unplaced-late", "sending": "archive.unproven"}),
        ((0, 0, 0, 23.9), {}),
        ((0, 0, 0, 24), {"witness:council": "archive.witness-late"}),
        ((0, 0, 2, 24), {"archive:time-stamp": "archive.time-stamp-late", "witness:council": "archive.witness-late"}),
        ((0, 2, 2, 24), {"archive:checkpoint": "archive.checkpoint-late"}),
    ],
)
def test_what_is_late_is_told_where_it_waits(waiting: tuple[float | None, ...], reported: dict[str, str]) -> None:
    assert {name: error.code for name, error in alarms(proof(*waiting), POLICY, NOW).items()} == reported


def test_a_witness_that_never_accepted_anything_holds_nothing() -> None:
    new = ProofPolicy(stamped=True, stop_after=24 * HOUR, late_after=HOUR, witnesses={"auditor": 24 * HOUR})
    [(name, late)] = alarms(proof(0, 0, 0), new, NOW).items()
    assert (name, late.where, late.detail) == (
        "witness:auditor",
        "auditor",
        "beyond 0 records, since 2026-01-30T08:00:00.000000Z",
    )


def test_where_nothing_new_happened_an_old_time_stamp_is_good_enough() -> None:
    old = Reach(size=7, made_at=NOW - timedelta(days=300), waiting_since=None)
    assert lapse(ProofReach(placed=old, checkpoint=old, time_stamp=old), POLICY, NOW) is None


def test_without_an_authority_a_checkpoint_is_the_proof_that_there_is() -> None:
    unstamped = ProofPolicy(stamped=False, stop_after=24 * HOUR, late_after=HOUR)
    assert alarms(proof(0, 0, 100), unstamped, NOW) == {}
    lapsed = lapse(proof(0, 24, 100), unstamped, NOW)
    assert lapsed is not None
    assert (lapsed.code, lapsed.detail) == ("archive.unproven", "no checkpoint beyond 7 records")


@pytest.mark.parametrize(
    ("since", "until", "code"),
    [
        (-1, 2, "archive.overridden"),
        (0, 1, "archive.overridden"),
        (-2, 0, "archive.unproven"),
        (1, 2, "archive.unproven"),
        (0, 0, "archive.unproven"),
    ],
)
def test_a_person_lets_it_be_for_a_time(since: int, until: int, code: str) -> None:
    override = Override(since=NOW + since * HOUR, until=NOW + until * HOUR, evidence_id="act:1")
    late = ProofReach(placed=reach(None), checkpoint=reach(None), time_stamp=reach(30), override=override)
    lapsed = lapse(late, POLICY, NOW)
    assert lapsed is not None
    assert (lapsed.code, lapsed.where) == (code, "since 2026-02-02T06:00:00.000000Z")
