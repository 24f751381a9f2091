"""Damaged payloads: those that the archive was written without, and whether they are whole again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from sqlalchemy import Connection, select, update

from adapters.storage.engine.dialects import insert_new
from adapters.storage.payloads.payloads import octets_of
from adapters.storage.schema.archive_tables import damage
from gateway.archive.offloaded import Archived
from gateway.record.damage import CHANGED, NOT_THERE, Damage
from gateway.runtime.errors import GatewayError


def among(connection: Connection, digests: Collection[str], folder: Path, archived: Archived | None) -> list[Damage]:
    """Return those of these payloads that cannot be given out; reads each. A file that is not there, or cannot be
    read, is no damage of one payload: raises `GatewayError` ``store.payload-missing``, ``store.payload-folder``."""
    found = []
    for digest in digests:
        try:
            octets_of(connection, [digest], folder, archived)
        except GatewayError as error:
            if error.code != "store.payload-missing" or error.detail.startswith(f"{NOT_THERE}: "):
                raise
            # Of a message it may be a seal that it carried.
            how = CHANGED if error.detail.startswith(CHANGED) else NOT_THERE
            found.append(Damage(digest=error.where, found=how))
    return sorted(dict.fromkeys(found), key=lambda each: each.digest)


def write(connection: Connection, evidence_id: str, payloads: Collection[Damage]) -> None:
    rows = [{"digest": each.digest, "found": each.found, "evidence_id": evidence_id} for each in payloads]
    insert_new(connection, damage, rows)


def settle(connection: Connection, settled: Mapping[str, str]) -> None:
    """Note by which act a person took note of each; the first one stays."""
    for digest, act in settled.items():
        query = update(damage).where(damage.c.digest == digest, damage.c.act.is_(None))
        connection.execute(query.values(act=act))


def known(connection: Connection, *, unsettled: bool = False) -> list[Damage]:
    query = select(damage.c.digest, damage.c.found).order_by(damage.c.digest)
    rows = connection.execute(query.where(damage.c.act.is_(None)) if unsettled else query)
    return [Damage(digest=row.digest, found=row.found) for row in rows]
