"""The two prompts of CascadeNER (arXiv 2409.11022) and the sentence with ## around its entities.

Their wording is that of the rows its models are trained on, and of the first level of its infer.py:
github.com/CascadeNER/CascadeNER, commits 5f9239f (train/conll2003) and 11d8cd1 (infer.py). On further levels that
infer.py asks for the entity in lower case; here it stands as in the sentence on all levels.
"""

from __future__ import annotations

from collections.abc import Sequence

from cascade.published.errors import PublishedError
from cascade.published.inline import Mark, Scanned, read_marked
from cascade.published.losses import EMPTY, Losses
from cascade.published.spans import Span

SYSTEM_PROMPT = "You are a helpful assistant."  # is sent with every question
MARK = "##"
_LEVELS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def question(entity: str, sentence: str, names: Sequence[str], *, level: int) -> str:
    """The question for an entity's type on a level of the taxonomy, counted from 0.

    Names are in lower case, as there. It holds the bare sentence, so it does not tell which occurrence is meant.
    """
    if level >= len(_LEVELS):
        raise PublishedError(
            f"the taxonomy has more than {len(_LEVELS)} levels; the published question has words for {len(_LEVELS)} "
            "(expected a flatter taxonomy)"
        )
    listed = ", ".join(name.lower() for name in names)
    return (
        f'The {MARK}{entity}{MARK} in the sentence: "{sentence}" belong to which entity in the {_LEVELS[level]} list: '
        f"{listed}?"
    )


def pieces(text: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    """The text cut at spans that share no character: outside, entity, outside, entity, ..., outside."""
    cut = [place for span in spans for place in span]
    return [text[start:end] for start, end in zip([0, *cut], [*cut, len(text)], strict=True)]


def marked(text: str, spans: Sequence[tuple[int, int]]) -> str | None:
    """The text with marks around the spans, or None if `read_marks` would not lead back to them.

    It does not where the text holds a mark, or # beside a span. Blanks at the ends of spans do not matter.
    """
    parts = pieces(text, spans)
    answer = MARK.join(parts)
    if answer.split(MARK) != parts:
        return None
    return answer if read_marks(answer, text, Losses()) == [_trimmed(text, (*span, "")) for span in spans] else None


def read_marks(answer: str, text: str, losses: Losses) -> list[Span]:
    """The spans that an answer marks, with their offsets in the text and without types; what is lost is counted.

    Blanks just within a pair of marks, which a model writes now and then, are left out of the span. Where # stands
    beside a mark, the entity may have one more or less; such an answer is lost unless the text leaves one way alone.
    """

    def marks(place: int) -> list[Mark]:
        at_mark = answer.startswith(MARK, place)
        return [(opens, place + len(MARK), "") for opens in (True, False)] if at_mark else []

    doubtful = MARK + MARK[0] in answer
    found = read_marked(answer, text, _scan, marks, losses, nested=False, doubtful=doubtful)
    spans = [_trimmed(text, span) for span in found]
    full = [span for span in spans if span[0] < span[1]]
    losses.lose(EMPTY, len(spans) - len(full))
    return full


def _trimmed(text: str, span: Span) -> Span:
    start, end, type_ = span
    inside = text[start:end]
    return end - len(inside.lstrip()), start + len(inside.rstrip()), type_


def _scan(answer: str) -> Scanned:
    """An opening and a closing mark are the same, so a mark opens an entity if none is open."""
    parts = answer.split(MARK)
    plain, spans = "", list[Span]()
    for number, part in enumerate(parts):
        if number % 2 and number + 1 < len(parts):
            spans.append((len(plain), len(plain) + len(part), ""))
        plain += part
    return Scanned(plain, tuple(spans), (len(parts) - 1) % 2)
