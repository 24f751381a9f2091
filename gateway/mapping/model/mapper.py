"""What turns rows into notices, and how a pass gets hold of it: once for each batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.notice.notice import Notice
from gateway.notice.source_row import CaseRow

FROM_FILE = "file"
"""The version of a mapping that no person activated: the configuration names its file."""


class Mapper(Protocol):
    """Turns a row into a notice. ``name``, ``version`` and ``digest`` stand in the evidence of each notice that it
    made; ``columns`` are those that it reads, ``octets`` the mapping itself.
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
        """Return the notice. Raises `gateway.mapping.RowRefused`."""
        ...


class Mappers(Protocol):
    """The mappings of sources, by time."""

    def current(self, source: str) -> Mapper:
        """Return what is in force for a source now. Whoever takes a batch asks once before it reads the batch's rows,
        and reads and maps all of it by the answer. Raises `GatewayError` ``mapping.*``, ``store.*``."""
        ...


class Always:
    """`Mappers` that never change."""

    def __init__(self, mapper: Mapper) -> None:
        self._mapper = mapper

    def current(self, source: str) -> Mapper:  # noqa: ARG002 - `Mappers`
        return self._mapper
