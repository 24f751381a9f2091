"""`notice show --save` writes the rest of a notice after some of its payloads were deleted on record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.cli.notices.notice_show import _save
from gateway.runtime.errors import GatewayError
from gateway.store.stored import EvidenceRow


class Purged:
    """A store that has one payload left."""

    def payload(self, digest: str) -> bytes:
        if digest != "kept":
            raise GatewayError("retention.deleted", where=digest)
        return b"<n/>"


def row(digest: str, kind: str) -> EvidenceRow:
    values: dict[str, Any] = {"id": digest, "kind": kind, "notice": "EB-A", "payload_digest": digest}
    return EvidenceRow(**values, header=b'{"context": {}}')


def test_what_is_gone_leaves_its_header_and_what_is_left_is_saved(tmp_path: Path) -> None:
    rows = [row("kept", "SEALED_NOTICE"), row("gone", "MESSAGE_SENT")]
    assert [path.name for path in _save(Purged(), rows, tmp_path)] == ["01-notice.xml"]  # type: ignore[arg-type]
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"01-notice.xml", "01-notice.header.json", "02-envelope.header.json"}
