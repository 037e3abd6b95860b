"""Nested entities are looked for only where extractors were trained to find them."""

from __future__ import annotations

from cascade.adapters.retrieval import Retriever
from cascade.errors import AdapterError, CascadeError, shown
from cascade.stages.nesting import MOST_DEPTH


def check_layers(depth: object) -> None:
    """Raises CascadeError for what is no number of layers that spans can be decided in."""
    if isinstance(depth, bool) or not isinstance(depth, int) or not 1 <= depth <= MOST_DEPTH:
        raise CascadeError(
            f"depth is {shown(depth)}; expected a whole number of layers of entities within others, 1 to {MOST_DEPTH}, "
            "where 1 finds none within another"
        )


def check_depth(depth: int, retriever: Retriever) -> None:
    """Raises AdapterError where an extractor that may be chosen was trained for fewer layers than are asked for, and
    CascadeError as `check_layers` does.
    """
    check_layers(depth)
    extractors = retriever.shelf.of_stage("extractor")
    shallow = [each for each in retriever.adapters if each in extractors and each.card.depth < depth]
    if not shallow:
        return
    first = shallow[0]
    deep = sorted({each.name.rpartition("/")[0] for each in extractors if each.card.depth >= depth})
    root = retriever.shelf.root(first)  # a difference alone cannot be trained further
    train = f"train a pair: python -m train.run --depth {depth} --start-from {root.folder.parent} --data ..."
    remedy = f"name a pair that was: {' or '.join(deep)}" if deep else train
    layers = "1 layer" if first.card.depth == 1 else f"{first.card.depth} layers"
    raise AdapterError(
        f"{first.name}: was trained to find entities in {layers}, and depth {depth} is asked for; expected an "
        f"extractor that was trained with --depth {depth} or more. Ask for depth {first.card.depth}, or {remedy}"
    )
