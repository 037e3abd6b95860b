"""Reads files of entity-annotated text as documents, and writes them: `read`, `read_texts`, `write`, `formats`."""

from data_formats.format_list import Format
from data_formats.registry import formats, read, read_texts, write
from data_formats.report import Report

__all__ = ["Format", "Report", "formats", "read", "read_texts", "write"]
