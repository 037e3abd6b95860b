"""The types that a command is asked for: a list, or a file of them."""

from __future__ import annotations

import argparse

from cascade.errors import TaxonomyError
from cascade.pipeline.asked_early import refuse_any_beside_others
from cascade.taxonomy.parsing import parse_types, read_taxonomy
from cascade.taxonomy.tree import Taxonomy


def asked_taxonomy(asked: argparse.Namespace) -> Taxonomy | None:
    """The taxonomy that --types or --taxonomy names; None without them."""
    if asked.types is not None and asked.taxonomy is not None:
        raise TaxonomyError("both --types and --taxonomy are given; expected one of them")
    if asked.taxonomy is None and asked.types is None:
        if asked.flat:
            raise TaxonomyError("--flat is given without --taxonomy, whose leaves it asks for; expected both")
        return None
    taxonomy = parse_types(asked.types) if asked.types is not None else read_taxonomy(asked.taxonomy)
    refuse_any_beside_others(taxonomy)
    return taxonomy.flattened() if asked.flat and asked.types is None else taxonomy
