"""Evidence files whose container somebody has changed."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from gateway.audit.evidence_recipe import EvidenceCheck as C
from gateway.evidence.evidence_file import SIGNATURES
from tests.archive.second_directory import hide_directory, name_two_places, state_fewer_entries

from .defect import NOT_OPENED, defect
from .forge import change, contents, write
from .notice_recorder import NoticeRecorder


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def no_zip(path: Path, recorder: NoticeRecorder) -> None:
    path.write_bytes(b"nothing")


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def cut_off(path: Path, recorder: NoticeRecorder) -> None:
    path.write_bytes(path.read_bytes()[:-30])


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def mimetype_not_first(path: Path, recorder: NoticeRecorder) -> None:
    found = contents(path)
    kind = found.pop("mimetype")
    write(path, [*found.items(), ("mimetype", kind)])


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def mimetype_packed(path: Path, recorder: NoticeRecorder) -> None:
    found = contents(path)
    with ZipFile(path, "w", ZIP_DEFLATED) as file:
        for name, octets in found.items():
            file.writestr(name, octets)


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def another_mimetype(path: Path, recorder: NoticeRecorder) -> None:
    change(path, lambda found: found.update(mimetype=b"application/vnd.etsi.asic-s+zip"))


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def path_traversal(path: Path, recorder: NoticeRecorder) -> None:
    change(path, lambda found: found.update({"notices/../../../etc/cron.d/x": b"more"}))


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def a_file_that_does_not_belong_here(path: Path, recorder: NoticeRecorder) -> None:
    change(path, lambda found: found.update({"notes.txt": b"more"}))


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def two_entries_of_one_name(path: Path, recorder: NoticeRecorder) -> None:
    found = list(contents(path).items())
    with pytest.warns(UserWarning, match="Duplicate name"):
        write(path, [*found, found[-1]])


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def zip_bomb(path: Path, recorder: NoticeRecorder) -> None:
    change(path, lambda found: found.update({f"revocation/{'0' * 64}.crl": bytes(40 * 1024 * 1024)}))


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def larger_than_it_says(path: Path, recorder: NoticeRecorder) -> None:
    octets = bytearray(path.read_bytes())
    at = octets.rfind(b"PK\x01\x02") + 24
    octets[at : at + 4] = (int.from_bytes(octets[at : at + 4], "little") - 1).to_bytes(4, "little")
    path.write_bytes(bytes(octets))


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def something_in_front(path: Path, recorder: NoticeRecorder) -> None:
    path.write_bytes(b"#!/bin/sh\n" + path.read_bytes())


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def something_behind(path: Path, recorder: NoticeRecorder) -> None:
    with path.open("ab") as file:
        file.write(b"more")


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def an_entry_that_the_directory_does_not_name(path: Path, recorder: NoticeRecorder) -> None:
    """Some tools read entries one behind another, others by the directory."""
    with ZipFile(path, "a") as file:
        file.writestr("hidden.txt", b"another paper")
        file.filelist.pop()
        del file.NameToInfo["hidden.txt"]


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def an_entry_with_two_names(path: Path, recorder: NoticeRecorder) -> None:
    """One in front of its octets, and another in the directory."""
    octets = path.read_bytes()
    path.write_bytes(octets.replace(b"timeline.fa.html", b"timeline.en.html", 1))


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def a_comment(path: Path, recorder: NoticeRecorder) -> None:
    with ZipFile(path, "a") as file:
        file.comment = b"more"


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def a_second_directory_in_a_comment(path: Path, recorder: NoticeRecorder) -> None:
    """`zipfile` shows the notice, and other readers another file."""
    hide_directory(path)


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def directory_at_two_places(path: Path, recorder: NoticeRecorder) -> None:
    name_two_places(path)


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def fewer_entries_than_the_directory_has(path: Path, recorder: NoticeRecorder) -> None:
    state_fewer_entries(path)


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def no_signature(path: Path, recorder: NoticeRecorder) -> None:
    change(path, lambda found: found.pop(SIGNATURES))
