"""The letters in SQLite, the clock that moves them from status to status, and the ledger of what happened."""

import json
import os
import sqlite3
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import clock
import tables

_SCHEMA = """
CREATE TABLE IF NOT EXISTS letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT, client TEXT NOT NULL, reference TEXT NOT NULL,
    accepted_at REAL NOT NULL, status INTEGER NOT NULL, status_at REAL NOT NULL, reason TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS letter_number ON letter (number);
CREATE INDEX IF NOT EXISTS letter_reference ON letter (client, reference);
CREATE TABLE IF NOT EXISTS step (
    letter INTEGER NOT NULL, place INTEGER NOT NULL, due REAL NOT NULL, status INTEGER NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (letter, place));
CREATE INDEX IF NOT EXISTS step_due ON step (due);
CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS played (key TEXT PRIMARY KEY, times INTEGER NOT NULL);
"""


@dataclass(frozen=True)
class Standing:
    status: int
    at: datetime
    reason: str


def append(path: Path, line: str) -> None:
    """One line, on the disk before this returns."""
    with path.open("a", encoding="utf-8") as out:
        out.write(line + "\n")
        out.flush()
        os.fsync(out.fileno())


class Letters:
    def __init__(self, folder: Path) -> None:
        self._ledger = folder / "ledger.jsonl"
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._stopped = False
        self._base = sqlite3.connect(folder / "service.db", check_same_thread=False, isolation_level=None)
        self._base.executescript(_SCHEMA)
        self._complete_ledger()
        self._mover = threading.Thread(target=self._move, name="mover", daemon=True)
        self._mover.start()

    def _complete_ledger(self) -> None:
        """A process that was killed between the database and the ledger left lines out, or half a line."""
        octets = self._ledger.read_bytes() if self._ledger.exists() else b""
        whole = octets[: octets.rfind(b"\n") + 1]
        if whole != octets:
            with self._ledger.open("r+b") as out:
                out.truncate(len(whole))
        last = json.loads(whole.splitlines()[-1])["seq"] if whole else 0
        for (line,) in self._base.execute("SELECT line FROM event WHERE seq > ? ORDER BY seq", (last,)).fetchall():
            append(self._ledger, line)

    def _record(self, what: str, at: float, **more: object) -> str:
        """Within the transaction of what it tells; the caller appends the line after the commit."""
        seq = self._base.execute("INSERT INTO event (line) VALUES ('')").lastrowid
        told = {"seq": seq, "what": what, "at": clock.stamp(datetime.fromtimestamp(at, UTC)), **more}
        line = json.dumps(told, ensure_ascii=False)
        self._base.execute("UPDATE event SET line = ? WHERE seq = ?", (line, seq))
        return line

    def submit(
        self, client: str, values: dict[str, str], steps: list[tuple[int, str]], delay: float, track: int
    ) -> str:
        """Makes a letter, whatever was submitted before under the same reference."""
        with self._lock:
            moment = clock.now()
            at = moment.timestamp()
            self._base.execute("BEGIN IMMEDIATE")
            serial = self._base.execute(
                "INSERT INTO letter (client, reference, accepted_at, status, status_at, reason)"
                " VALUES (?, ?, ?, ?, ?, '')",
                (client, values["reference"], at, tables.REGISTERED, at),
            ).lastrowid
            number = clock.jalali_text(moment)[0].replace("/", "") + f"{serial:07}"
            self._base.execute("UPDATE letter SET number = ? WHERE id = ?", (number, serial))
            for place, (status, reason) in enumerate(steps):
                self._base.execute(
                    "INSERT INTO step VALUES (?, ?, ?, ?, ?)",
                    (serial, place, at + delay * (place + 1), status, reason),
                )
            line = self._record("submitted", at, number=number, **values, client=client, track=track)
            self._base.execute("COMMIT")
            append(self._ledger, line)
            self._changed.notify()
            return number

    def standing(self, client: str, number: str) -> Standing | None:
        with self._lock:
            self._advance()
            row = self._base.execute(
                "SELECT status, status_at, reason FROM letter WHERE client = ? AND number = ?", (client, number)
            ).fetchone()
        return Standing(row[0], datetime.fromtimestamp(row[1], UTC), row[2]) if row else None

    def find(self, client: str, reference: str, lag: float) -> str | None:
        """The newest letter of this reference that is old enough to be found."""
        with self._lock:
            row = self._base.execute(
                "SELECT number FROM letter WHERE client = ? AND reference = ? AND accepted_at <= ?"
                " ORDER BY id DESC LIMIT 1",
                (client, reference, clock.now().timestamp() - lag),
            ).fetchone()
        return row[0] if row else None

    def played(self, key: str, limit: int | None) -> bool:
        """Counts one use of an outcome that has so many; False when they are used up."""
        if limit is None:
            return True
        with self._lock:
            row = self._base.execute("SELECT times FROM played WHERE key = ?", (key,)).fetchone()
            if row and row[0] >= limit:
                return False
            self._base.execute(
                "INSERT INTO played VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET times = times + 1", (key,)
            )
            return True

    def _advance(self) -> float | None:
        """Makes each status that is due. Tells when the next one is."""
        at = clock.now().timestamp()
        due = self._base.execute(
            "SELECT letter, place, due, step.status, step.reason, number, reference, client FROM step JOIN letter"
            " ON letter.id = step.letter WHERE due <= ? ORDER BY due, place",
            (at,),
        ).fetchall()
        for letter, place, when, status, reason, number, reference, client in due:
            self._base.execute("BEGIN IMMEDIATE")
            self._base.execute("DELETE FROM step WHERE letter = ? AND place = ?", (letter, place))
            self._base.execute(
                "UPDATE letter SET status = ?, status_at = ?, reason = ? WHERE id = ?", (status, when, reason, letter)
            )
            date, time = clock.jalali_text(datetime.fromtimestamp(when, UTC))
            line = self._record(
                "status", when, number=number, reference=reference, client=client, status=status, date=date, time=time
            )
            self._base.execute("COMMIT")
            append(self._ledger, line)
        following = self._base.execute("SELECT min(due) FROM step").fetchone()[0]
        return float(following) if following is not None else None

    def _move(self) -> None:
        with self._lock:
            while not self._stopped:
                following = self._advance()
                wait = None if following is None else max(0.01, following - clock.now().timestamp())
                self._changed.wait(wait)

    def close(self) -> None:
        with self._lock:
            self._stopped = True
            self._changed.notify()
        self._mover.join()
        with self._lock:
            self._base.close()
