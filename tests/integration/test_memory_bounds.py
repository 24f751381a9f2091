"""Input that would take much memory is refused before any of it is spent; each is measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MIB = 1024 * 1024

PEAK = """
import sys
from pathlib import Path

def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024

def refused(code, work):
    "Print by how many MiB the peak grew until the work was refused with this code."
    from gateway.runtime.errors import GatewayError
    before = peak()
    try:
        work()
    except GatewayError as error:
        assert error.code == code, error
    else:
        raise SystemExit("not refused")
    print(peak() - before)
"""


def grown(script: str, *arguments: str) -> int:
    """Run a script that prints the MiB by which its peak grew."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK + script, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


def test_a_zip_directory_of_three_million_entries_is_refused_before_it_is_read(tmp_path: Path) -> None:
    count = 3_000_000
    entry = b"PK\x01\x02" + b"\0" * 24 + (1).to_bytes(2, "little") + b"\0" * 16 + b"a"
    assert len(entry) == 47
    end = b"PK\x05\x06" + b"\0" * 4 + b"\xff\xff" * 2 + (47 * count).to_bytes(4, "little") + b"\0" * 4 + b"\0\0"
    path = tmp_path / "many.zip"
    path.write_bytes(entry * count + end)
    script = """
from adapters.municipal.files.reading import items_of
refused("file.bomb", lambda: items_of(Path(sys.argv[1])))
"""
    assert grown(script, str(path)) < 100, "MiB; it was 943"


@pytest.mark.long
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(
    ("what", "octets"),
    [
        ("header", 'b"a," * (21 * 1024 * 1024)'),
        ("name", 'b"a" * (63 * 1024 * 1024)'),
        ("quoted", 'b\'"\' + b"a\\n" * (31 * 1024 * 1024)'),
        ("row", 'b"notice_id,change_no,document_name\\n" + b"," * (63 * 1024 * 1024)'),
        ("wide", 'b"a," * (21 * 1024 * 1024) + "😀".encode()'),
    ],
)
def test_a_csv_header_or_row_of_63_mib_is_refused_before_its_cells_are_made(
    what: str, octets: str, zipped: bool
) -> None:
    script = f"""
from adapters.municipal.files import csv_list
octets = {octets}
refused("file.list", lambda: csv_list.lines_of(octets, zipped={zipped}))
"""
    assert grown(script) < 100, f"MiB for a {what}; it was 1300"


@pytest.mark.parametrize("octets", ['b\'{"rows":[\' + b"[]," * (10 * MIB)', 'b"[" * (31 * MIB)', 'b"{}," * (10 * MIB)'])
def test_31_mib_of_empty_lists_are_refused_before_they_are_built(octets: str) -> None:
    script = f"""
from adapters.municipal.rest.messages import read_push
MIB = 1024 * 1024
octets = {octets}
refused("push.request", lambda: read_push(octets))
"""
    assert grown(script) < 150, "MiB; it was 800"
