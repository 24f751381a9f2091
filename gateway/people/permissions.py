"""Permissions and roles: one table that code, documents and tests share.

`PERMISSIONS` is that table. `docs/reference/roles.md` is generated from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from gateway.runtime.bilingual import Words


class Permission(StrEnum):
    """Permission to see or to do one thing in the console. Its value is stored nowhere, and shown in documents."""

    SEE_TODAY = "see-today"
    SEE_NOTICES = "see-notices"
    OPEN_PAPERS = "open-papers"
    """Papers and messages; opening one is evidence."""
    REVEAL_IDENTIFIER = "reveal-identifier"
    """With a purpose, which is evidence."""
    ACT_ON_NOTICES = "act-on-notices"
    SEE_REFUSED_ROWS = "see-refused-rows"
    ENTER_NOTICES = "enter-notices"
    SEE_QUEUE = "see-queue"
    """Queue, doubts and quarantine."""
    SEE_ENDPOINTS = "see-endpoints"
    TEST_ENDPOINTS = "test-endpoints"
    """A signed inquiry is sent."""
    OPERATE_GATEWAY = "operate-gateway"
    """Stop and resume everything, have a destination called again, act on the quarantine."""
    SEE_MAPPINGS = "see-mappings"
    EDIT_MAPPINGS = "edit-mappings"
    APPROVE_MAPPINGS = "approve-mappings"
    SEE_AUDIT_ROOM = "see-audit-room"
    DOWNLOAD_EVIDENCE = "download-evidence"
    SEE_REPORTS = "see-reports"
    SEE_PEOPLE = "see-people"
    MANAGE_PEOPLE = "manage-people"
    EXPORT_PERSONAL_DATA = "export-personal-data"
    """All that is held about one person."""
    SEE_SETTINGS = "see-settings"


class Role(StrEnum):
    """Role of a person. Its value is stored in the database and in evidence."""

    HEAD_OF_COMMISSION = "head-of-commission"
    COMMISSION_SECRETARY = "commission-secretary"
    OPERATOR = "operator"
    MAPPING_ADMINISTRATOR = "mapping-administrator"
    APPROVER = "approver"
    SECURITY_OFFICER = "security-officer"
    AUDITOR = "auditor"


BOUND: Final = frozenset({Role.HEAD_OF_COMMISSION, Role.COMMISSION_SECRETARY})
"""Roles whose permissions hold for a person's own bodies only."""

ALONE: Final = frozenset({Role.AUDITOR})
"""Roles that go with no other role: an auditor who also acts would audit himself."""

_P = Permission

CHANGING: Final = frozenset(
    {
        _P.ACT_ON_NOTICES,
        _P.ENTER_NOTICES,
        _P.TEST_ENDPOINTS,
        _P.OPERATE_GATEWAY,
        _P.EDIT_MAPPINGS,
        _P.APPROVE_MAPPINGS,
        _P.MANAGE_PEOPLE,
    }
)
"""Permissions that change something here, or send something to others."""

PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.HEAD_OF_COMMISSION: frozenset({_P.SEE_TODAY, _P.SEE_NOTICES, _P.OPEN_PAPERS, _P.SEE_REPORTS}),
    Role.COMMISSION_SECRETARY: frozenset(
        {
            _P.SEE_TODAY,
            _P.SEE_NOTICES,
            _P.OPEN_PAPERS,
            _P.REVEAL_IDENTIFIER,
            _P.ACT_ON_NOTICES,
            _P.SEE_REFUSED_ROWS,
            _P.ENTER_NOTICES,
            _P.DOWNLOAD_EVIDENCE,
            _P.SEE_REPORTS,
        }
    ),
    Role.OPERATOR: frozenset(
        {
            _P.SEE_TODAY,
            _P.SEE_NOTICES,
            _P.OPEN_PAPERS,
            _P.REVEAL_IDENTIFIER,
            _P.ACT_ON_NOTICES,
            _P.SEE_REFUSED_ROWS,
            _P.SEE_QUEUE,
            _P.SEE_ENDPOINTS,
            _P.TEST_ENDPOINTS,
            _P.OPERATE_GATEWAY,
            _P.SEE_MAPPINGS,
            _P.DOWNLOAD_EVIDENCE,
            _P.SEE_REPORTS,
            _P.SEE_SETTINGS,
        }
    ),
    Role.MAPPING_ADMINISTRATOR: frozenset(
        {
            _P.SEE_TODAY,
            _P.SEE_REFUSED_ROWS,
            _P.SEE_ENDPOINTS,
            _P.SEE_MAPPINGS,
            _P.EDIT_MAPPINGS,
            _P.SEE_SETTINGS,
        }
    ),
    Role.APPROVER: frozenset(
        {_P.SEE_TODAY, _P.SEE_REFUSED_ROWS, _P.SEE_ENDPOINTS, _P.SEE_MAPPINGS, _P.APPROVE_MAPPINGS, _P.SEE_SETTINGS}
    ),
    Role.SECURITY_OFFICER: frozenset(
        {
            _P.SEE_TODAY,
            _P.SEE_ENDPOINTS,
            _P.SEE_AUDIT_ROOM,
            _P.SEE_PEOPLE,
            _P.MANAGE_PEOPLE,
            _P.EXPORT_PERSONAL_DATA,
            _P.SEE_SETTINGS,
        }
    ),
    Role.AUDITOR: frozenset(Permission) - CHANGING - {_P.EXPORT_PERSONAL_DATA},
}
"""Permissions of each role."""

