"""People who sign in, and what a test looks for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, inspect, text

from adapters.people.enrolments import new_invitation
from gateway.people.people_change import Invitation
from gateway.runtime.errors import GatewayError
from tests.people import Member, SignIn

from .conftest import Place

WRONG = "000000"


def refused(work: Callable[[], object]) -> GatewayError:
    with pytest.raises(GatewayError) as refusal:
        work()
    return refusal.value


def stored_octets(place: Place) -> bytes:
    """Return everything in every column of the database."""
    engine = create_engine(place.where)
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        rows = [row for name in tables for row in connection.execute(text(f'SELECT * FROM "{name}"'))]
    engine.dispose()
    return b"\n".join(
        bytes(each) if isinstance(each, bytes | memoryview) else str(each).encode() for row in rows for each in row
    )


def invited(people: SignIn, member: Member) -> tuple[str, Invitation]:
    return new_invitation(people.factors, member.person.id, people.clock())
