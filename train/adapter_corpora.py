"""Reads corpora for adapters that exist already."""

from __future__ import annotations

from data_formats import Report
from train.corpora.loading import Corpus, load_corpora
from train.options import AdapterFolderOptions


def corpora_for(options: AdapterFolderOptions) -> list[Corpus]:
    """The corpora that the options name, without those for replay; prints what could not be read."""
    reading = Report()
    corpora = load_corpora(
        options.data,
        data_root=options.data_root,
        seed=options.seed,
        language=options.language,
        replay=False,
        report=reading,
    )
    for line in reading.lines():
        print(f"note: not read: {line}", flush=True)
    return corpora
