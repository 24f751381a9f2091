"""The run of the pass ``mail`` in an installation."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from adapters.composition.console.mail_run import MailRun, quiet_after
from adapters.composition.installation import Installation
from adapters.shipped.resources import CONFIG
from adapters.storage.engine import migrate
from gateway.runtime.may_continue import always
from tests.manual_clock import ManualClock

MAIL = '[mail]\nserver = "127.0.0.1:1"\nsender = "a@b.example"\nalarm_mailboxes = ["c@b.example"]\n'


def test_a_service_whose_clock_was_set_back_goes_on_to_end_alarms(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(f"{(CONFIG / 'demo.toml').read_text(encoding='utf-8')}\n{MAIL}", encoding="utf-8")
    clock = ManualClock()
    with closing(replace(Installation.of(file), clock=clock)) as installation:
        migrate.upgrade(installation.store_url())
        mails = installation.store().mail
        clock.advance(days=30)
        run = MailRun(installation)
        clock.advance(days=-30)
        mails.affirm({"dispatch": "store.full"}, clock())
        run(always)
        clock.now += quiet_after(installation) + timedelta(minutes=1)
        run(always)
        [mail] = mails.due(clock() + timedelta(minutes=5), 9)
        assert "پایان هشدار: ۱" in mail.subject
