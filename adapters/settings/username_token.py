"""A user name beside a signature, as a configuration names it."""

from __future__ import annotations

from pydantic import Field, field_validator

from adapters.crypto.message.username_token import MAX_USERNAME
from adapters.settings.values import Section


class UsernameTokenSection(Section):
    """User name of the sender beside its signature, and a file with nothing but the password in it."""

    username: str = Field(min_length=1, max_length=MAX_USERNAME)
    password_file: str

    @field_validator("username")
    @classmethod
    def _stands_in_xml_as_it_is(cls, name: str) -> str:
        if not name.isprintable() or name != name.strip():
            raise ValueError("a name of printable characters is wanted, with no space around it")
        return name
