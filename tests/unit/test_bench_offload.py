"""The figures of `bench may_continue`: everything leaves, and half of the payloads are deleted."""

from __future__ import annotations

from adapters.bench import offload


def test_the_database_shrinks_as_records_leave_it_and_the_archive_as_payloads_go() -> None:
    made, archived, left, purged = offload.measure(400)
    # The rows by which notices are found stay.
    assert left.packed < archived.packed / 2.5
    assert purged.archive < archived.archive * 0.7
    assert [step.name for step in (made, archived, left, purged)] == ["take in", "archive", "leave", "purge"]
