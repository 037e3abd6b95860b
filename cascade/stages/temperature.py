"""Scores that say how often answers are right: log-probabilities at a temperature, which `train.calibrate` fits on dev
documents, and log-odds of types asked for alone, which `train.calibrate_alone` fits.
"""

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


def log_yes_of(
    log_odds: NDArray[np.float64], scale: NDArray[np.float64] | float, shift: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """The log-probabilities of yes, of their log-odds scaled and shifted (Platt 1999)."""
    result: NDArray[np.float64] = -np.logaddexp(0.0, -(scale * log_odds + shift))
    return result
