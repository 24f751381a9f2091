"""The `openssl` program: it checks tokens as docs/audit/time-stamps.md shows, and issues them as an authority does."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from tests import debian
from tests.stranger import command

from .authorities import DATA, Holder

PAGE = "time-stamps.md"
needs_openssl = debian.needs("openssl", "bash")

_CONFIG = """
[tsa]
default_tsa = tsa_1
[tsa_1]
serial = serial
crypto_device = builtin
signer_cert = own.pem
{certs}
signer_key = own.key
signer_digest = sha256
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.5
digests = sha1, sha256, sha512
accuracy = secs:1, millisecs:500, microsecs:100
ordering = {ordering}
tsa_name = {named}
ess_cert_id_chain = {chain}
ess_cert_id_alg = {ess}
"""


def run(folder: Path, *arguments: str) -> bytes:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def page(heading: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the commands under a heading of the page in a folder with the files that it names."""
    shell = ["bash", "-eu", "-c", command(heading, PAGE)]
    return subprocess.run(shell, cwd=folder, capture_output=True, text=True, check=False)


def believes(
    folder: Path, token: bytes, root: Holder, data: bytes = DATA, heading: str = "A token and its data"
) -> bool:
    """Return True if the page's command finds the token good."""
    for name, octets in (("data", data), ("token.der", token), ("root.pem", root.pem)):
        (folder / name).write_bytes(octets)
    done = page(heading, folder)
    assert ("Verification: OK" in done.stdout) == (done.returncode == 0), done.stderr
    return done.returncode == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpensslAuthority:
    """`openssl ts -reply` with the key of ``own`` in a ``folder`` of its own."""

    own: Holder
    folder: Path
    named: bool = True
    ess: str = "sha256"

    def answer(self, query: bytes) -> bytes:
        """Return the DER of a TimeStampResp."""
        yes = "yes" if self.named else "no"
        certs = "certs = chain.pem" if self.own.above else ""
        config = _CONFIG.format(ordering=yes, named=yes, chain=yes, ess=self.ess, certs=certs)
        self._lay_out()
        (self.folder / "tsa.cnf").write_text(config)
        (self.folder / "query.tsq").write_bytes(query)
        run(self.folder, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-out", "reply.tsr")
        return (self.folder / "reply.tsr").read_bytes()

    def signed(self, content: bytes, *more: str) -> bytes:
        """Return a CMS over the octets of a TSTInfo: `openssl cms` does not ask what the certificate is for."""
        self._lay_out()
        (self.folder / "info.der").write_bytes(content)
        oid = "1.2.840.113549.1.9.16.1.4"
        arguments = ("-nodetach", "-binary", "-nosmimecap", "-md", "sha256", "-outform", "DER", "-econtent_type", oid)
        signer = ("-signer", "own.pem", "-inkey", "own.key")
        return run(self.folder, "cms", "-sign", "-in", "info.der", *arguments, *signer, *more)

    def _lay_out(self) -> None:
        chain = b"".join(each.public_bytes(Encoding.PEM) for each in self.own.above)
        for name, octets in (("own.pem", self.own.pem), ("own.key", self.own.key_pem), ("chain.pem", chain)):
            (self.folder / name).write_bytes(octets)
        (self.folder / "serial").write_text("01")
