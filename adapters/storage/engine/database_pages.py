"""Check of the database's own pages, as far as the database can check them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Result of the check. ``checked_by`` names the database's own check; ``problems`` are its messages."""

    checked_by: str
    problems: Sequence[str] = ()


def check_pages(connection: Connection) -> Pages:
    """Run SQLite's quick check of all pages, which reads the whole file; or read PostgreSQL's count of failures.

    PostgreSQL verifies the check sum of each page that it reads, if the cluster has check sums, and counts failures.
    """
    if connection.dialect.name == "sqlite":
        told = [str(row[0]) for row in connection.exec_driver_sql(f"PRAGMA quick_check({_SHOWN})")]
        return Pages(checked_by="PRAGMA quick_check", problems=[line for line in told if line != "ok"])
    if connection.exec_driver_sql("SHOW data_checksums").scalar_one() != "on":
        return Pages(checked_by="nothing: this PostgreSQL keeps no check sums of pages (pg_checksums --enable)")
    failed = connection.exec_driver_sql(
        "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"
    ).scalar_one()
    problems = [f"{failed} pages failed their check sum"] if failed else []
    return Pages(checked_by="data_checksums of PostgreSQL", problems=problems)
