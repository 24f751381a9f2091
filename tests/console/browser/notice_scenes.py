"""Work of the day in its states: what waits, doubts, quarantine, the switch, acts on one notice and on many."""

from __future__ import annotations

from adapters.composition.tasks import tasks
from gateway.notice.delivery_state import DeliveryState
from gateway.people.permissions import Role
from gateway.store.bulk_act import BulkDeed
from tests.console.browser.scene import REASON, page, scene
from tests.console.browser.stage import Stage

page("today-of-operator", "/", Role.OPERATOR)
page("today-of-secretary", "/", Role.COMMISSION_SECRETARY)
page("today-of-administrator", "/", Role.MAPPING_ADMINISTRATOR)
page("queue-with-notices", "/queue", Role.OPERATOR)
page("queue-cell", f"/queue/notices?state={DeliveryState.QUEUED}", Role.OPERATOR)
page("doubts-with-notices", "/queue/doubts", Role.OPERATOR)
page("doubt-absent", "/queue/doubts/{absent}", Role.OPERATOR)
page("doubt-untold", "/queue/doubts/{untold}", Role.OPERATOR)
page("quarantine-with-items", "/queue/quarantine", Role.OPERATOR)
page("refused-rows", "/refused", Role.OPERATOR)
page("endpoints-in-trouble", "/endpoints", Role.OPERATOR)
page("notice-rejected", "/notices/{rejected}", Role.OPERATOR)
page("notice-dead-letter", "/notices/{late}", Role.COMMISSION_SECRETARY)
page("notices-in-trouble", "/notices", Role.OPERATOR)
page("records-of-acts", "/audit/acts", Role.AUDITOR, "lived")
page("records-mistaken", "/audit/records?from=1405/13/01", Role.AUDITOR, "lived")
page("notices-mistaken", "/notices?from=1405/13/01", Role.OPERATOR, "lived")
page("notices-none", "/notices?case=1399-nothing", Role.OPERATOR, "lived")
page("reports-mistaken", "/reports?from=1405/13/01", Role.OPERATOR, "lived", 422)
page("reports-by-body", "/reports?by=body", Role.OPERATOR, "lived")
page("deadlines-month", "/deadlines?days=30", Role.OPERATOR, "lived")
page("deadlines-at-risk", "/deadlines", Role.OPERATOR)
page("settings-found", "/settings?key=timeout", Role.OPERATOR, "lived")
page("editor-closed", "/mappings/edit/by-hand", Role.MAPPING_ADMINISTRATOR, "lived")


@scene("troubled", Role.OPERATOR)
def notice_act_mistake(stage: Stage) -> None:
    stage.go(f"/notices/{stage.at.named['away-1']}")
    stage.send("/act", act="*queue.hold", reason=" ")


@scene("troubled", Role.OPERATOR)
def notice_act_preview(stage: Stage) -> None:
    stage.go(f"/notices/{stage.at.named['away-2']}")
    stage.send("/act", act="*queue.withdraw", reason=REASON)


@scene("troubled", Role.OPERATOR)
def notice_act_recorded(stage: Stage) -> None:
    stage.go(f"/notices/{stage.at.named['away-3']}")
    # The first act that is offered: what was done in one language is done no second time.
    stage.page.locator('main [name="act"]').first.check()
    stage.send("/act", reason=REASON)
    if stage.page.locator('main [name="confirmed"]').count():
        stage.send()


@scene("troubled", Role.OPERATOR)
def doubt_mistake(stage: Stage) -> None:
    stage.go(f"/queue/doubts/{stage.at.named['absent']}")
    stage.send("/decide", verdict="*submitted", reason=" ")


@scene("troubled", Role.OPERATOR)
def doubt_preview(stage: Stage) -> None:
    stage.go(f"/queue/doubts/{stage.at.named['absent']}")
    stage.send("/decide", verdict="*submitted", tracking_number="T-4711", reason=REASON)


