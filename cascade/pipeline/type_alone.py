"""Each type asked for alone: an independent yes or no, of which a span can have several.

Among several types the classifier's answers share one probability, so that a second right type takes from the first.
Asked for one type, it chooses between that type and `none of these` alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import log

import numpy as np

from cascade.errors import TaxonomyError
from cascade.stages.asked_names import asked_names
from cascade.stages.classifier import Classifier
from cascade.stages.decisions import Floats
from cascade.stages.descent import AtLevel, Candidate, Path
from cascade.stages.extractor import Readings
from cascade.stages.temperature import log_yes_of
from cascade.taxonomy.tree import EntityType, Taxonomy

_LIKELIER = log(0.5)  # than `none of these`, the only other answer


def check_one_level(taxonomy: Taxonomy) -> None:
    """Raises TaxonomyError for a taxonomy of several levels, on which several types do not make one path."""
    if taxonomy.depth > 1:
        raise TaxonomyError(
            f"multi_label asks for each type alone, and the taxonomy has {taxonomy.depth} levels; expected one level. "
            "Ask for its leaves (taxonomy.flattened(), --flat)"
        )


def log_yes(
    readings: Readings, candidates: Sequence[Candidate], names: Sequence[str], classifier: Classifier
) -> Floats:
    """The log-probability that each candidate is of each type, asked for alone: (candidates, types), calibrated as the
    route of its text says.

    The texts are not read again; a query for each candidate is, for each of the types.
    """
    places: list[list[int]] = [[] for _ in readings.texts]
    for index, candidate in enumerate(candidates):
        places[candidate.place].append(index)
    spans = [[(candidates[index].span.start, candidates[index].span.end) for index in own] for own in places]
    odds = np.zeros((len(candidates), len(names)))
    for column, name in enumerate(names):
        for own, answers in zip(places, classifier(readings, spans, [name]), strict=True):
            for index, (yes, none) in zip(own, answers, strict=True):
                odds[index, column] = yes - none
    routes = [readings.texts[candidate.place].classifier for candidate in candidates]
    fits = np.array([(route.alone_scale, route.alone_shift) for route in routes]).reshape(-1, 2)
    return log_yes_of(odds, fits[:, :1], fits[:, 1:])


def with_each_type(
    readings: Readings,
    candidates: Sequence[Candidate],
    taxonomy: Taxonomy,
    classifier: Classifier,
    lowest: Mapping[Path, float],
    top_k: int,
) -> Iterator[Candidate]:
    """The candidates, each once for every type that is as likely as its lowest score.

    Where none is, one comes back with its likeliest type, or without a path if `none of these` is likelier than each.
    """
    if not candidates:
        return
    paths = [(root.name,) for root in taxonomy.roots]
    judged = log_yes(readings, candidates, asked_names(taxonomy.roots), classifier)
    for candidate, yes in zip(candidates, judged, strict=True):
        order = np.argsort(-yes, kind="stable")
        alternatives = tuple((paths[index], candidate.log_score + float(yes[index])) for index in order[:top_k])
        typed = [
            candidate._replace(
                path=paths[index], log_score=candidate.log_score + float(yes[index]), alternatives=alternatives
            )
            for index in order
        ]
        if kept := [each for each in typed if each.score >= lowest[each.path]]:
            yield from kept
        else:
            yield typed[0] if yes[order[0]] >= _LIKELIER else candidate


def refuted(
    readings: Readings,
    candidates: Sequence[Candidate],
    taxonomy: Taxonomy,
    classifier: Classifier,
    at_level: AtLevel,
    below: float,
) -> set[int]:
    """Indices of the typed candidates below a score whose type, asked for alone, is less likely than
    `none of these`.
    """
    asked: dict[Path, list[int]] = {}
    for index, candidate in enumerate(candidates):
        if candidate.score < below:
            asked.setdefault(candidate.path, []).append(index)
    result = set[int]()
    for path, indices in sorted(asked.items()):
        own = [candidates[index] for index in indices]
        yes = log_yes(at_level(readings, path[:-1]), own, asked_names([_node(taxonomy, path)]), classifier)
        result |= {index for index, answer in zip(indices, yes[:, 0], strict=True) if answer < _LIKELIER}
    return result


def _node(taxonomy: Taxonomy, path: Path) -> EntityType:
    """The type at a path of names."""
    nodes: Sequence[EntityType] = taxonomy.roots
    for name in path[:-1]:
        nodes = next(node.children for node in nodes if node.name == name)
    return next(node for node in nodes if node.name == path[-1])
