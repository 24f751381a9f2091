"""The commands of the page in an evidence file, run as they stand there, with tools that are not ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from adapters.evidence.inclusion_script import SCRIPT
from adapters.evidence.verify_page import commands_of
from tests.archive.recorder import reference
from tests.peers.jvm import Java, needs_java
from tests.peers.unsigned import replaced
from tests.stranger import needs_xmlsec1

from .forge import change
from .notice_recorder import NoticeRecorder, paper

SEAL = f"notices/{reference(1)}/notice.xml"


@pytest.fixture(scope="module")
def steps(exported: Path) -> list[str]:
    with ZipFile(exported) as file:
        english, persian = (commands_of(file.read(f"VERIFY.{language}.txt")) for language in ("en", "fa"))
    assert english == persian
    return english


class Stranger:
    """Runs steps of the page in their order; the number of the one that fails, or 0."""

    def __init__(self, recorder: NoticeRecorder, file: Path, folder: Path) -> None:
        self._folder = folder
        self._named = {"TRUST": recorder.trust, "FILE": file, "FOLDER": folder}

    def run(self, steps: list[str], *, change: str = "") -> int:
        lines = [f"STEP={number}\n{step}{change if number == 1 else ''}" for number, step in enumerate(steps, start=1)]
        script = "trap 'echo failed $STEP' ERR\n" + "\n".join(lines)
        environment = {name: str(path) for name, path in self._named.items()} | {"PATH": os.environ["PATH"]}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            return 0
        said = [line for line in done.stdout.splitlines() if line.startswith("failed ")]
        assert said, done.stderr
        return int(said[-1].removeprefix("failed "))


@pytest.fixture
def stranger(recorder: NoticeRecorder, exported: Path, tmp_path: Path) -> Stranger:
    return Stranger(recorder, Path(shutil.copy(exported, tmp_path / "notice.asice")), tmp_path / "unpacked")


@needs_xmlsec1
def test_every_command_of_the_page_accepts_it(stranger: Stranger, steps: list[str], tmp_path: Path) -> None:
    assert len(steps) == 9
    assert stranger.run(steps) == 0
    assert (tmp_path / "unpacked" / f"{reference(1)}.pdf").read_bytes() == paper(1)


# Another first character, whatever it was.
_A, _B = "<ds:SignatureValue>A", "<ds:SignatureValue>B"
CHANGED = f"sed -i 's/{_A}/{_B}/; t; s/<ds:SignatureValue>./{_A}/' $SIGNATURE"
CHANGES = {
    "a page": ("printf ' ' >> timeline.en.html", [2], 2),
    "the archive's signature": (CHANGED, [2], 2),
    "the archive's signature under its time-stamp": (CHANGED, [3], 2),
    "the signature's time-stamp": (
        "sed -i 's/\\(<xades:EncapsulatedTimeStamp>[^<]*\\)......</\\1AAAA==</' $SIGNATURE",
        [3],
        2,
    ),
    "the checkpoint": ("sed -i '2s/[0-9]$/0/; 2s/^/1/' checkpoint.note", [5], 2),
    "the checkpoint under its time-stamp": ("sed -i '2s/^/1/' checkpoint.note", [5, 6], 2),
    "the notice": (f"sed -i 's/<n:Number>7</<n:Number>8</' {SEAL}", [7], 2),
    "a receipt": ("sed -i 's/ContentConsignment/ContentHandover/' notices/*/receipt-*.xml", [7, 8], 3),
    "the notice under its receipt": (f"printf ' ' >> {SEAL}", [7, 8], 3),
}
"""By what is changed once it is unpacked: how, which steps of the page are run then, and which of those says so."""


@needs_xmlsec1
@pytest.mark.parametrize("part", CHANGES)
def test_a_changed_byte_is_refused_by_the_tool_for_it(stranger: Stranger, steps: list[str], part: str) -> None:
    how, numbers, fails = CHANGES[part]
    assert stranger.run([steps[0], *[steps[number - 1] for number in numbers]], change=f"\n{how}\n") == fails


@needs_xmlsec1
def test_a_checkpoint_s_time_stamp_is_of_its_text_alone(stranger: Stranger, steps: list[str]) -> None:
    taken, change = steps[4].partition("sed -n 's/^—")[0], "printf ' ' >> text\n"
    assert stranger.run([steps[0], taken, steps[5]]) == 0
    assert stranger.run([steps[0], taken + change, steps[5]]) == 3


@pytest.mark.long
@needs_java
def test_santuario_accepts_what_was_signed_and_nothing_else(
    recorder: NoticeRecorder, exported: Path, tmp_path: Path
) -> None:
    """The archive's signature over files, the seal and a receipt: in one test, since a compiler is started for it."""
    (tmp_path / "classes").mkdir()
    java = Java(tmp_path / "classes")
    folders = [unpacked(exported, tmp_path / name) for name in ("good", "changed", "other", "missing")]
    for folder, name in ((folders[1], "timeline.json"), (folders[2], SEAL)):
        (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    (folders[3] / "checkpoint.tst").unlink()
    good, *bad = java.run("SantuarioFiles", recorder.pki / "municipality" / "archive-signing.crt.pem", *folders)
    assert good.startswith("accepted ")
    assert [line[:7] for line in bad] == ["refused"] * 3
    receipts = folders[0].glob("notices/*/receipt-*.xml")
    receipt = next(path for path in receipts if b"ContentConsignment" in path.read_bytes())
    for signer, file, before, after in (
        ("municipality/seal-article-100", folders[0] / SEAL, b"<n:Number>7<", b"<n:Number>8<"),
        ("judiciary/receipts", receipt, b"ContentConsignment", b"ContentHandover"),
    ):
        octets = [file.read_bytes(), replaced(file.read_bytes(), before, after)]
        verdicts = java.verdicts("SantuarioVerify", recorder.pki / f"{signer}.crt.pem", tmp_path, octets)
        assert verdicts == ["accepted 2", "refused"]


def unpacked(file: Path, folder: Path) -> Path:
    with ZipFile(file) as opened:
        opened.extractall(folder)
    return folder


def script() -> str:
    """The script as it stands in the page of documentation."""
    page = (Path(__file__).parents[2] / "docs/audit/evidence-file.md").read_text(encoding="utf-8")
    return page.partition("```python\n")[2].partition("```")[0]


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda found: None, ""),
        (lambda found: found.update(_flipped(found, "records/", '"salt":"')), "is not in the tree"),
        (lambda found: found.update(_flipped(found, "notices/", "<n:Kind>")), "is not what"),
    ],
    ids=["good", "record changed", "notice changed"],
)
def test_forty_lines_of_python_check_inclusion(
    exported: Path, tmp_path: Path, edit: Callable[[dict[str, bytes]], object], says: str
) -> None:
    lines = script()
    assert lines == SCRIPT
    assert len(lines.splitlines()) <= 40
    (tmp_path / "check.py").write_text(lines)
    file = Path(shutil.copy(exported, tmp_path / "notice.asice"))
    change(file, lambda found: edit(found) and None)
    done = subprocess.run(
        [sys.executable, "-I", tmp_path / "check.py", file], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.returncode == 0) is (not says), done.stderr
    assert says in done.stderr


def _flipped(found: dict[str, bytes], folder: str, after: str) -> dict[str, bytes]:
    """A file of that folder with the letter behind some text changed."""
    name = next(name for name in found if name.startswith(folder) and after.encode() in found[name])
    at = found[name].index(after.encode()) + len(after)
    octets = bytearray(found[name])
    octets[at] = ord("0") if octets[at] != ord("0") else ord("1")
    return {name: bytes(octets)}
