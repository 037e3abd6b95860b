"""JSON with lists of tokens and of labels, the form of Hugging Face's data sets for token classification."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cascade.document import Document
from data_formats.json_outline import ITEM, Outline, outline
from data_formats.json_records import records
from data_formats.labelled_tokens import Sentence, documents_of_sentences
from data_formats.read_options import ReadOptions
from data_formats.recognition import Fit
from data_formats.report import Report
from data_formats.text_files import Source
from data_formats.token_rows import LABEL_KEYS, TOKEN_KEYS, sentences_of


def read_tokens_json(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """A document for each object of JSON lines or of a list, such as `{"tokens": ["Ada"], "ner_tags": ["B-PER"]}`.

    Tokens are joined, and labels read, as in files of columns. Labels that are numbers are named by
    `ReadOptions.label_names`. A text beside the tokens is kept if they are in it.
    """
    source.keep()

    def read(counted: Report) -> Iterator[Sentence]:
        return sentences_of(lambda: records(source, counted), counted, options, {})

    return documents_of_sentences(read, source.name, report, options)


def fit_tokens_json(head: Sequence[str]) -> Fit:
    """How well the lines fit objects with a list of tokens, which are texts, and one of labels: texts or numbers."""
    found = outline(head)
    tokens = any(_of_values(found, key, '"') for key in TOKEN_KEYS)
    labels = any(_of_values(found, key, '"') or _of_values(found, key, "0") for key in LABEL_KEYS)
    return Fit.SURE if tokens and labels and "entities" not in found.keys else Fit.NONE


def _of_values(found: Outline, key: str, begins: str) -> bool:
    """Whether lists stand under a key of the first object that hold such values, and neither lists nor objects."""
    there = found.values.get((key, ITEM), set())
    return key in found.keys and begins in there and there.isdisjoint("[{")
