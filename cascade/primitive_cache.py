"""oneDNN's cache of compiled products: one for each shape of the inputs, of which batches of texts have ever new ones."""

from __future__ import annotations

import os

_VARIABLES = ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "DNNL_PRIMITIVE_CACHE_CAPACITY")
_CAPACITY = "64"  # of 1,024 that oneDNN would keep: 45 MB less after 900 CoNLL sentences, as fast (2 CPU cores, int8, 2026-11)


def keep_few_primitives() -> None:
    """Bounds the cache, unless the user did; has no effect once this process computed something by oneDNN."""
    if not any(name in os.environ for name in _VARIABLES):
        os.environ[_VARIABLES[0]] = _CAPACITY
