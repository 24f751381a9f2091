"""Damaged payloads that are missing from the written archive, and a check of which are still damaged."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from sqlalchemy import Connection, select, update

from adapters.storage.engine.dialects import insert_new
from adapters.storage.payloads.payloads import octets_of
from adapters.storage.schema.archive_tables import damage
from gateway.archive.offloaded import Archived
from gateway.record.damage import CHANGED, NOT_THERE, Damage, is_damage
from gateway.runtime.errors import GatewayError

_KNOWN = select(damage.c.digest, damage.c.found).order_by(damage.c.digest)
_UNSETTLED = _KNOWN.where(damage.c.act.is_(None))


def among(connection: Connection, digests: Collection[str], folder: Path, archived: Archived | None) -> list[Damage]:
    """Read each of these payloads; return the damaged ones.

    A missing or unreadable file is not the damage of one payload: it raises `GatewayError` ``store.payload-missing``,
    ``store.payload-folder``.
    """
    found = []
    for digest in digests:
        try:
            octets_of(connection, [digest], folder, archived)
        except GatewayError as error:
            if not is_damage(error):
                raise
            # The damaged payload of a message may be a seal that it carried.
            how = CHANGED if error.detail.startswith(CHANGED) else NOT_THERE
            found.append(Damage(digest=error.where, found=how))
    return sorted(dict.fromkeys(found), key=lambda each: each.digest)


def write(connection: Connection, evidence_id: str, payloads: Collection[Damage]) -> None:
    rows = [{"digest": each.digest, "found": each.found, "evidence_id": evidence_id} for each in payloads]
    insert_new(connection, damage, rows)


def settle(connection: Connection, settled: Mapping[str, str]) -> None:
    """Record the act by which a person acknowledged each; the first act stays."""
    for digest, act in settled.items():
        query = update(damage).where(damage.c.digest == digest, damage.c.act.is_(None))
        connection.execute(query.values(act=act))


def known(connection: Connection, *, unsettled: bool = False) -> list[Damage]:
    rows = connection.execute(_UNSETTLED if unsettled else _KNOWN)
    return [Damage(digest=row.digest, found=row.found) for row in rows]
