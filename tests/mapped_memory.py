"""What the system says of the files that are mapped into the tests' memory."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from cascade.memory.mappings import LISTING

SAYS = sys.platform == "linux" and LISTING.is_file()  # where it does not, nothing is held, given back or read of files


def listing() -> str:
    return LISTING.read_text(encoding="utf-8") if SAYS else ""


def resident(file: Path) -> int:
    """Kilobytes of this process that are pages of the file, 0 where the system does not say."""
    pages = re.findall(rf"{re.escape(str(file))}\n(?:\w+: .*\n)*?Rss: +(\d+) kB", listing())
    return sum(map(int, pages))
