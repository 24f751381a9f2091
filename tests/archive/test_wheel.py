"""The auditor's own program, installed elsewhere: it comes to what the tree comes to, without a network too."""

from __future__ import annotations

import json
import os
import re
import shutil
import site
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from adapters.storage.sql_store import SqlStore
from adapters.verifier.archive.auditor import audit_archive
from adapters.verifier.evidence.evidence_trust import EvidenceTrust
from adapters.verifier.evidence.evidence_verification import verify_file
from adapters.verifier.trust.trust_folder import Trust
from adapters.verifier.verbs import evidence
from adapters.verifier.verbs.show import as_json
from adapters.verifier.wheel import lay_out
from tests.databases import sqlite_file
from tests.evidence.notice_recorder import NoticeRecorder

from .defects import receipt_of_another_notice
from .recorder import NOW
from .spoiled import Spoiled

pytestmark = pytest.mark.slow

NAMESPACES = (["unshare", "--net"], ["unshare", "--map-root-user", "--net"])
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


@dataclass(frozen=True)
class Installed:
    """``wheel`` in an environment that has what it says that it needs, and nothing else."""

    wheel: Path
    program: Path

    def __call__(self, *arguments: object, within: Sequence[str] = (), check: int = 0) -> str:
        command = [*within, str(self.program), *map(str, arguments)]
        # Nothing of this environment: the tree must not be found, and lines must not be cut.
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd="/", env={"PATH": os.environ["PATH"]}
        )
        assert done.returncode == check, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("wheel")
    wheel = build(folder)
    venv.create(folder / "env", with_pip=False, symlinks=True)
    python = folder / "env" / "bin" / "python"
    subprocess.run([*PIP, "--python", python, "install", "--no-deps", "--no-index", wheel], check=True)
    asked = "import site; print(site.getsitepackages()[0])"
    target = Path(subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True).stdout.strip())
    with ZipFile(wheel) as file:
        [metadata] = [file.read(name).decode() for name in file.namelist() if name.endswith("/METADATA")]
    for name in re.findall(r"^Requires-Dist: ([A-Za-z0-9_.-]+)", metadata, re.MULTILINE):
        for needed in with_what_it_needs(name, set()):
            link(needed, target)
    return Installed(wheel, python.parent / "eblagh-verify")


def build(folder: Path) -> Path:
    """As `make verifier` does."""
    lay_out(folder / "source")
    command = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder, folder / "source"]
    subprocess.run([*PIP, *command], check=True, umask=0o022, env={**os.environ, "SOURCE_DATE_EPOCH": "315532800"})
    [wheel] = folder.glob("*.whl")
    return wheel


def with_what_it_needs(name: str, known: set[str]) -> Iterator[Distribution]:
    if name in known:
        return
    known.add(name)
    try:
        found = distribution(name)
    except ModuleNotFoundError:
        return  # needed on another system, or by another Python
    yield found
    for each in found.requires or []:
        if "extra ==" not in each:
            yield from with_what_it_needs(re.split(r"[^A-Za-z0-9_.-]", each, maxsplit=1)[0], known)


def link(needed: Distribution, target: Path) -> None:
    """Let a distribution of this environment be there too, with no look at an index."""
    for top in {file.parts[0] for file in needed.files or [] if not file.parts[0].startswith("..")}:
        for folder in site.getsitepackages():
            if (Path(folder) / top).exists() and not (target / top).exists():
                (target / top).symlink_to(Path(folder) / top)


@pytest.fixture(scope="module")
def alone() -> list[str]:
    """The command by which something runs in a network namespace of its own."""
    for command in NAMESPACES:
        if (
            shutil.which(command[0])
            and subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
        ):
            return command
    pytest.skip("no network namespace can be made here: unshare is not installed, or the system forbids it")


def in_the_tree(folder: Path, trust: Path) -> dict[str, Any]:
    report = audit_archive(folder, trust, workers=1)
    reported: dict[str, Any] = json.loads(json.dumps(as_json(report, Trust.of(trust).fingerprints())))
    return reported