def _item(stage: Stage) -> None:
    stage.go("/queue/quarantine")
    stage.page.locator("main tbody a").first.click()
    stage.unfold()


@scene("troubled", Role.OPERATOR)
def quarantine_item(stage: Stage) -> None:
    _item(stage)


@scene("troubled", Role.OPERATOR)
def quarantine_act_preview(stage: Stage) -> None:
    _item(stage)
    stage.page.locator('main [name="act"]').first.check()
    stage.send("/act", reason=REASON)


@scene("troubled", Role.OPERATOR)
def call_again_preview(stage: Stage) -> None:
    stage.go("/endpoints")
    stage.send("/call-again", reason=REASON)


@scene("lived", Role.OPERATOR)
def endpoint_test(stage: Stage) -> None:
    stage.go("/endpoints")
    stage.send("/endpoints/test")


@scene("troubled", Role.OPERATOR)
def switch_preview(stage: Stage) -> None:
    stage.go("/")
    stage.send("/switch", reason=REASON)


@scene("troubled", Role.OPERATOR)
def switch_thrown(stage: Stage) -> None:
    switch_preview(stage)
    stage.send()


# Work of several persons on one notice, and saved views.
@scene("troubled", Role.OPERATOR)
def notice_claimed_with_comment(stage: Stage) -> None:
    stage.go(f"/notices/{stage.at.named['no-account']}")
    if stage.page.locator('main form[action$="/claim"]').count():
        stage.send("/claim")
    stage.send("/comment", reason="با مالک صحبت شد؛ نشانی پرونده درست است.")


@scene("lived", Role.COMMISSION_SECRETARY)
def view_mistake(stage: Stage) -> None:
    stage.go("/notices?state=VIEWED")
    if stage.page.locator('main form[action$="/views"]').count():
        stage.send("/views", name="دیده‌شده‌های ماده صد")
    stage.go("/notices?state=REJECTED")
    stage.send("/views", name="دیده‌شده‌های ماده صد")


@scene("lived", Role.COMMISSION_SECRETARY)
def views(stage: Stage) -> None:
    stage.go("/notices/views")


@scene("lived", Role.COMMISSION_SECRETARY)
def notices_with_view(stage: Stage) -> None:
    stage.go("/notices?state=VIEWED")


@scene("lived", Role.COMMISSION_SECRETARY)
def notices_not_found(stage: Stage) -> None:
    stage.go("/notices")
    stage.send("/notices/find", q="۹۹۹۰۰۰۰۰۱۸")


@scene("lived", Role.COMMISSION_SECRETARY)
def identifier_shown(stage: Stage) -> None:
    stage.go("/notices")
    stage.page.locator("main tbody a").first.click()
    stage.unfold()
    stage.send("/identifier", purpose="پاسخ به استعلام دادگاه")


# Acts on many notices.
@scene("lived", Role.OPERATOR)
def bulk_new(stage: Stage) -> None:
    stage.go("/notices/acts/new?state=VIEWED")


@scene("lived", Role.OPERATOR)
def bulk_mistake(stage: Stage) -> None:
    bulk_new(stage)
    stage.send("/acts/new", deed=f"*{BulkDeed.WRITE_AGAIN}", reason=" ")


@scene("lived", Role.OPERATOR)
def bulk_dry_run(stage: Stage) -> None:
    stage.go("/notices/acts/new")
    stage.send("/acts/new", deed=f"*{BulkDeed.WRITE_AGAIN}", reason=REASON)


@scene("lived", Role.OPERATOR)
def bulk_running(stage: Stage) -> None:
    bulk_dry_run(stage)
    stage.send("/begin")


@scene("lived", Role.OPERATOR)
def bulk_ended(stage: Stage) -> None:
    [task] = tasks(stage.at.installation, ["acts"])
    task.run(lambda: True)
    stage.go("/notices/acts")
    stage.page.locator("main tbody a").first.click()
