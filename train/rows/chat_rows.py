"""Rows that models that generate are trained on, `{"messages": [...]}`: read and checked, and their tokens counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cascade.errors import FormatError, shown
from data_formats.json_records import records
from data_formats.text_files import Source

Row = dict[str, Any]
RowTokens = Callable[[Row], int]

_EXPECTED = (
    '{"messages": [...]} with a turn of the user and one of the assistant, or more such pairs, behind one of the '
    'system or none, each with "role" and "content"'
)
_REMEDY = "Write rows by python -m train.published_rows DATA --answers NAME -o ROWS"


def read_rows(file: Path) -> Iterator[Row]:
    """The rows of JSON lines, or of a JSON list; raises FormatError, with the place, for what is none."""
    try:
        for row, where, _ in records(Source(file)):
            if not isinstance(row, dict) or not _is_conversation(row.get("messages")):
                raise FormatError(f"{where}: {shown(row)} is no row to train on; expected {_EXPECTED}")
            if any("\ud800" <= character <= "\udfff" for character in as_line(row)):
                raise FormatError(f"{where}: the row holds a lone surrogate, which is not valid Unicode")
            yield row
    except FormatError as error:
        raise FormatError(f"{error}. {_REMEDY}") from error


def _is_conversation(messages: object) -> bool:
    if not isinstance(messages, list) or not all(
        isinstance(turn, dict) and isinstance(turn.get("content"), str) for turn in messages
    ):
        return False
    roles = [turn.get("role") for turn in messages]
    turns = roles[1:] if roles[:1] == ["system"] else roles
    return bool(turns) and turns == ["user", "assistant"] * (len(turns) // 2)


def as_line(row: Row) -> str:
    """The row as a line of JSON, without its end."""
    return json.dumps(row, ensure_ascii=False)


def row_tokens(base_folder: str) -> RowTokens:
    """What counts the tokens of a row: the question and the answer, as ms-swift trains on them, without padding.

    Nor is the line break counted that Qwen's turns have behind their end.
    """
    from transformers import AutoConfig, AutoTokenizer

    from cascade.published.chat_turns import give_template, rendered

    tokenizer: Any = AutoTokenizer.from_pretrained(base_folder, trust_remote_code=False)
    give_template(
        tokenizer, AutoConfig.from_pretrained(base_folder, trust_remote_code=False).model_type, folder=base_folder
    )

    def tokens_of(row: Row) -> int:
        *asked, answer = row["messages"]
        text = rendered(tokenizer, asked) + answer["content"]
        return len(tokenizer(text, add_special_tokens=False).input_ids) + 1  # the one that ends the answer

    return tokens_of
