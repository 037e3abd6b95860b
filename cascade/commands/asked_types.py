"""The types that a command is asked for: a list, or a file of them."""

from __future__ import annotations

import argparse
import os

from cascade.errors import TaxonomyError
from cascade.pipeline.asked_early import refuse_any_beside_others
from cascade.taxonomy.parsing import parse_types, read_taxonomy
from cascade.taxonomy.tree import Taxonomy


def named_types(text: str) -> Taxonomy:
    """The types of a list on the command line; raises TaxonomyError for one that is rather a file or JSON."""
    if os.path.splitext(text)[1] and os.path.isfile(text):
        raise TaxonomyError(
            f"--types {text!r} is a file; expected names with commas between. Give a file of types with --taxonomy"
        )
    if text.lstrip()[:1] in ("[", "{"):
        raise TaxonomyError(
            f"--types {text!r} looks like JSON; expected names with commas between, such as person,organization. JSON "
            "stands in a file for --taxonomy"
        )
    return parse_types(text)


def asked_taxonomy(asked: argparse.Namespace) -> Taxonomy | None:
    """The taxonomy that --types or --taxonomy names; None without them."""
    if asked.types is not None and asked.taxonomy is not None:
        raise TaxonomyError("both --types and --taxonomy are given; expected one of them")
    if asked.taxonomy is None and asked.types is None:
        if asked.flat:
            raise TaxonomyError("--flat is given without --taxonomy, whose leaves it asks for; expected both")
        return None
    taxonomy = named_types(asked.types) if asked.types is not None else read_taxonomy(asked.taxonomy)
    refuse_any_beside_others(taxonomy)
    return taxonomy.flattened() if asked.flat and asked.types is None else taxonomy
