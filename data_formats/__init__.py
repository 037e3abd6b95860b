"""Files of entity-annotated text as documents, and back: `read`, `write`, `formats`."""

from data_formats.registry import Format, formats, read, write
from data_formats.report import Report

__all__ = ["Format", "Report", "formats", "read", "write"]
