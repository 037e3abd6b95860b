"""What tests have other processes do with integrations; imports little, as a spawned process imports it too."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any


def entities_of_docs(component: Any, texts: list[str]) -> list[list[tuple[str, str]]]:
    """What a pickled component of spaCy finds."""
    import spacy

    nlp = spacy.blank("en")
    return [[(each.text, each.label_) for each in doc.ents] for doc in component.pipe(map(nlp, texts))]


def fingerprint(base: str, adapters: str) -> None:
    """Prints what `datasets` calls the results of an annotator, and of a function that holds a cascade."""
    from datasets.fingerprint import Hasher

    from cascade import Cascade
    from cascade.integrations import Annotator

    ner = Cascade.load(base, adapters=adapters, device="cpu", precision="fp32")
    first = Annotator(ner, ["person", "place name"], min_score=0.1)
    print(Hasher.hash(first), Hasher.hash(Annotator(ner, ["person"], min_score=0.1)), Hasher.hash(lambda row: ner(row)))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    fingerprint(*sys.argv[1:])
