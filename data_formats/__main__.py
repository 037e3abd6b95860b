"""Converts a file of documents to another format: `python -m data_formats news.conll news.json`."""

from __future__ import annotations

import sys

from cascade.commands.convert import main

if __name__ == "__main__":
    sys.exit(main())
