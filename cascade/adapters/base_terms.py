"""The terms of a base model that its adapters fall under, as files that are passed on with them."""

from __future__ import annotations

from cascade.adapters.card import shipped_adapters
from cascade.adapters.model_card import licence_of_derivatives

NOTICE, GEMMA_TERMS = "NOTICE", "GEMMA_TERMS_OF_USE.txt"
# What section 3.1 of the Gemma Terms of Use (March 24, 2025) asks of those who pass derivatives on.
_GEMMA_NOTICE = f"""\
Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms

The adapters in this folder were trained for Gemma 3 270M by Google. They change its weights, which are therefore not
those that Google published. They are passed on as Model Derivatives under the Gemma Terms of Use ({GEMMA_TERMS}).
Whoever uses them is bound by these terms, among them the use restrictions of section 3.2, and whoever passes them on
has to bind recipients to these restrictions as well, and to hand on both files.
"""


def terms_of(base: str) -> dict[str, bytes]:
    """The files to pass on with adapters to the base model of that name, by their names; none for other licences."""
    if licence_of_derivatives(base) != "gemma":
        return {}
    return {NOTICE: _GEMMA_NOTICE.encode(), GEMMA_TERMS: (shipped_adapters() / GEMMA_TERMS).read_bytes()}
