"""Compiled templates of this process: a console that is made anew, as at a reload, compiles none again."""

from __future__ import annotations

from typing import Final

from jinja2.bccache import Bucket, BytecodeCache


class _InMemory(BytecodeCache):
    """Bytecode by template and source. May be used from several threads."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if octets := self._kept.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(octets)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


COMPILED: Final = _InMemory()
