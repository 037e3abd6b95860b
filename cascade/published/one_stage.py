"""One model that tells the entities of a text with their types in one answer (LLMs4NER, arXiv 2601.17898)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from cascade import Document, Entity, Taxonomy
from cascade.errors import shown
from cascade.published.answer_formats import answer_format, check_copying, read_answer
from cascade.published.errors import PublishedError
from cascade.published.generator import Answer, ChatModel, Generator
from cascade.published.inline import InlineFormat
from cascade.published.losses import Losses
from cascade.published.marked_sentence import SYSTEM_PROMPT

if TYPE_CHECKING:
    from cascade.published.chat_turns import Messages

_TOGETHER = 64  # documents that are asked for together
_LONGEST = 1024  # tokens of a free answer: half of what LLMs4NER allows for question and answer in training
_NESTED_DEPTH = 4  # entities that may be open at once where nested ones are copied; GENIA has no deeper ones
_ASKED_FOR: Mapping[str, str] = {
    "bracketed": "Repeat the text and put each named entity in brackets with its label: [entity | LABEL].",
    "xml": "Repeat the text and put each named entity between tags of its label: <LABEL>entity</LABEL>.",
    "json": "Answer with a JSON object: each label with a list of its named entities in the text, or with [].",
    "occurrence-index": "Answer with a JSON list of the named entities in the text, each with text, label and "
    "occurrence_index: 1 for the first time that this string occurs in the text, 2 for the second.",
    "offset-json": "Answer with a JSON list of the named entities in the text, each with text, label, start and end: "
    "offsets of characters from 0, the end exclusive.",
}


def instruction(form: str, types: Mapping[str, str | None]) -> str:
    """What a model is asked to do, ahead of the text.  types: each label with its description, if there is one."""
    labels = (f"{name}: {description}" if description else name for name, description in types.items())
    return "\n".join([_ASKED_FOR[answer_format(form).name], "Labels:", *labels, "Text:"])


def asked(instructed: str, text: str, *, system: bool) -> Messages:
    """The prompt for a text: the instruction, a line break and the text, as Alpaca's rows are joined.

    system: whether a turn of the system goes ahead; without it, chat templates differ in the one that they put there.
    """
    ahead = [{"role": "system", "content": SYSTEM_PROMPT}] if system else []
    return [*ahead, {"role": "user", "content": f"{instructed}\n{text}"}]


def described(taxonomy: Taxonomy) -> dict[str, str | None]:
    """The leaves of a taxonomy with their descriptions."""
    return {node.name: node.description for node in taxonomy.flattened().roots}


class OneStage:
    """One model that answers in a named format.

    nested: whether entities may lie in others; if not, the longest are kept. copying: whether answers of an inline
    format are held to the text and the asked types while they are generated; otherwise they are generated freely.
    instructed: the instruction, if not ours. `losses` counts what could not be used.
    """

    def __init__(
        self, model: Generator, form: str, *, nested: bool = False, copying: bool = False, instructed: str | None = None
    ) -> None:
        self.model, self.form, self.nested, self.instructed = model, answer_format(form), nested, instructed
        self.copying = copying
        check_copying(form, copying=copying)
        if copying and not isinstance(model, ChatModel):
            raise PublishedError(f"{shown(model)} does not tell its tokens; expected a ChatModel, or free answers")
        self.losses = Losses()

    def stream(self, documents: Iterable[Document], taxonomy: Taxonomy) -> Iterator[Document]:
        """The documents, in order, with the entities that the answers tell."""
        types = described(taxonomy)
        instructed = self.instructed if self.instructed is not None else instruction(self.form.name, types)
        waiting = iter(documents)
        while some := list(islice(waiting, _TOGETHER)):
            texts = [document.text for document in some]
            for document, answer in zip(some, self._answers(texts, instructed, list(types)), strict=True):
                with self.losses.of_answer(finished=answer.finished):
                    spans = read_answer(
                        self.form, answer.text, document.text, list(types), self.losses, nested=self.nested
                    )
                yield document.with_entities(Entity(*span) for span in spans)

    def _answers(self, texts: Sequence[str], instructed: str, types: Sequence[str]) -> list[Answer]:
        prompts = [asked(instructed, text, system=self.instructed is None) for text in texts]
        longest, allowed = _LONGEST, None
        if self.copying and isinstance(self.form, InlineFormat) and isinstance(self.model, ChatModel):
            from cascade.published.copying import Copying, CopyingRows
            from cascade.published.usual_tokens import UsualTokens

            depth = _NESTED_DEPTH if self.nested else 1
            tokens = self.model.token_bytes
            rows = [Copying(self.form, text, types, tokens, depth=depth) for text in texts]
            longest = max((row.most_tokens() for row in rows), default=1)
            usual = [UsualTokens(row, self.model.encode).among for row in rows]
            allowed = CopyingRows(rows, self.model.ends, usual)
        return self.model.answers(prompts, longest=longest, allowed=allowed)
