"""The held-out documents of a mixture by which no checkpoint was chosen.

Benchmarks may read them with a pair that was trained on the mixture.
"""

from __future__ import annotations

from pathlib import Path

from cascade import Document
from cascade.errors import CascadeError
from train.corpora.loading import unseen_dev
from train.corpora.mixture_entry import name_of
from train.corpora.mixtures import read_mixture


def held_out_documents(mixture_file: Path, root: Path) -> list[Document]:
    """The documents of the mixture's entries that were used neither for training nor for choosing checkpoints.

    Types are called as in training. Raises CascadeError if an entry has no such documents left, or if none holds any
    out.
    """
    found: list[Document] = []
    for entry in read_mixture(mixture_file).entries:
        if "dev" in entry or "hold_out" in entry:
            documents, unseen = unseen_dev(entry, root)
            if not unseen:
                raise CascadeError(
                    f"{mixture_file}: checkpoints are chosen by all held-out documents of {name_of(entry)}; expected "
                    "dev_documents to be fewer"
                )
            found += documents
    if not found:
        raise CascadeError(f"{mixture_file}: no entry holds documents out; expected hold_out or dev, and dev_documents")
    return found
