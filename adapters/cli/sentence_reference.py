"""Make `docs/reference/sentences.md`: every sentence that a person reads about a notice, to review its wording.

Run it with `python -m adapters.cli.sentence_reference`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from gateway.overview.dates_in_words import number
from gateway.overview.doubts.doubt_explained import DECISIONS, MEANINGS
from gateway.overview.doubts.doubt_kind import CERTAINTIES, CERTAINTY_OF, DOUBTS, Certainty
from gateway.overview.next_step import ACTORS
from gateway.overview.notices.notice_sentence import SENTENCES, Sentence
from gateway.runtime.bilingual import Words

_HEAD = """# Sentences about notices · جمله‌های وضعیت ابلاغیه

The web console tells each notice's situation in one sentence of this page. Names in braces stand for times,
days and the judiciary's own reason. The text is `gateway/overview/notices/sentences.toml`; `make docs` makes this page.

هر سطر، جمله‌ای است که متصدی درباره وضعیت یک ابلاغیه می‌خواند. عبارت‌های درون آکولاد جای زمان، تاریخ و
علتی است که قوه قضاییه اعلام می‌کند.
"""

_NAMES = {
    "since": Words(en="{since}", fa="{زمان}"),
    "due": Words(en="{on the next attempt}", fa="{در نوبت بعد}"),
    "arrived": Words(en="{arrival}", fa="{وصول}"),
    "viewed": Words(en="{viewing}", fa="{رؤیت}"),
    "seen": Words(en="{on the day of viewing}", fa="{در تاریخ رؤیت}"),
    "by_law": Words(en="{day}", fa="{روز}"),
    "reason": Words(en="{reason}", fa="{علت}"),
}


def page() -> str:
    """Return the page as Markdown."""
    return "\n".join([_HEAD, *_sentences(), "", *_doubts(), "", *_decisions(), ""])


def _sentences() -> Iterator[str]:
    yield f"{number(len(SENTENCES)).en} cases:\n"
    yield "| case | sentence | جمله | who must act |"
    yield "| --- | --- | --- | --- |"
    for case, sentence in SENTENCES.items():
        whole = _whole(sentence)
        yield f"| `{case}` | {whole.en} | {whole.fa} | {ACTORS[sentence.actor].en} · {ACTORS[sentence.actor].fa} |"


def _whole(sentence: Sentence) -> Words:
    stands, then = sentence.stands.filled(**_NAMES), sentence.then.filled(**_NAMES)
    return Words(en=f"{stands.en}; {then.en}.", fa=f"{stands.fa}؛ {then.fa}.")


def _doubts() -> Iterator[str]:
    yield "## Doubts · ابلاغیه‌های نامعلوم\n"
    yield "Three lists, which are never one:\n"
    yield "| list | kind | نوع |"
    yield "| --- | --- | --- |"
    for certainty in Certainty:
        title = CERTAINTIES[certainty]
        for kind, words in DOUBTS.items():
            if CERTAINTY_OF[kind] is certainty:
                yield f"| {title.en} · {title.fa} | {words.en} | {words.fa} |"


def _decisions() -> Iterator[str]:
    yield "What each decision about a doubt means, and the harm that it may do:\n"
    yield "| list | decision | meaning and warning | معنا و هشدار |"
    yield "| --- | --- | --- | --- |"
    for certainty, meanings in MEANINGS.items():
        for decision, (means, warning) in meanings.items():
            name, title = DECISIONS[decision], CERTAINTIES[certainty]
            parts = [means, *([warning] if warning else [])]
            en, fa = " ".join(each.en for each in parts), " ".join(each.fa for each in parts)
            yield f"| {title.en} | {name.en} · {name.fa} | {en} | {fa} |"


if __name__ == "__main__":
    sys.stdout.write(page())
