"""RSA keys of development PKIs that tests make by the hundred: fifteen keys take a second.

A process makes as many keys as three PKIs need and then begins again with the first. Keys within a PKI differ, and so
do those of PKIs that stand beside each other in a test.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from adapters.sandbox.pki import devpki

NUMBER = 45
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def make_few_keys() -> None:
    """Have this process make no more than `NUMBER` RSA keys for its PKIs."""
    made: list[Key] = []
    numbers, new = count(), devpki.KEYS["rsa-2048"]

    def key() -> Key:
        number = next(numbers) % NUMBER
        if number == len(made):
            made.append(new())
        return made[number]

    kinds: dict[str, Callable[[], Key]] = {**devpki.KEYS, "rsa-2048": key}
    devpki.KEYS = kinds  # type: ignore[misc]
