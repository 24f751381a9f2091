"""Legal effect and date of service."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.legal import Effect, service


def test_arrival_is_service_and_viewing_makes_it_actual() -> None:
    arrival, viewing = datetime(2026, 2, 3, 10, tzinfo=UTC), datetime(2026, 2, 5, 10, tzinfo=UTC)
    legal, actual = service(arrival, None), service(arrival, viewing)
    assert legal is not None
    assert actual is not None
    assert (legal.date, legal.effect) == ("1404-11-14", Effect.LEGAL)
    assert (actual.date, actual.effect) == ("1404-11-14", Effect.ACTUAL)


def test_the_civil_date_is_that_of_tehran() -> None:
    before_midnight, after_midnight = datetime(2026, 2, 3, 20, 29, tzinfo=UTC), datetime(2026, 2, 3, 20, 30, tzinfo=UTC)
    dates = [served.date for moment in (before_midnight, after_midnight) if (served := service(moment, None))]
    assert dates == ["1404-11-14", "1404-11-15"]


def test_viewing_alone_proves_arrival() -> None:
    served = service(None, datetime(2026, 2, 3, 10, tzinfo=UTC))
    assert served is not None
    assert served.effect is Effect.ACTUAL


def test_nothing_is_served_before_it_arrives() -> None:
    assert service(None, None) is None
