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
from adapters.storage.schema.row_conversion import Values, values_of
from adapters.storage.schema.tables import payload
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Payload

ROLL_OVER = 256 * 1024 * 1024
"""Octets beyond which a segment file gets no more records."""

TRIAL_BYTES = 1024 * 1024
"""Size of a trial write, in octets: more than a batch's message and its answer take."""


class SegmentPayloads:
    """Append to a segment file of its own, from any number of threads. Raises `GatewayError` ``store.payload-folder``,
    ``store.full`` if the disk is full, and ``store.read-only``.

    Octets whose transaction failed stay in the file, and no row names them. They cost only disk space.
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
                places = zip(new.values(), writer.append(list(new.values())), strict=True)
                rows = [_row(each, writer.name, start) for each, start in places]
                writer.sync()
            except BaseException:
                self._give_up()
                raise
            return rows

    def check(self) -> str:
        with self._errors():
            trial = SegmentWriter(self.folder)
            try:
                trial.append([Payload(digest=f"sha256:{0:064}", octets=bytes(TRIAL_BYTES))])
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
        """Close the current file: after a failure the state of its end on the disk is unknown."""
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
