"""What is known of the types and the language that are asked for before a model is loaded."""

from __future__ import annotations

from cascade.errors import TaxonomyError
from cascade.languages.identification import named_language
from cascade.stages.extractor_types import COMMON_TYPES, is_any_type
from cascade.taxonomy.tree import Taxonomy


def asked_labels(taxonomy: Taxonomy | None) -> list[str]:
    """The labels that results may have; None stands for the types that are asked for where none are named."""
    return list(COMMON_TYPES) if taxonomy is None else list(taxonomy.labels().values())


def refuse_any_beside_others(taxonomy: Taxonomy) -> None:
    """Raises TaxonomyError where `any`, which asks for spans of all types, is one of several types."""
    names = [path[-1].asked_name for path in taxonomy.paths()]
    wrong = next((name for name in names if is_any_type([name])), None)
    if wrong is not None and len(names) > 1:
        others = f"{len(names) - 1} other" + ("s" if len(names) > 2 else "")
        raise TaxonomyError(
            f"the type {wrong!r} stands beside {others}; alone it finds spans of all types. Leave it out, or ask for "
            "it alone"
        )


def check_language(language: str | None) -> None:
    """Raises LanguageError, with the nearest one, for a language that is not known."""
    named_language(language)
