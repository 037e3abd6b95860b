"""Two caches of compiled products, PyTorch's and oneDNN's own: one entry for each shape of the inputs, of which batches
of texts have ever new ones.
"""

from __future__ import annotations

import os

# of 1,024 that each would keep; both read their variable with the first product oneDNN's: 45 MB less after 900 CoNLL
# sentences; PyTorch's: 60 MB less after 1,600; as fast (2 CPU cores, int8, 2026-11)
_CAPACITIES = {
    ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "DNNL_PRIMITIVE_CACHE_CAPACITY"): "64",
    ("LRU_CACHE_CAPACITY",): "16",
}


def keep_few_primitives() -> None:
    """Bounds the caches of this process, for all that it computes, unless the user did; has no effect once it computed
    something by oneDNN.
    """
    for variables, capacity in _CAPACITIES.items():
        if not any(name in os.environ for name in variables):
            os.environ[variables[0]] = capacity
