from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.crypto.keys.note import NoteSigner
from gateway.archive.witnessing import Letter
from gateway.merkle.tiles import Tiles
from gateway.merkle.tree import consistency_path, leaf_hash

from .tls import Tls, make

SIGNER = NoteSigner(name="eblagh.municipality.example/archive", key=Ed25519PrivateKey.generate())


def tree(size: int, salt: bytes = b"") -> Tiles:
    """The tree of an archive with so many records; another ``salt`` makes another history."""
    made = Tiles(0, lambda _: b"")
    made.append(leaf_hash(salt + str(number).encode()) for number in range(size))
    return made


def letter(
    size: int, held: int = 0, salt: bytes = b"", set_aside: frozenset[tuple[int, bytes]] = frozenset()
) -> Letter:
    """The checkpoint of an archive with so many records."""
    of = tree(size, salt)
    note = SIGNER.sign(size, of.root())
    return Letter(
        note=note, size=size, held=held, path=lambda old: consistency_path(old, size, of.node), set_aside=set_aside
    )


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return make(tmp_path_factory.mktemp("tls"))
