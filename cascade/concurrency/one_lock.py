"""The one lock of the package: held while something is made that all threads then share, such as a stage at its first
use.
"""

from __future__ import annotations

import os
import threading

MAKING = threading.RLock()
"""Reading takes it only where something is missing: a stage, an adapter's rows in a stack, a language identifier.  A
process forks when nobody holds it, so that a child finds everything either whole or not there."""

if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(before=MAKING.acquire, after_in_parent=MAKING.release, after_in_child=MAKING.release)
