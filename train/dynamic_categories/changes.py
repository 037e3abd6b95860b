"""The four changes of dynamic categorisation, in the order of DynamicNER (arXiv 2409.11022): merging, renaming,
thinning, and cases without a right option.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cascade.taxonomy.tree import Taxonomy
from train.dynamic_categories.question import Question

LEAST_OPTIONS = 3  # of a list that was thinned, as in DynamicNER's own code
UNKNOWN = "unknown"
_OTHERS = ("other", "miscellaneous", "unknown")  # how options begin that stand for what no other option names
_MOST_SIBLINGS = 2  # of a merged child, as in DynamicNER's own code


@dataclass(frozen=True, slots=True)
class Shares:
    """How many of the questions are changed in each way, from 0 to 1; by default as in DynamicNER's own code."""

    merged: float = 0.4
    renamed: float = 0.4
    thinned: float = 0.3
    unknown: float = 0.3


DEFAULTS = Shares()


def changed(
    questions: Sequence[Question],
    taxonomy: Taxonomy,
    synonyms: Mapping[str, Sequence[str]],
    shares: Shares,
    *,
    seed: int,
) -> tuple[list[Question], Counter[str]]:
    """The questions after all four changes, and how many were changed in each way or could not be.

    Names are compared without regard to case: those of questions are in small letters.

    Each question draws for itself, from the seed and its place, so that other questions do not change its draws.
    """
    counts: Counter[str] = Counter()
    synonyms = {name.casefold(): others for name, others in synonyms.items()}
    result = []
    for place, question in enumerate(merged(questions, taxonomy, shares.merged, seed, counts)):
        source = random.Random(f"{seed}/{place}")
        if not question.is_answered:
            counts["left as they are: the right answer is not in the list"] += 1
            result.append(question)
            continue
        ways = (
            ("renamed", shares.renamed, lambda each, chance: renamed(each, synonyms, chance)),
            ("thinned", shares.thinned, thinned),
            ("unknown", shares.unknown, without_answer),
        )
        for name, share, change in ways:
            if source.random() < share:
                other = change(question, source)
                counts[name] += other != question
                question = other
        result.append(question)
    return result, counts


def merged(
    questions: Sequence[Question], taxonomy: Taxonomy, share: float, seed: int, counts: Counter[str]
) -> list[Question]:
    """The questions, some of those for one level put together with the next one, for the children of its answer.

    Such a question lists the level without the parent, in its place the right child and at most two others.
    """
    parents: dict[str, set[str]] = defaultdict(set)
    for path in taxonomy.paths():
        if len(path) > 1:
            parents[path[-1].name.casefold()].add(path[-2].name.casefold())
    result: list[Question] = []
    place = 0
    while place < len(questions):
        upper, lower = questions[place], questions[place + 1] if place + 1 < len(questions) else None
        place += 1
        fits = (
            lower is not None
            and upper.about == lower.about
            and upper.is_answered
            and lower.is_answered
            and lower.answer != upper.answer
            and upper.answer.casefold() in parents[lower.answer.casefold()]
        )
        source = random.Random(f"{seed}/merged/{place}")
        if lower is None or not fits or source.random() >= share:
            result.append(upper)
            continue
        place += 1
        siblings = [name for name in lower.options if name != lower.answer and name not in upper.options]
        added = [lower.answer, *source.sample(siblings, min(_MOST_SIBLINGS, len(siblings)))]
        options = sorted({*(name for name in upper.options if name != upper.answer), *added})
        result.append(upper.with_options(tuple(options), lower.answer))
        counts["merged"] += 1
    return result


def renamed(question: Question, synonyms: Mapping[str, Sequence[str]], source: random.Random) -> Question:
    """The question with synonyms in place of its types, the right one too; no two options become alike.

    synonyms: of names in small letters.
    """
    taken = {name.casefold() for name in question.options}
    called: dict[str, str] = {}
    for name in question.options:
        others = [other for other in synonyms.get(name.casefold(), ()) if other.casefold() not in taken]
        called[name] = source.choice(others) if others else name
        taken.add(called[name].casefold())
    return question.with_options(tuple(called.values()), called[question.answer])


def thinned(question: Question, source: random.Random) -> Question:
    """The question with some of its wrong options left out, in random order; at least three options are kept."""
    if len(question.options) <= LEAST_OPTIONS:
        return question
    others = [name for name in question.options if name != question.answer]
    kept = [question.answer, *source.sample(others, source.randint(LEAST_OPTIONS, len(question.options)) - 1)]
    source.shuffle(kept)
    return question.with_options(tuple(kept))


def without_answer(question: Question, source: random.Random) -> Question:
    """The question without its right option, answered by an option for others, or by `unknown`, which is added.

    At least two wrong options are kept beside it; a question whose right answer is such an option already stays.
    """
    others = tuple(name for name in question.options if name != question.answer)
    if len(others) < LEAST_OPTIONS - 1 or is_for_others(question.answer):
        return question
    rest = [name for name in others if is_for_others(name)]
    if rest:
        return question.with_options(others, source.choice(rest))
    options = [*others, UNKNOWN]
    source.shuffle(options)
    return question.with_options(tuple(options), UNKNOWN)


def is_for_others(name: str) -> bool:
    """Whether an option stands for what no other option names, such as `other person`."""
    return name.casefold().startswith(_OTHERS)
