"""The issuing bodies of the sample, with the notice kinds that `config/demo.toml` configures for them."""

from __future__ import annotations

from gateway.mapping import BodyConfig

BODIES = (
    BodyConfig(
        code="article-100",
        title="کمیسیون ماده صد قانون شهرداری",
        kinds={
            "hearing-invitation": "دعوت به جلسه رسیدگی",
            "defence-invitation": "دعوت به ارائه لایحه دفاعیه",
            "stop-work-warning": "اخطار توقف عملیات ساختمانی",
            "ruling": "ابلاغ رأی",
            "execution-order": "اجراییه",
        },
    ),
    BodyConfig(
        code="article-77",
        title="کمیسیون ماده ۷۷ قانون شهرداری",
        kinds={
            "hearing-invitation": "دعوت به جلسه رسیدگی",
            "ten-day-warning": "اخطار ده‌روزه",
            "ruling": "ابلاغ رأی",
        },
    ),
    BodyConfig(
        code="article-55-20",
        title="کمیسیون بند ۲۰ ماده ۵۵ قانون شهرداری",
        kinds={
            "first-warning": "اخطار نخست رفع مزاحمت",
            "second-warning": "اخطار دوم رفع مزاحمت",
            "hearing-invitation": "دعوت به جلسه رسیدگی",
            "ruling": "ابلاغ رأی",
            "execution-order": "اجراییه",
        },
    ),
    BodyConfig(
        code="article-99",
        title="کمیسیون موضوع بند ۳ ماده ۹۹ قانون شهرداری",
        kinds={
            "stop-work-warning": "اخطار توقف عملیات ساختمانی",
            "48-hour-warning": "اخطار ۴۸ ساعته",
            "hearing-invitation": "دعوت به جلسه رسیدگی",
            "file-completion": "درخواست تکمیل پرونده ناقص",
            "brief-exchange": "تبادل لوایح",
            "ruling": "ابلاغ رأی",
            "execution-order": "اجراییه",
        },
    ),
)
"""Issuing bodies. A case's papers follow one another in the order of a body's kinds."""

NOT_CONNECTED = ("article-38", "هیئت حل اختلاف ماده ۳۸ آیین‌نامه معاملات شهرداری")
"""Unconfigured body of the same city, with cases in the database: code and title."""