def test_it_comes_to_what_the_tree_comes_to(installed: Installed, archived: Path, spoiled: Path, pki: Path) -> None:
    trust = pki / "anchors"
    good = installed("archive", archived / "archive", "--trust", trust, "--json")
    assert json.loads(good) == in_the_tree(archived / "archive", trust)
    receipt_of_another_notice(Spoiled(spoiled, pki))
    bad = installed("archive", spoiled, "--trust", trust, "--json", check=1)
    assert json.loads(bad) == in_the_tree(spoiled, trust)
    assert json.loads(bad)["verdicts"]["7 signature"] == "FAILED"


@pytest.fixture(scope="module")
def notice(pki: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The evidence file of one notice."""
    folder = tmp_path_factory.mktemp("town")
    with sqlite_file(folder) as url, closing(SqlStore.open(url)) as store:
        recorder = NoticeRecorder(pki, store, folder / "archive", now=NOW)
        recorder.live()
        recorder.export(folder / "notice.asice", 4)
    return folder / "notice.asice"


@pytest.mark.long
def test_of_an_evidence_file_it_says_what_the_tree_says(
    installed: Installed, notice: Path, pki: Path, tmp_path: Path
) -> None:
    trust = pki / "anchors"
    changed = tmp_path / "changed.asice"
    octets = bytearray(notice.read_bytes())
    octets[octets.index(b"notices/") + 200] ^= 1
    changed.write_bytes(octets)
    for file, code, verdict in ((notice, 0, "INDETERMINATE"), (changed, 1, "FAILED")):
        page = tmp_path / f"{verdict}.html"
        reported = json.loads(installed("evidence", file, "--trust", trust, "--json", "--html", page, check=code))
        tree = evidence.told(verify_file(file, trust), EvidenceTrust.of(trust).fingerprints())
        assert reported == json.loads(json.dumps(tree))
        assert reported["verdict"] == verdict, "no revocation list is in the good one"
        assert page.read_bytes().startswith(b"<!DOCTYPE html>")
    assert "compare these" in installed("evidence", notice, "--trust", trust)


@pytest.mark.long
def test_without_a_network_it_comes_to_the_same(
    installed: Installed, alone: list[str], archived: Path, notice: Path, pki: Path, tmp_path: Path
) -> None:
    seen = subprocess.run([*alone, "cat", "/proc/net/dev"], capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^ *([^ :]+):", seen, re.MULTILINE) == ["lo"], "nothing but itself"
    where = (archived / "archive", "--trust", pki / "anchors")
    reported = installed("archive", *where, "--json", "--html", tmp_path / "report.html", within=alone)
    assert json.loads(reported) == in_the_tree(archived / "archive", pki / "anchors")
    assert (tmp_path / "report.html").read_bytes().startswith(b"<!DOCTYPE html>")
    notes = archived / "early.note", archived / "last.note"
    reported = installed(
        "consistency", *notes, "--trust", pki / "anchors", "--archive", archived / "archive", within=alone
    )
    assert reported.startswith("PASSED ")
    assert "10 seal" in installed("evidence", notice, "--trust", pki / "anchors", within=alone)


def test_it_holds_what_verifies_and_nothing_else(installed: Installed) -> None:
    with ZipFile(installed.wheel) as file:
        names = [name for name in file.namelist() if ".dist-info/" not in name]
    assert {name.split("/")[0] for name in names} == {"adapters", "gateway", "schemas"}
    parts = {name.split("/")[1] for name in names if name.startswith("adapters/") and name.count("/") > 1}
    assert parts == {"terminal", "crypto", "pages", "shipped", "timestamp", "verifier"}
    assert [name for name in names if "http" in name or "store" in name or "settings" in name] == []


@pytest.mark.long
def test_the_same_tree_gives_the_same_octets(installed: Installed, tmp_path: Path) -> None:
    assert build(tmp_path).read_bytes() == installed.wheel.read_bytes()


@pytest.mark.long
def test_it_says_its_version_and_what_it_can(installed: Installed) -> None:
    version = installed("--version").strip()
    assert installed.wheel.name == f"eblagh_verify-{version}-py3-none-any.whl"
    helped = installed("--help")
    assert all(verb in helped for verb in ("archive", "consistency", "evidence"))
