"""A store with so many notices that it shows how the console does in a large city: on SQLite, and on PostgreSQL.

A few notices went their way from case database to receipt, as in a demonstration. The others are rows alone, of three
years, with the usual names of people, some rare and some frequent, and states by their age. They share the evidence of
one genuine notice.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from adapters.cli.common.logs import log_to
from adapters.cli.common.sandbox_child import sandbox_child
from adapters.composition.installation import Installation
from adapters.sandbox.postgres.postgres_server import PostgresServer
from adapters.sandbox.verbs.demo_folder import locked, prepare
from adapters.sandbox.verbs.demo_state import DemoState
from adapters.sandbox.verbs.demonstration import Demonstration
from adapters.storage.engine.dialects import insert_short_rows
from adapters.storage.engine.engine import Database
from adapters.storage.schema.people_tables import person
from adapters.storage.schema.row_conversion import admission_of
from adapters.storage.schema.tables import notice, outbox, recipient_index
from adapters.storage.schema.worklist_tables import notice_claim, resting_notice
from adapters.storage.search import search_index
from adapters.storage.stores.notices import ADMISSIONS
from adapters.storage.worklist import resting_notices
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.recipient_index import RecipientKey
from gateway.runtime.clock import system_clock

DATABASES: Final = ("sqlite", "postgresql")
GENUINE: Final = 20
"""Notices that went their whole way."""
END: Final = system_clock().replace(minute=0, second=0, microsecond=0)
"""Time of the last admission, so that today has its share of notices."""
YEARS: Final = 3
KEY: Final = RecipientKey(b"b" * 32)

FILLED: Final = "bench"
"""Source of the notices that fill the store; the judiciary does not know them."""
BODIES: Final = ("article-100", "article-77", "article-55-20", "article-99")
_BODY_WEIGHTS: Final = (60, 30, 9.9, 0.1)
COLLEAGUES: Final = tuple(f"colleague-{number}" for number in range(20))
CLAIMS: Final = 400
KINDS: Final = ("ruling", "hearing", "notice", "warning", "reminder")
FIRST_NAMES: Final = (
    "محمد", "علي", "فاطمه", "حسین", "زهرا", "رضا", "مهدی", "مریم", "حسن", "معصومه", "احمد", "علی‌رضا", "مجید",
    "ناصر", "پروین", "سعید", "لیلا", "اكبر", "شهین", "بهرام", "گیتی", "فرهاد", "مهین", "کامران", "سیمین", "یوسف",
)  # fmt: skip
_FAMILY_STEMS: Final = (
    "محمد", "احمد", "حسین", "کریم", "رحیم", "جعفر", "صادق", "کاظم", "باقر", "نور", "فرج", "هاشم", "موسو", "رستم",
    "سلیم", "شریف", "عباس", "قاسم", "نجف", "یوسف", "طاهر", "زارع", "عسگر", "اکبر", "اصغر", "حیدر", "میر", "خلیل",
)  # fmt: skip
_FAMILY_ENDINGS: Final = ("ی", "یان", "زاده", "ی نژاد", "پور", "ی راد", "ی اصل", "ی فر")

_BATCH: Final = 1000
_S = DeliveryState
_OLD_STATES: Final = ((_S.VIEWED, 70), (_S.DELIVERED, 24), (_S.NO_ACCOUNT, 5), (_S.REJECTED, 1))
_NEW_STATES: Final = (
    (_S.DELIVERED, 40), (_S.SUBMITTED, 30), (_S.VIEWED, 20), (_S.QUEUED, 8), (_S.PENDING, 1.9), (_S.IN_DOUBT, 0.1),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeStore:
    """A filled store: its URL, the configuration of its gateway, and the seconds that its rows took.

    ``genuine`` is the reference of a notice that went its whole way.
    """

    url: str
    config: Path
    genuine: str
    notices: int
    seconds: float


@contextmanager
def made_store(database: str, notices: int) -> Iterator[MadeStore]:
    """Make a store on one of `DATABASES`; it exists while the block runs."""
    folder = Path(tempfile.mkdtemp(prefix="eblagh-bench-"))
    try:
        if database == "sqlite":
            yield filled_store(folder, f"sqlite:///{folder / 'gateway.db'}", notices)
            return
        folder.chmod(0o755)
        with PostgresServer(folder / "server", volatile=True, settings={"shared_buffers": "512MB"}) as server:
            yield filled_store(folder, server.create_database("bench"), notices)
    finally:
        shutil.rmtree(folder)


def sample_name(number: int) -> str:
    """Return the name of a notice's recipient."""
    chance = random.Random(number)  # noqa: S311 - no secret
    first = FIRST_NAMES[min(int(chance.expovariate(0.25)), len(FIRST_NAMES) - 1)]
    family = chance.choice(_FAMILY_STEMS) + chance.choice(_FAMILY_ENDINGS)
    return f"{first} {family}"


