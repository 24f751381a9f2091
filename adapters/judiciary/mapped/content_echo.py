"""The place in an answer's content that repeats the id of its request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from adapters.judiciary.mapped.form import Form, Path, texts_at
from adapters.judiciary.wire import Content
from gateway.trust.trust_policy import Rejection


@dataclass(frozen=True, slots=True)
class ContentEcho(Generic[Content]):
    """Place (`adapters.judiciary.wire.Echo`) at a ``path`` as mappings write it.

    It repeats the UUID alone, in either case of its letters, or all of the id; several places repeat the same.
    """

    form: Form[Content]
    path: Path

    def check(self, content: Content, message_id: str) -> None:
        repeated = {each.lower() for each in texts_at(self.form.tree(content), self.path)}
        if not repeated or not repeated <= {message_id.removeprefix("urn:uuid:"), message_id}:
            raise Rejection("verify.relates-to", where=".".join(self.path), detail="the id of no call, or of another")
