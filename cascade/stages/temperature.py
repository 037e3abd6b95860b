"""Log-probabilities at a temperature, which `train.calibrate` fits on dev documents."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def at_temperature(log_probabilities: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Log-probabilities, (..., choices), flattened by a temperature above 1 or sharpened by one below; their order
    stays.
    """
    if temperature == 1.0:
        return log_probabilities
    scaled = log_probabilities / temperature
    result: NDArray[np.float64] = scaled - np.logaddexp.reduce(scaled, axis=-1, keepdims=True)
    return result