def sample_reference(number: int) -> str:
    """Return the reference of a notice. As real ones, they are in no order."""
    return "EB-" + format(random.Random(number).getrandbits(160), "040X")[:32]  # noqa: S311 - no secret


def sample_identifier(number: int) -> str:
    """Return the recipient's identifier: a few have many notices."""
    return "9999999999" if number % 200 == 0 else f"{number // 3:010d}"


def admitted(number: int, notices: int) -> datetime:
    """Return the time of admission: notices come evenly, numbered from the first one."""
    return END - timedelta(days=365 * YEARS) * ((notices - number) / notices)


def case_number(number: int, notices: int) -> str:
    """Return the case number, by the year of its admission and the count within it."""
    year = number * YEARS // notices
    return f"{1403 + year}/{number - year * notices // YEARS:06d}"


def filled_store(folder: Path, url: str, notices: int) -> MadeStore:
    """Fill an empty database with so many notices, and the genuine ones; the gateway's files go into ``folder``."""
    config = _demonstration(folder / "demonstration", url)
    with closing(Database(url, timeout=None)) as database:
        genuine, evidence_id = database.read(_genuine)
        began = time.perf_counter()
        for first in range(0, notices, _BATCH):
            numbers = range(first, min(first + _BATCH, notices))
            rows = [_rows(number, notices, evidence_id) for number in numbers]
            database.write(partial(_insert, rows=rows))
        database.write(resting_notices.fill)
        database.write(partial(_claim, evidence_id=evidence_id))
        inserted = time.perf_counter()
        if not url.startswith("sqlite"):
            # As autovacuum does. Nothing makes statistics of SQLite's tables.
            with closing(database.session()) as session:
                session.exec_driver_sql("VACUUM ANALYZE")
    return MadeStore(url=url, config=config, genuine=genuine, notices=notices, seconds=inserted - began)


def _demonstration(folder: Path, url: str) -> Path:
    """Let `GENUINE` notices go their way over this store; return the path of the gateway's configuration."""
    with locked(folder):
        prepare(folder, GENUINE, store=url)
        config = folder / "gateway.toml"
        with (
            closing(Installation.of(config)) as installation,
            closing(DemoState(folder, installation.store())) as state,
            sandbox_child(folder) as lives,
        ):
            log_to(installation.settings.log, installation.base)
            Demonstration(folder, installation, state, lives).run(leave=True, quiet=True)
    return config


def _genuine(connection: Connection) -> tuple[str, str]:
    """Return reference and evidence id of a notice that its recipient has viewed, while there are genuine ones only."""
    query = select(notice.c.reference, notice.c.evidence_id).join(outbox, outbox.c.reference == notice.c.reference)
    reference, evidence_id = connection.execute(query.where(outbox.c.state == _S.VIEWED).limit(1)).one()
    return reference, evidence_id


