"""Speed of RSA-2048 and SHA-256 on one core: by `openssl speed`, or by a bare loop over cryptography without it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

_BLOCK: Final = 16 * 1024
_SECONDS: Final = 1
_RSA, _HASH = "+F2", "+F"
"""Beginnings of the lines of ``openssl speed -mr`` with the figures of RSA and of a digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Signatures made, signatures verified, and octets digested, a second of CPU time. ``by`` names the program."""

    by: str
    signed: float
    verified: float
    digested: float


def speed() -> Speed:
    """Measure for some seconds."""
    program = shutil.which("openssl")
    found = None if program is None else _of_openssl(program)
    return found or _of_cryptography()


def _of_openssl(program: str) -> Speed | None:
    """Return the figures of the program; None if it reports none of them in its form for machines."""
    rsa_lines, hash_lines = list(_reported(program, "rsa2048")), list(_reported(program, "-evp", "sha256"))
    [signed, verified] = next((line[3:5] for line in rsa_lines if line[0] == _RSA and line[2] == "2048"), ("", ""))
    digested = next((line[-1] for line in hash_lines if line[0] == _HASH and line[2] == "sha256"), "")
    if not (signed and digested):
        return None
    version = subprocess.run([program, "version"], capture_output=True, text=True, check=False).stdout.split()  # noqa: S603
    by = f"openssl speed {version[1]}" if len(version) > 1 else "openssl speed"
    return Speed(by=by, signed=float(signed), verified=float(verified), digested=float(digested))


def _reported(program: str, *algorithm: str) -> Iterator[list[str]]:
    command = [program, "speed", "-mr", "-seconds", str(_SECONDS), "-bytes", str(_BLOCK), *algorithm]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - no input
    return (line.split(":") for line in told.splitlines())


def _of_cryptography() -> Speed:
    key, octets = rsa.generate_private_key(public_exponent=65537, key_size=2048), os.urandom(_BLOCK)
    public, digest = key.public_key(), SHA256()
    signature = key.sign(b"", padding.PKCS1v15(), digest)
    return Speed(
        by="cryptography, in a loop: openssl is not installed",
        signed=_a_second(lambda: key.sign(b"", padding.PKCS1v15(), digest)),
        verified=_a_second(lambda: public.verify(signature, b"", padding.PKCS1v15(), digest)),
        digested=_a_second(lambda: hashlib.sha256(octets).digest()) * _BLOCK,
    )


def _a_second(act: Callable[[], object]) -> float:
    times, began = 0, time.process_time()
    while (taken := time.process_time() - began) < _SECONDS:
        act()
        times += 1
    return times / taken
