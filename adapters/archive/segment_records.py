"""Reader of records that left the database, from the archive's folder by their places in the tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

from adapters.archive.segment_ranges import ranges
from adapters.verifier.archive.segment_reader import ZipSegment
from gateway.archive.segment import SET_ASIDE, NotASegment, file_name, payload_name, range_of
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Payload


class SegmentReader:
    """Implementation of `gateway.archive.offloaded.Archived`; ``folder`` is the archive's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def headers(self, places: Sequence[int]) -> Mapping[int, bytes]:
        found: dict[int, bytes] = {}
        for path, inside in self._by_segment(places).items():
            with self._opened(path) as segment, closing(segment.records()) as records:
                at, _ = range_of(path.name) or (0, 0)
                for place in sorted(inside):
                    header = next(islice(records, place - at, None), None)
                    if header is None:
                        raise _unreachable(place, "its segment ends before it")
                    found[place], at = header, place + 1
        return found

    def payloads(self, places: Mapping[str, Sequence[int]]) -> Mapping[str, Payload]:
        found: dict[str, Payload] = {}
        digests: dict[int, list[str]] = {}
        for digest, naming in places.items():
            for place in naming:
                digests.setdefault(place, []).append(digest)
        for path, inside in self._by_segment(digests).items():
            with self._opened(path) as segment:
                held = segment.payloads()
                for digest in (digest for place in inside for digest in digests[place]):
                    for framed in (False, True):
                        name = payload_name(digest, framed=framed)
                        if digest not in found and name in held:
                            found[digest] = Payload(digest=digest, octets=segment.read(name), framed=framed)
        return found

    def _by_segment(self, places: Iterable[int]) -> dict[Path, list[int]]:
        """Group places by segment. Records may have left through a segment that was set aside since."""
        folder = self._folder
        segments = {span: folder / file_name(*span) for span in ranges(folder)}
        aside = {span: path for path in folder.glob(f"{SET_ASIDE}/*/*.zip") if (span := range_of(path.name))}
        by_segment: dict[Path, list[int]] = {}
        for place in places:
            holding = (path for (first, end), path in (*segments.items(), *aside.items()) if first <= place < end)
            path = next(holding, None)
            if path is None:
                raise _unreachable(place, f"no segment of it lies in {folder}")
            by_segment.setdefault(path, []).append(place)
        return by_segment

    @contextmanager
    def _opened(self, path: Path) -> Iterator[ZipSegment]:
        first, _ = range_of(path.name) or (0, 0)
        try:
            with ZipSegment(path) as segment:
                segment.manifest()
                yield segment
        except NotASegment as problem:
            raise _unreachable(first, f"{path}: {problem}") from problem


def _unreachable(place: int, detail: str) -> GatewayError:
    return GatewayError("archive.unreachable", where=f"record {place}", detail=detail)