def _insert(connection: Connection, rows: Sequence[tuple[dict[str, Any], ...]]) -> None:
    for place, table in enumerate((notice, outbox, recipient_index)):
        insert_short_rows(connection, table, [row[place] for row in rows])
    references = [of_notice["reference"] for of_notice, *_ in rows]
    written = connection.execute(ADMISSIONS.where(outbox.c.reference.in_(references)))
    search_index.add(connection, [admission_of(row) for row in written])


def _claim(connection: Connection, evidence_id: str) -> None:
    """Let `COLLEAGUES` claim the earliest notices without an account, in turn."""
    of = resting_notice.c
    no_account = select(resting_notice).where(of.state == _S.NO_ACCOUNT)
    found = connection.execute(no_account.order_by(of.admitted_at).limit(CLAIMS)).all()
    persons = [
        {"id": id, "login": id, "name": id, "active": True, "created_at": END, "changed_at": END, "revision": 1}
        for id in COLLEAGUES
    ]
    connection.execute(insert(person), persons)
    claims = [
        {
            "reference": row.reference,
            "body": row.body,
            "person": COLLEAGUES[number % len(COLLEAGUES)],
            "since": row.admitted_at + timedelta(hours=1),
            "handed_by": None,
            "evidence_id": evidence_id,
            "state": row.state,
            "wait_began_at": row.admitted_at,
        }
        for number, row in enumerate(found)
    ]
    connection.execute(insert(notice_claim), claims)


def _state_of(number: int, notices: int) -> DeliveryState:
    chance = random.Random(f"state {number}")  # noqa: S311 - no secret
    states, weights = zip(*(_NEW_STATES if number > notices * 0.98 else _OLD_STATES), strict=True)
    state: DeliveryState
    [state] = chance.choices(states, weights)
    return state


def _predecessor(number: int, notices: int) -> str | None:
    """Return the rejected notice whose paper this one issues anew. One in ten is not issued anew, and waits."""
    rejected = number > 0 and _state_of(number - 1, notices) is _S.REJECTED
    return sample_reference(number - 1) if rejected and number % 10 else None


def _rows(number: int, notices: int, evidence_id: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    chance = random.Random(-number)  # noqa: S311 - no secret
    reference, at = sample_reference(number), admitted(number, notices)
    state = _state_of(number, notices)
    [body] = chance.choices(BODIES, _BODY_WEIGHTS)
    sent = state not in {_S.QUEUED, _S.REJECTED, _S.NO_ACCOUNT, _S.IN_DOUBT}
    of_notice = {
        "reference": reference,
        "body": body,
        "district": f"منطقه {chance.randint(1, 22)}",
        "case_number": case_number(number, notices),
        "paper_number": f"{chance.randrange(100_000_000):08d}",
        "kind": chance.choice(KINDS),
        "revision": 1,
        "predecessor": _predecessor(number, notices),
        "recipient_name": sample_name(number),
        "content_digest": "sha256:0",
        "mapping": "bench",
        "evidence_id": evidence_id,
    }
    entry = dict.fromkeys(column.name for column in outbox.c) | {
        "reference": reference,
        "source": FILLED,
        "row_key": str(number),
        "destination": "bench",
        "state": state,
        "seq": 3,
        "seal_digest": "sha256:0",
        "size": 4096,
        "attempts": 1,
        "absences": 0,
        "held": False,
        "tracking_number": f"T-{at:%Y%m%d}-{number:07d}" if sent else None,
        "written_seq": 3,
        "delivered_at": at if state in (_S.DELIVERED, _S.VIEWED) else None,
        "viewed_at": at + timedelta(hours=chance.randint(1, 200)) if state is _S.VIEWED else None,
        **dict.fromkeys(("admitted_at", "state_since", "waiting_since"), at),
    }
    found = KEY.entry_of(reference, sample_identifier(number))
    return of_notice, entry, {"reference": reference, "key_id": found.key_id, "keyed_hash": found.keyed_hash}
