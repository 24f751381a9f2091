"""`SegmentPayloads`: payloads in segment files of a folder that the processes of one machine share."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from adapters.storage.engine.disk import code_of_write
from adapters.storage.payloads.payloads import Known
from adapters.storage.payloads.segment_file import SegmentWriter
from adapters.storage.schema.rows import Values, values_of
from adapters.storage.schema.tables import payload
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Payload

ROLL_OVER = 256 * 1024 * 1024
"""Octets beyond which a segment file gets no more records."""

TRIAL_BYTES = 1024 * 1024
"""How much room a trial asks for: more than a batch's message and its answer take."""


class SegmentPayloads:
    """Appends to a segment file of its own, from any number of threads. Raises `GatewayError` ``store.payload-folder``,
    ``store.full`` where there is no room, and ``store.read-only``.

    Octets whose transaction failed stay where they are, named by no row: they cost room and nothing else.
    """

    def __init__(self, folder: Path, *, roll_over: int = ROLL_OVER) -> None:
        self.folder = folder
        self._roll_over = roll_over
        self._lock = threading.Lock()
        self._writer: SegmentWriter | None = None

    def keep(self, payloads: Sequence[Payload], known: Known) -> list[Values]:
        new = {each.digest: each for each in payloads}
        for digest in known(new) if new else ():
            del new[digest]
        if not new:
            return []
        with self._lock, self._errors():
            try:
                writer = self._open()
                rows = [_row(each, writer.name, writer.append(each)) for each in new.values()]
                writer.sync()
            except BaseException:
                self._give_up()
                raise
            return rows

    def check(self) -> str:
        with self._errors():
            trial = SegmentWriter(self.folder)
            try:
                trial.append(Payload(digest=f"sha256:{0:064}", octets=bytes(TRIAL_BYTES)))
                trial.flush()
            finally:
                trial.close()
            free = shutil.disk_usage(self.folder).free
        return f"{self.folder}: room for {free / 1e9:.1f} GB"

    def close(self) -> None:
        with self._lock:
            self._give_up()

    def _open(self) -> SegmentWriter:
        writer = self._writer
        if writer is not None and (writer.size >= self._roll_over or writer.process != os.getpid()):
            self._give_up()
            writer = None
        if writer is None:
            self._writer = writer = SegmentWriter(self.folder)
        return writer

    def _give_up(self) -> None:
        """Write no more to the present file: after a failure nobody knows what of its end the disk holds."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            code = code_of_write(error, "store.payload-folder")
            raise GatewayError(code, where=str(self.folder), detail=str(error.strerror)) from error


def _row(kept: Payload, segment: str, start: int) -> Values:
    return values_of(kept, payload, octets=None, segment=segment, start=start, length=len(kept.octets))
