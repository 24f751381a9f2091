"""Damaged payloads that are missing from the written archive, and forks of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from gateway.archive.offloaded import Archived
from gateway.record.damage import CHANGED, NOT_THERE, Damage
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes

from ..database import SimulatedDatabase
from ..rows import KeptDamage
from .payloads import octets_of


def among(database: SimulatedDatabase, digests: Collection[str], archived: Archived) -> list[Damage]:
    """Read each of these payloads; return the damaged ones. A whole folder that is away is no damage: it raises."""
    found = []
    for digest in digests:
        try:
            octets_of(database, [digest], archived)
        except GatewayError as error:
            if error.code != "store.payload-missing" or error.detail.startswith(f"{NOT_THERE}: "):
                raise
            # The damaged payload of a message may be a seal that it carried.
            how = CHANGED if error.detail.startswith(CHANGED) else NOT_THERE
            found.append(Damage(digest=error.where, found=how))
    return sorted(dict.fromkeys(found), key=lambda each: each.digest)


def report(database: SimulatedDatabase, evidence_id: str, payloads: Collection[Damage]) -> None:
    for each in payloads:
        database.need(database.evidence, evidence_id)
        database.damage.insert(each.digest, KeptDamage(each.found, evidence_id))


def settle(database: SimulatedDatabase, settled: Mapping[str, str]) -> None:
    """Record the act by which a person acknowledged each; the first act stays."""
    for digest, act in settled.items():
        kept = database.damage.get(digest)
        if kept is not None and kept.act is None:
            database.damage.put(digest, replace(kept, act=act))


def known_damages(database: SimulatedDatabase, *, unsettled: bool = False) -> list[Damage]:
    kept = ((digest, database.damage.rows[digest]) for digest in database.damage.ordered())
    return [Damage(digest=digest, found=each.found) for digest, each in kept if not (unsettled and each.act)]


def set_aside(database: SimulatedDatabase, changes: Changes) -> None:
    """Settle forks by their act; the first act stays. Forget segments of a forgotten history."""
    for fork in changes.set_aside:
        key = fork.size, fork.root
        database.need(database.evidence, fork.act)
        database.fork.insert(key, fork)
        known = database.fork.rows[key]
        if known.act is None:
            database.fork.put(key, replace(known, act=fork.act))
    if changes.forgotten_segments is not None:
        for first in [first for first in database.segment.rows if first >= changes.forgotten_segments]:
            database.segment.drop(first)
