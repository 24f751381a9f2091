"""A stranger with `xmlsec1`, who runs the command lines of a page in docs/ as they stand there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from tests import debian

DOCS = Path(__file__).parents[1] / "docs/audit"

needs_xmlsec1 = debian.needs("xmlsec1", "openssl", "bash")


def command(heading: str, page: str = "verify-with-xmlsec1.md") -> str:
    """Return the shell block under a heading of a page in docs/."""
    section = (DOCS / page).read_text(encoding="utf-8").partition(f"## {heading}\n")[2]
    match = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert match, heading
    return match[1]


def xmlsec1(commands: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run commands of the page in a folder with the files that it names."""
    return subprocess.run(["bash", "-eu", "-c", commands], cwd=folder, capture_output=True, text=True, check=False)


def believes(commands: str, folder: Path) -> bool:
    """Return True if the page's commands find the signature good."""
    done = xmlsec1(commands, folder)
    assert ("FAIL" in done.stdout + done.stderr) == (done.returncode != 0), done.stderr
    return done.returncode == 0


def lay_out(pki: Path, side: str, signer: str, folder: Path) -> None:
    """Put anchor, authorities and signer of one side of a development PKI where the page wants them."""
    shutil.copy(pki / "anchors" / f"{side}-root.pem", folder / "root.pem")
    shutil.copy(pki / side / f"{signer}.crt.pem", folder / "signer.pem")
    # A partner hands over its authorities: in a development file the issuing one comes after the end certificate.
    pem = (folder / "signer.pem").read_text()
    (folder / "issuing.pem").write_text("-----BEGIN" + pem.split("-----BEGIN")[-1])
