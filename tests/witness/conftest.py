from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.crypto.note import NoteSigner
from gateway.witnessing import Letter

from .tls import Tls, make

SIGNER = NoteSigner(name="eblagh.municipality.example/archive", key=Ed25519PrivateKey.generate())


def letter(size: int, held: int = 0, root: bytes = b"r" * 32) -> Letter:
    """The checkpoint of an archive with so many records."""
    return Letter(note=SIGNER.sign(size, root), size=size, held=held)


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return make(tmp_path_factory.mktemp("tls"))
