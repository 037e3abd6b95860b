"""Tables with a document a row: CSV, TSV, Parquet, and JSON lines of any keys."""
