"""Defects of a segment's file as a container, one function each: the check that finds it, and its words."""

from __future__ import annotations

import warnings
from zipfile import ZIP_STORED

from gateway.audit.audit_recipe import Check

from .defect import Battery
from .second_directory import hide_directory, name_two_places, state_fewer_entries
from .spoiled import (
    Spoiled,
    entries,
    lines,
    pack_anew,
    put,
    write,
)

BATTERY = Battery()
defect = BATTERY.defect


@defect(Check.CONTAINER, "is no file of a segment")
def unlisted_file(archive: Spoiled) -> None:
    archive.change(1, lambda content: content.update({"notes.txt": b"more"}))


@defect(Check.CONTAINER, "payloads that no record names")
def unlisted_payload(archive: Spoiled) -> None:
    archive.change(1, lambda content: content.update({f"payloads/{'0' * 64}": b"more"}))


@defect(Check.CONTAINER, "is no file of a segment")
def path_traversal(archive: Spoiled) -> None:
    archive.change(1, lambda content: content.update({"payloads/../../../etc/cron.d/x": b"more"}))


@defect(Check.CONTAINER, "stands there twice")
def two_entries_of_one_name(archive: Spoiled) -> None:
    path = archive.segment(1)
    content = entries(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        write(path, [*content, content[-1]])


@defect(Check.CONTAINER, "is too large")
def zip_bomb(archive: Spoiled) -> None:
    archive.change(1, lambda content: content.update({f"payloads/{'0' * 64}": bytes(40 * 1024 * 1024)}))


@defect(Check.CONTAINER, "is another one by its own header")
def entry_larger_than_it_says(archive: Spoiled) -> None:
    path = archive.segment(1)
    write(path, entries(path), ZIP_STORED)
    octets = bytearray(path.read_bytes())
    # The central directory's last entry: its uncompressed size stands 24 octets from its beginning.
    at = octets.rfind(b"PK\x01\x02") + 24
    octets[at : at + 4] = (int.from_bytes(octets[at : at + 4], "little") - 1).to_bytes(4, "little")
    path.write_bytes(bytes(octets))


@defect(Check.CONTAINER, "no ZIP file")
def cut_off(archive: Spoiled) -> None:
    path = archive.segment(1)
    path.write_bytes(path.read_bytes()[:-30])


@defect(Check.CONTAINER, "no ZIP file")
def no_zip(archive: Spoiled) -> None:
    archive.segment(1).write_bytes(b"nothing")


@defect(Check.CONTAINER, "something lies in front of segment.json")
def octets_before_the_first_entry(archive: Spoiled) -> None:
    pack_anew(archive.segment(1), before=b"hidden")


@defect(Check.CONTAINER, "something lies in front of")
def octets_between_two_entries(archive: Spoiled) -> None:
    pack_anew(archive.segment(1), between=b"hidden")


@defect(Check.CONTAINER, "something lies behind the last file")
def octets_before_the_directory(archive: Spoiled) -> None:
    pack_anew(archive.segment(1), behind=b"hidden")


@defect(Check.CONTAINER, "something lies behind it")
def octets_behind_the_directory(archive: Spoiled) -> None:
    path = archive.segment(1)
    path.write_bytes(path.read_bytes() + b"hidden")


@defect(Check.CONTAINER, "something lies behind it")
def comment_of_the_file(archive: Spoiled) -> None:
    pack_anew(archive.segment(1), comment=b"hidden")


@defect(Check.CONTAINER, "has a comment, or more than its name and sizes, in the directory")
def comment_of_an_entry(archive: Spoiled) -> None:
    pack_anew(archive.segment(1), of_entry=b"hidden")


@defect(Check.CONTAINER, "its end names two directories")
def second_directory_in_a_comment(archive: Spoiled) -> None:
    hide_directory(archive.segment(1))


@defect(Check.CONTAINER, "its end names two directories")
def directory_at_two_places(archive: Spoiled) -> None:
    name_two_places(archive.segment(1))


@defect(Check.CONTAINER, "its end names two directories")
def fewer_entries_than_the_directory_has(archive: Spoiled) -> None:
    state_fewer_entries(archive.segment(1))


@defect(Check.CONTAINER, "segment.json has another form")
def manifest_nested_deeply(archive: Spoiled) -> None:
    archive.change(1, lambda content: content.update({"segment.json": b"[" * 60_000}))


@defect(Check.CONTAINER, "line 1 of records.jsonl is too short for a record")
def records_of_empty_lines(archive: Spoiled) -> None:
    archive.change(1, lambda content: content.update({"records.jsonl": b"\n" * 1024 * 1024}))


@defect(Check.CONTAINER, "more than the 8 records that are told")
def records_without_an_end(archive: Spoiled) -> None:
    archive.change(1, lambda content: put(content, lines(content) * 1000))
