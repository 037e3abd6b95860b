"""All formats: names, extensions, readers, writers, and how each is known by its first lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cascade.document import Document
from data_formats.annotation_tools.exchange_listing import EXCHANGES
from data_formats.annotation_tools.listing import TOOLS
from data_formats.chat_rows import write_swift
from data_formats.columns.reading import read_conll, read_conllu, read_indexed
from data_formats.columns.writing import write_conll, write_conllu, write_indexed
from data_formats.geic import read_geic, write_geic
from data_formats.html_page import write_html
from data_formats.json_lines import read_jsonl, write_jsonl
from data_formats.office.reading import OFFICE
from data_formats.plain_text import read_text, write_text
from data_formats.read_options import OF_OBJECTS, OF_ROWS, ReadOptions
from data_formats.recognition import Fit, fit_conll, fit_conllu, fit_geic, fit_indexed, fit_jsonl
from data_formats.report import Report
from data_formats.tables.listing import TABLES
from data_formats.terminal_text import write_terminal
from data_formats.text_files import Source

Reader = Callable[[Source, Report, ReadOptions], Iterator[Document]]
Writer = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: its name, and how it is read, written and recognised by its first lines (None if it cannot be).

    read_options: the fields of `ReadOptions` that its reader takes. keeps_tokens: whether its writer takes
    `keep_tokens`. in_folder: whether its writer takes the path of a folder in place of a stream. is_special: whether it
    is meant where its lines fit a general format as well. is_binary: whether it is known by its extension alone, as it
    has no lines.
    """

    name: str
    description: str
    extensions: tuple[str, ...] = ()
    read: Reader | None = None
    write: Writer | None = None
    fit: Callable[[Sequence[str]], Fit] | None = None
    read_options: tuple[str, ...] = ()
    keeps_tokens: bool = False
    in_folder: bool = False
    is_special: bool = False
    is_binary: bool = False

    @property
    def has_columns(self) -> bool:
        """Whether it is read from columns, some of which hold labels."""
        return "label_column" in self.read_options

    def taken(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the options that the reader takes."""
        return {name: value for name, value in options.items() if name in self.read_options}


def _in_columns(
    name: str,
    description: str,
    extensions: tuple[str, ...],
    read: Reader,
    write: Writer,
    fit: Callable[[Sequence[str]], Fit],
) -> Format:
    return Format(name, description, extensions, read, write, fit, read_options=OF_ROWS, keeps_tokens=True)


_CONLL_EXTENSIONS = (".conll", ".bio", ".iob", ".iob2", ".bmes", ".bioes", ".tsv")
FORMATS = (
    Format(
        "jsonl",
        "JSON lines with character offsets, without loss",
        (".jsonl", ".ndjson"),
        read_jsonl,
        write_jsonl,
        fit_jsonl,
        OF_OBJECTS,
    ),
    Format(
        "geic",
        "CascadeNER's JSON of sentences, entities and categories",
        (".json",),
        read_geic,
        write_geic,
        fit_geic,
        OF_OBJECTS,
    ),
    _in_columns("conll", "columns: token ... label", _CONLL_EXTENSIONS, read_conll, write_conll, fit_conll),
    _in_columns(
        "conllu", "CoNLL-U and UNER columns with # text", (".conllu", ".conllup"), read_conllu, write_conllu, fit_conllu
    ),
    _in_columns("indexed", "columns: index, token ... label (PAN-X)", (), read_indexed, write_indexed, fit_indexed),
    Format("text", "plain text, a document a line", (".txt",), read_text, write_text, read_options=("whole_files",)),
    Format("swift", "ms-swift chat rows for CascadeNER's extractor", write=write_swift),
    Format("html", "a page to look at entities in their texts", (".html", ".htm"), write=write_html),
    Format("terminal", "texts with entities in brackets, coloured on terminals", write=write_terminal),
    *(Format(**each, is_special=True) for each in TOOLS),
    *(Format(**each, is_special=True) for each in EXCHANGES),
    *(Format(**each) for each in TABLES),
    *(Format(**each) for each in OFFICE),
)
