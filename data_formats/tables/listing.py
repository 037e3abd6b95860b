"""The formats of tables, with the values that `registry.Format` holds of each."""

from __future__ import annotations

from typing import Any

from data_formats.read_options import OF_TABLES, OF_TOKENS
from data_formats.tables.delimited import read_table
from data_formats.tables.json_rows import read_json_rows
from data_formats.tables.parquet import read_parquet, write_parquet
from data_formats.tables.token_table import fit_token_table, read_token_table
from data_formats.tokens_json import fit_tokens_json, read_tokens_json

TABLES: tuple[dict[str, Any], ...] = (
    {
        "name": "tokens-json",
        "description": "JSON of tokens and labels, as Hugging Face has them",
        "read": read_tokens_json,
        "fit": fit_tokens_json,
        "read_options": OF_TOKENS,
        "is_special": True,
    },
    {
        "name": "tokens-csv",
        "description": "CSV with a token and its label a row, or lists of them",
        "read": read_token_table,
        "fit": fit_token_table,
        "read_options": OF_TOKENS,
        "is_special": True,
    },
    {
        "name": "table",
        "description": "CSV or TSV with a header, a document a row",
        "read": read_table,
        "read_options": OF_TABLES,
    },
    {
        "name": "json-rows",
        "description": "JSON lines of any keys, a document an object",
        "read": read_json_rows,
        "read_options": OF_TABLES,
    },
    {
        "name": "parquet",
        "description": "Parquet, a document a row (needs the package pyarrow)",
        "extensions": (".parquet",),
        "read": read_parquet,
        "write": write_parquet,
        "read_options": (*OF_TABLES, *OF_TOKENS),
        "is_binary": True,
    },
)
