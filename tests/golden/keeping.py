"""Golden files: lists of names, to which files are added, and exact octets. None is ever written again.

``files/FAMILY.N.txt`` has a name a line. All files of a family together are its golden names; the file with the next
number has the names that were added since. ``files/NAME`` holds octets.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

FILES: Final = Path(__file__).parent / "files"


class AlreadyFrozen(Exception):
    """Nothing is written; the text says why."""


REPLACED: Final = {
    "configuration": {
        "courtesy.text may be left out: ابلاغیه\u200cای به حساب کاربری ثنای شما واصل شده است. این پیام فقط"
        " جهت اطلاع است و مهلتی را آغاز نمی\u200cکند. برای مشاهده، خودتان به سامانه ابلاغ الکترونیک قضایی مراجعه کنید."
    },
    "mapping": {"kind notice-to-message reads notices[].serve_by: date"},
}
"""Golden names that were replaced on purpose; docs/design/frozen.md has the reasons."""


def golden_lines(family: str, folder: Path = FILES) -> set[str]:
    """Return the golden names of a family without `REPLACED` ones. Raises ``FileNotFoundError`` where it has none."""
    found = _files(family, folder)
    if not found:
        raise FileNotFoundError(f"{family} has no golden file")
    kept = {line for file in found for line in file.read_text(encoding="utf-8").splitlines()}
    return kept - REPLACED.get(family, set())


def add_lines(family: str, today: Iterable[str], folder: Path = FILES) -> Path:
    """Write the names of today that no golden file of the family has into its next file, and return that.

    Raises `AlreadyFrozen` where there is nothing to add, and where a golden name is gone: no addition makes that good.
    """
    names, before = set(today), _files(family, folder)
    known = golden_lines(family, folder) if before else set()
    if lost := sorted(known - names):
        raise AlreadyFrozen(f"{family}: these names are frozen and gone: {', '.join(lost)}")
    if not (new := sorted(names - known)):
        raise AlreadyFrozen(f"{family}: there is nothing to add")
    number = max((_number(file) for file in before), default=0) + 1
    path = folder / f"{family}.{number}.txt"
    return add_octets(path.name, "".join(f"{line}\n" for line in new).encode(), folder)


def golden_octets(name: str, folder: Path = FILES) -> bytes:
    """Return the octets of a golden file."""
    return (folder / name).read_bytes()


def add_octets(name: str, octets: bytes, folder: Path = FILES) -> Path:
    """Write a new golden file. Raises `AlreadyFrozen` where one of this name is there."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(octets)
    except FileExistsError as error:
        raise AlreadyFrozen(f"{name}: a golden file is never edited") from error
    return path


def _files(family: str, folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{family}.[0-9]*.txt"), key=_number)


def _number(file: Path) -> int:
    return int(file.name.split(".")[-2])