ROLE_NAMES: Final[Mapping[Role, Words]] = {
    Role.HEAD_OF_COMMISSION: Words(en="Head of commission", fa="رئیس کمیسیون"),
    Role.COMMISSION_SECRETARY: Words(en="Commission secretary", fa="دبیر کمیسیون"),
    Role.OPERATOR: Words(en="Operator", fa="متصدی سامانه"),
    Role.MAPPING_ADMINISTRATOR: Words(en="Mapping administrator", fa="مدیر نگاشت"),
    Role.APPROVER: Words(en="Approver", fa="تأییدکننده نگاشت"),
    Role.SECURITY_OFFICER: Words(en="Security officer", fa="مسئول امنیت"),
    Role.AUDITOR: Words(en="Auditor", fa="حسابرس"),
}

PERMISSION_NAMES: Final[Mapping[Permission, Words]] = {
    _P.SEE_TODAY: Words(en="See today's page", fa="دیدن صفحه امروز"),
    _P.SEE_NOTICES: Words(en="Find and see notices", fa="جست‌وجو و دیدن ابلاغیه‌ها"),
    _P.OPEN_PAPERS: Words(en="Open papers and messages", fa="باز کردن اوراق و پیام‌ها"),
    _P.REVEAL_IDENTIFIER: Words(en="Reveal a person's identifier", fa="آشکار کردن شناسه اشخاص"),
    _P.ACT_ON_NOTICES: Words(en="Act on notices", fa="اقدام درباره ابلاغیه‌ها"),
    _P.SEE_REFUSED_ROWS: Words(en="See refused rows", fa="دیدن ردیف‌های پذیرفته‌نشده"),
    _P.ENTER_NOTICES: Words(en="Enter notices by hand", fa="ثبت دستی ابلاغیه"),
    _P.SEE_QUEUE: Words(en="See queue, doubts and quarantine", fa="دیدن صف، موارد نامعلوم و قرنطینه"),
    _P.SEE_ENDPOINTS: Words(en="See endpoints", fa="دیدن مقصدها"),
    _P.TEST_ENDPOINTS: Words(en="Test an endpoint", fa="آزمودن مقصد"),
    _P.OPERATE_GATEWAY: Words(
        en="Stop and resume, call destinations again, act on the quarantine",
        fa="توقف و ادامه کارها، تماس دوباره با مقصد، اقدام درباره قرنطینه",
    ),
    _P.SEE_MAPPINGS: Words(en="See mappings, profiles and rules", fa="دیدن نگاشت‌ها، پروفایل‌ها و قواعد"),
    _P.EDIT_MAPPINGS: Words(en="Edit mappings, profiles and rules", fa="ویرایش نگاشت‌ها، پروفایل‌ها و قواعد"),
    _P.APPROVE_MAPPINGS: Words(en="Approve mappings, profiles and rules", fa="تأیید نگاشت‌ها، پروفایل‌ها و قواعد"),
    _P.SEE_AUDIT_ROOM: Words(en="See the audit room", fa="دیدن اتاق حسابرسی"),
    _P.DOWNLOAD_EVIDENCE: Words(en="Download evidence", fa="دریافت فایل شواهد"),
    _P.SEE_REPORTS: Words(en="See reports", fa="دیدن گزارش‌ها"),
    _P.SEE_PEOPLE: Words(en="See people and their roles", fa="دیدن کاربران و نقش‌هایشان"),
    _P.MANAGE_PEOPLE: Words(en="Manage people", fa="مدیریت کاربران"),
    _P.EXPORT_PERSONAL_DATA: Words(en="Export all that is held about one person", fa="خروجی همه داده‌های یک شخص"),
    _P.SEE_SETTINGS: Words(en="See settings", fa="دیدن تنظیمات"),
}
