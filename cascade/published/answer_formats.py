"""The five formats in which one model tells a text's entities and their types (LLMs4NER, arXiv 2601.17898)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cascade.published.errors import PublishedError
from cascade.published.inline import BRACKETED, XML, InlineFormat
from cascade.published.json_answers import GROUPED, OCCURRENCE_INDEX, OFFSET_JSON, JsonFormat
from cascade.published.losses import UNKNOWN_TYPE, Losses
from cascade.published.spans import Span, flat, without_repeats

AnswerFormat = InlineFormat | JsonFormat
FORMATS: Mapping[str, AnswerFormat] = {
    each.name: each for each in (BRACKETED, XML, GROUPED, OCCURRENCE_INDEX, OFFSET_JSON)
}


def answer_format(name: str) -> AnswerFormat:
    """The format of that name; raises PublishedError for an unknown one."""
    if name not in FORMATS:
        raise PublishedError(f"the answer format {name!r} is unknown; expected one of {', '.join(FORMATS)}")
    return FORMATS[name]


def check_copying(name: str, *, copying: bool) -> None:
    """Raises PublishedError for an unknown format, and for one whose answers cannot copy the text where they are to."""
    if not isinstance(answer_format(name), InlineFormat) and copying:
        raise PublishedError(
            f"answers of the format {name!r} do not copy the text; expected bracketed or xml, or free answers"
        )


def write_answer(
    form: AnswerFormat, text: str, spans: Sequence[Span], types: Sequence[str], losses: Losses, *, nested: bool
) -> str:
    """The right answer for a text; spans that the format cannot hold are counted.

    nested: whether spans may lie in others; if not, the longest are written.
    """
    kept = list(spans) if nested else flat(spans, losses)
    if isinstance(form, JsonFormat):
        return form.write(text, kept, losses, types=types)
    return form.write(text, kept, losses)


def read_answer(
    form: AnswerFormat, answer: str, text: str, types: Sequence[str], losses: Losses, *, nested: bool
) -> list[Span]:
    """The spans that an answer tells, in order, with offsets in the text and types as asked for.

    A type in another case is the one asked for; spans of other types are counted, and so is all else that is lost.
    """
    known = {name.casefold(): name for name in types}
    typed = []
    for start, end, name in form.read(answer, text, types, losses):
        if (asked := known.get(name.strip().casefold())) is None:
            losses.lose(UNKNOWN_TYPE)
        else:
            typed.append((start, end, asked))
    typed = without_repeats(typed, losses)
    return typed if nested else flat(typed, losses)
