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
)
