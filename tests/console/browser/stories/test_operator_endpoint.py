"""An operator asks whether the judiciary answers: a real question about nobody, on record."""

from __future__ import annotations

import pytest

from tests.console.browser.stories.site import Site
from tests.debian import needs

pytestmark = [needs("chromium"), pytest.mark.long]


def test_a_destination_is_tested(sandbox_site: Site) -> None:
    reza = sandbox_site.signed_in("reza", "رضا صادقی", "operator")
    sandbox_site.catch_up()
    reza.click("link", ("مقصدها", "Endpoints"))
    reza.click("button", ("آزمودن همین حالا", "Test now"))
    reza.is_at("/endpoints/test")
    reza.sees(("این آزمون با نام شما ثبت شد", "The test is recorded with your name."))
    reza.never_sees(("اتصال به سامانه قوه قضاییه برقرار نشد", "no connection to the judiciary's endpoint"))
