"""``python -m tests.golden.write NAME…``: freeze what is new. ``all`` is everything that has no golden file yet.

A family of names gets a further file with the names that were added; octets, and signed files, get one where there is
none. No file that is there is ever written again.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.databases import AT_END
from tests.golden import signed
from tests.golden.families import FAMILIES
from tests.golden.keeping import FILES, AlreadyFrozen, add_lines, add_octets
from tests.golden.octets import OCTETS

SIGNED = {f"signed/{keys}": keys for keys in signed.KEYS}
EVERYTHING = (*SIGNED, *OCTETS, *FAMILIES)
"""Signed files first: verdicts are of them."""


def main(names: Sequence[str]) -> int:
    """Write the golden files of these names; return how many could not be written."""
    refused = 0
    for name in EVERYTHING if list(names) == ["all"] else names:
        try:
            print(f"{name}: {write(name)}")
        except AlreadyFrozen as why:
            print(f"{name}: not written: {why}")
            refused += 1
    return refused


def write(name: str) -> Path:
    """Write one golden file and return its path. Raises `AlreadyFrozen`."""
    if name in FAMILIES:
        return add_lines(name, FAMILIES[name]())
    if name in OCTETS:
        return add_octets(name, OCTETS[name]())
    if name not in SIGNED:
        raise AlreadyFrozen(f"there is no such name; there are {', '.join(EVERYTHING)}")
    try:
        signed.make(SIGNED[name], FILES / name)
    except FileExistsError as error:
        raise AlreadyFrozen("signed files are never made again") from error
    return FILES / name


if __name__ == "__main__":
    with AT_END:  # what writers started: the tests' own process ends it by itself
        sys.exit(main(sys.argv[1:]))
