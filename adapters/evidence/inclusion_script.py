"""Script for third parties: with Python alone, check that the records of an evidence file are in the signed tree.

It is printed in VERIFY.….txt and in `docs/audit/evidence-file.md`, unchanged.
"""

from __future__ import annotations

from typing import Final

SCRIPT: Final = r"""import base64, hashlib, json, sys, zipfile

sha256 = lambda octets: hashlib.sha256(octets).digest()
with zipfile.ZipFile(sys.argv[1]) as file:
    read = {name: file.read(name) for name in file.namelist()}
origin, size, root = read["checkpoint.note"].decode().split("\n")[:3]
size, root = int(size), base64.b64decode(root)
told = json.loads(read["evidence.json"])
for record in told["records"]:
    name = f"records/{record['index']:012d}"
    header, proof = read[f"{name}.json"], json.loads(read[f"{name}.proof.json"])
    index, last = proof["index"], size - 1
    assert 0 <= index == record["index"] <= last, f"{name} has no place in this tree"
    node = sha256(b"\0" + header)
    for sibling in map(bytes.fromhex, proof["path"]):
        assert last > 0, f"the proof of {name} is too long"
        if index & 1 or index == last:
            node = sha256(b"\1" + sibling + node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = sha256(b"\1" + node + sibling)
        index, last = index >> 1, last >> 1
    assert last == 0 and node == root, f"{name} is not in the tree that was signed"
    if record["file"]:
        digest = "sha256:" + sha256(read[record["file"]]).hex()
        assert json.loads(header)["payload_digest"] == digest, f"{record['file']} is not what {name} says"
print(len(told["records"]), "records stand in the tree of", size, "that", origin, "signed")
"""
