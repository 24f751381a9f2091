"""File of an export of one person's data: a plain ZIP that every computer opens, and its overview page."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final
from zipfile import ZipFile

from adapters.evidence.asice import put
from adapters.pages.rendering import render
from gateway.personal_data.explained import MISSING
from gateway.personal_data.part import Contents, Page, Part
from gateway.runtime.errors import GatewayError

MOST_BYTES: Final = 4 * 1024 * 1024 * 1024
"""Most octets of one export, before they are compressed."""
_CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenZip:
    """ZIP that was written: its digest and size in octets, the number of its files, and what they hold."""

    digest: str
    size: int
    files: int
    contents: Contents


def write_zip(file: BinaryIO, parts: Generator[Part, None, Contents], most: int = MOST_BYTES) -> WrittenZip:
    """Write ``parts`` into a new file that is open for reading, too. One part is in memory at a time.

    The same parts give the same octets. Raises `GatewayError` ``personal-data.too-large`` beyond ``most`` octets, and
    as the parts.
    """
    files = written = 0
    with ZipFile(file, "w") as container:
        while True:
            try:
                part = next(parts)
            except StopIteration as end:
                contents: Contents = end.value
                break
            files, written = files + 1, written + len(part.octets)
            if written > most:
                raise GatewayError("personal-data.too-large", detail=f"more than {most} octets")
            put(container, part.name, part.octets)
    size = file.tell()
    file.seek(0)
    digest = hashlib.sha256()
    while octets := file.read(_CHUNK):
        digest.update(octets)
    file.seek(0)
    return WrittenZip(digest=f"sha256:{digest.hexdigest()}", size=size, files=files, contents=contents)


def overview_pages(page: Page) -> Mapping[str, bytes]:
    """Return the overview in both languages, as `gateway.personal_data.part.Ports.pages`."""
    return {
        f"overview.{language}.html": render("personal_data.html", language, page=page, missing_title=MISSING)
        for language in ("fa", "en")
    }
