"""The formats of tables, with the values that `registry.Format` holds of each."""

from __future__ import annotations

from typing import Any

from data_formats.read_options import OF_OBJECTS, OF_TABLES
from data_formats.tables.delimited import read_table
from data_formats.tables.json_rows import read_json_rows
from data_formats.tables.parquet import read_parquet, write_parquet

TABLES: tuple[dict[str, Any], ...] = (
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
        "read_options": (*OF_TABLES, *OF_OBJECTS),
        "is_binary": True,
    },
)
