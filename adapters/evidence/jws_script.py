"""Script for third parties: split a JWS for openssl, with Python's standard library alone."""

from __future__ import annotations

from typing import Final

SCRIPT: Final = """\
import base64, json, sys

raw = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
header, payload, signature = open(sys.argv[1]).read().split(".")
told, signature = json.loads(raw(header)), raw(signature)
assert told["alg"] in ("RS256", "PS256", "ES256"), told["alg"]
if told["alg"] == "ES256":  # two numbers of 32 octets, which openssl wants in DER
    numbers = [int.from_bytes(part, "big") for part in (signature[:32], signature[32:])]
    parts = [number.to_bytes(number.bit_length() // 8 + 1, "big") for number in numbers]
    body = b"".join(bytes([2, len(part)]) + part for part in parts)
    signature = bytes([48, len(body)]) + body
open("options", "w").write("-sigopt rsa_padding_mode:pss" if told["alg"] == "PS256" else "")
open("signed", "w").write(f"{header}.{payload}")
open("signature", "wb").write(signature)
open("said.json", "wb").write(raw(payload))
print(raw(told["x5t#S256"]).hex())
"""

SPLIT: Final = SCRIPT.rpartition("print(")[0]
"""The same for a JWS whose header need not name its certificate."""
