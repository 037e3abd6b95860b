"""The documents that systems are compared on: the same training, dev and test documents and types for all."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cascade import CascadeError, Document, Taxonomy
from cascade.published.losses import Losses
from cascade.published.spans import flat
from cascade.scoring.layers import layers_of
from cascade.stages.nesting import MOST_DEPTH
from data_formats import Report, read
from train.known_types import known_types

_SHARE_OF_A_LAYER = 100  # one of so many spans lies in a layer that is learnt
_HELD_OUT = 10  # one of so many training documents becomes a dev document where none are named


@dataclass(frozen=True, slots=True)
class Compared:
    """Documents with entities of the types of `taxonomy` alone, in the order in which they are taken.

    Their ids are places, so that no two are alike. nested: whether entities may lie in others. notes: what was left out
    of the files.
    """

    train: tuple[Document, ...]
    dev: tuple[Document, ...]
    test: tuple[Document, ...]
    taxonomy: Taxonomy
    nested: bool
    notes: tuple[str, ...] = ()

    @property
    def depth(self) -> int:
        """The layers that our extractor learns: those that hold at least a hundredth of the training spans each."""
        if not self.nested:
            return 1
        spans = [[(each.start, each.end, each.type) for each in document.entities] for document in self.train]
        found = Counter(layer for mentions in spans for layer in layers_of(mentions).values())
        enough = [layer for layer, count in found.items() if _SHARE_OF_A_LAYER * count >= found.total()]
        return min(max(enough, default=1), MOST_DEPTH)


def compared_documents(
    train: Path,
    dev: Path | None,
    test: Path,
    taxonomy: Taxonomy | None = None,
    *,
    test_sentences: int,
    seed: int = 1,
    nested: bool = False,
) -> Compared:
    """The documents of files in any format that is read.

    taxonomy: the types asked for; None for those of the training documents. test_sentences: at most so many test
    documents are drawn by `seed`, which also puts the training documents in order. Without `dev`, a tenth of the
    training documents is held out. Raises CascadeError where training or test documents have no entity that is asked
    for.
    """
    notes: list[str] = []
    documents = _read(train, notes)
    random.Random(seed).shuffle(documents)
    if taxonomy is None:
        taxonomy = Taxonomy.flat(sorted({entity.type for document in documents for entity in document.entities}))
    if dev is None:
        held = max(1, len(documents) // _HELD_OUT)
        documents, dev_documents = documents[held:], documents[:held]
        notes.append(f"{held:,} documents of {train} are held out, as no dev documents are named")
    else:
        dev_documents = _read(dev, notes)
        random.Random(seed).shuffle(dev_documents)
    tested = _read(test, notes)
    if len(tested) > test_sentences:
        tested = random.Random(seed).sample(tested, test_sentences)
    fitting, held_out, to_read = (
        _fitting(some, file, taxonomy, nested, notes)
        for some, file in ((documents, train), (dev_documents, dev or train), (tested, test))
    )
    for file, some in ((train, fitting), (test, to_read)):
        if not any(document.entities for document in some):
            raise CascadeError(
                f"{file}: no document has an entity of the types {', '.join(taxonomy.labels().values())}; expected "
                "some, or other --types"
            )
    return Compared(fitting, held_out, to_read, taxonomy, nested, tuple(notes))


def _read(file: Path, notes: list[str]) -> list[Document]:
    report = Report()
    documents = list(read(file, report=report))
    notes += [f"{file}: {line}" for line in report.lines()]
    return documents


def _fitting(
    documents: Iterable[Document], file: Path, taxonomy: Taxonomy, nested: bool, notes: list[str]
) -> tuple[Document, ...]:
    """The documents, numbered, with the entities that are compared, by the taxonomy's names of their types.

    notes tell of the others.
    """
    known, strangers, losses = known_types(taxonomy.labels().values()), Counter[str](), Losses()
    fitting = []
    for number, document in enumerate(documents):
        spans = {(entity.start, entity.end, entity.type): known(entity.type) for entity in document.entities}
        strangers.update(type_ for (*_, type_), name in spans.items() if name is None)
        asked = sorted({(start, end, name) for (start, end, _), name in spans.items() if name is not None})
        kept = set(asked if nested else flat(asked, losses))
        entities = [
            replace(entity, type=name, score=None, alternatives=())
            for entity in document.entities
            if (name := known(entity.type)) is not None and (entity.start, entity.end, name) in kept
        ]
        fitting.append(Document(f"{number}", document.text, document.language, tuple(dict.fromkeys(entities))))
    if strangers:
        notes.append(f"{file}: {strangers.total():,} entities are of types that are not compared: {_named(strangers)}")
    notes += [f"{file}: {line}, and are left out" for line in losses.lines()]
    return tuple(fitting)


def _named(counts: Counter[str]) -> str:
    return ", ".join(sorted(counts))


def unlabelled(documents: Sequence[Document]) -> list[Document]:
    """The documents without entities, as systems get them."""
    return [Document(document.id, document.text, document.language) for document in documents]
