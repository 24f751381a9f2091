"""Ports to mappers, which turn rows into notices; a pass gets one for each batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.mapping.model.refusal import RowRefused
from gateway.notice.notice import Notice
from gateway.notice.source_row import CaseRow

FROM_FILE = "file"
"""Version of a mapping that no person activated: the configuration names its file."""


class Mapper(Protocol):
    """Mapper of rows to notices.

    ``name``, ``version`` and ``digest`` stand in the evidence of each of its notices; ``columns`` are those that it
    reads, ``octets`` the mapping itself.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def digest(self) -> str: ...

    @property
    def columns(self) -> Sequence[str]: ...

    @property
    def octets(self) -> bytes: ...

    def map(self, row: CaseRow) -> Notice:
        """Map a row to a notice. Raises `gateway.mapping.RowRefused`."""
        ...

    def map_all(self, rows: Sequence[CaseRow]) -> list[Notice | RowRefused]:
        """Map rows, each as `map` does; their papers are examined together."""
        ...


class Mappers(Protocol):
    """Mappers of sources that may change over time."""

    def current(self, source: str) -> Mapper:
        """Return the mapper in force for a source now.

        Call it once for each batch, before reading its rows; read and map the whole batch by it. Raises `GatewayError`
        ``mapping.*``, ``store.*``.
        """
        ...


class Always:
    """Constant `Mappers`."""

    def __init__(self, mapper: Mapper) -> None:
        self._mapper = mapper

    def current(self, source: str) -> Mapper:  # noqa: ARG002 - `Mappers`
        return self._mapper
