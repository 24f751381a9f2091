"""Several documents of a notice in one body of plain REST."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

from adapters.crypto.xml.sealing import notice_element
from adapters.crypto.xml.strict_xml import canonical
from adapters.judiciary.call_context import call_about
from gateway.judiciary.courier import (
    SealSlice,
)
from gateway.notice.notice import Document
from tests.integration.sandbox.municipality import notice

from .rest_example import NOW, bound, changed

DOCUMENTS = """
[[repeat]]
target = "body.attachments"
expression = "notices[0].documents[1:]"
[[repeat.field]]
target = "mediaType"
from = "media_type"
required = true
[[repeat.field]]
target = "title"
from = "title"
[[repeat.field]]
target = "sha256"
from = "octets"
do = [{ name = "digest", form = "hex" }]
required = true
[[repeat.field]]
target = "content"
from = "octets"
do = ["base64-encode"]
required = true
"""


def test_several_documents_go_into_one_body_in_order(tmp_path: Path) -> None:
    folder = changed(tmp_path, "profile.toml", ("[limits]", "[limits]\ndocuments = 3"))
    told = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    schemas = told["components"]["schemas"]
    digest = {"$ref": "#/components/schemas/Digest"}
    named = {
        "mediaType": {"type": "string"},
        "title": {"type": "string"},
        "sha256": digest,
        "content": {"type": "string"},
    }
    listed = {
        "type": "object",
        "additionalProperties": False,
        "required": ["content", "mediaType"],
        "properties": named,
    }
    schemas["Letter"]["properties"]["attachments"] = {"type": "array", "maxItems": 2, "items": listed}
    (folder / "openapi.json").write_text(json.dumps(told), encoding="utf-8")
    with (folder / "submit.toml").open("a", encoding="utf-8") as mapping:
        mapping.write(DOCUMENTS)
    one = notice("9990000001", 1)
    picture, report = b"\x89PNG map", b"%PDF-1.7 report"
    more = (
        Document(name="map.png", media_type="image/png", octets=picture, title="نقشه"),
        Document(name="report.pdf", media_type="application/pdf", octets=report),
    )
    octets = canonical(notice_element(replace(one, attachments=more)))
    _, contract = bound(folder)
    seal = SealSlice(reference=one.reference, octets=octets, digest="")
    body = contract.submission([seal], call_about(NOW, [one.reference])).content.body
    found = [
        (base64.b64decode(each["content"]), each["mediaType"], each.get("title"))
        for each in json.loads(body)["attachments"]
    ]
    assert found == [(picture, "image/png", "نقشه"), (report, "application/pdf", None)]
    assert base64.b64decode(json.loads(body)["paper"]["content"]) == one.document.octets
