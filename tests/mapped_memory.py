"""What the system says of the files that are mapped into the tests' memory."""

from __future__ import annotations

import mmap
import re
import sys
from pathlib import Path

_LISTING = Path("/proc/self/smaps")
SAYS = sys.platform == "linux" and _LISTING.is_file()
GIVES_BACK = hasattr(mmap, "MADV_DONTNEED")  # where it does not, nothing is adopted


def resident(file: Path) -> int:
    """Kilobytes of this process that are pages of the file, 0 where the system does not say."""
    listing = _LISTING.read_text(encoding="utf-8") if SAYS else ""
    pages = re.findall(rf"{re.escape(str(file))}\n(?:\w+: .*\n)*?Rss: +(\d+) kB", listing)
    return sum(map(int, pages))
