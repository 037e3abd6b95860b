"""How the right answers of a classification set are spread: the measures that DynamicNER reports (arXiv 2409.11022).

They are computed from the counts of each answer, as in the code that its authors published, which counts the pairs of
a name twice in the cohesion where it stands in two lists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import log2, sqrt

from cascade.taxonomy.tree import Taxonomy


def measures(answers: Iterable[str], taxonomy: Taxonomy) -> dict[str, float]:
    """All four measures by name; 0 where there is nothing to measure."""
    counts = Counter(answers)
    return {
        "cohesion": cohesion(counts, taxonomy),
        "normalised entropy": normalised_entropy(counts),
        "Gini coefficient": gini_coefficient(counts),
        "coefficient of variation": coefficient_of_variation(counts),
    }


def cohesion(counts: Mapping[str, int], taxonomy: Taxonomy) -> float:
    """The share of all pairs of answers, equal ones too, that are children of one type below the roots.

    The roots themselves do not count as children of one type.
    """
    total = sum(counts.values())
    pairs = total * (total - 1) // 2
    if not pairs:
        return 0.0
    parents: dict[str, set[tuple[str, ...]]] = {}
    for path in taxonomy.paths():
        if len(path) > 1:
            parents.setdefault(path[-1].name.casefold(), set()).add(tuple(node.name for node in path[:-1]))
    names, together = sorted(counts), 0
    for index, left in enumerate(names):
        own = parents.get(left.casefold(), set())
        together += counts[left] * (counts[left] - 1) // 2 if own else 0
        for right in names[index + 1 :]:
            if own & parents.get(right.casefold(), set()):
                together += counts[left] * counts[right]
    return together / pairs


def normalised_entropy(counts: Mapping[str, int]) -> float:
    """The entropy of the answers, divided by the highest that so many different ones can have: 1 if all are equal."""
    total = sum(counts.values())
    if len(counts) < 2:
        return 0.0
    return -sum(count / total * log2(count / total) for count in counts.values()) / log2(len(counts))


def gini_coefficient(counts: Mapping[str, int]) -> float:
    """How unequal the counts are: 0 if all are equal, near 1 if one answer has nearly all."""
    values, number = sorted(counts.values()), len(counts)
    if not number:
        return 0.0
    weighted = sum(rank * value for rank, value in enumerate(values, start=1))
    return (2 * weighted / sum(values) - (number + 1)) / number


def coefficient_of_variation(counts: Mapping[str, int]) -> float:
    """The standard deviation of the counts of the answers, divided by their mean."""
    if not counts:
        return 0.0
    mean = sum(counts.values()) / len(counts)
    return sqrt(sum((value - mean) ** 2 for value in counts.values()) / len(counts)) / mean
