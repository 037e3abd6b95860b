"""Writes centroids of training texts: `python -m train.centroids --adapters FOLDER --data train.jsonl`.

If several adapters fit a document's language equally well, such as those of several domains, the one whose training
texts are most like the document reads it. `train.run` writes centroids for the adapters that it trains. This command
writes them for an existing pair, from the documents in its languages.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from cascade.adapters.card import CARD, Adapter, read_adapter
from cascade.adapters.centroid import CENTROID, Centroid
from cascade.commands.exit_status import exit_status
from cascade.document import Document
from cascade.errors import AdapterError
from cascade.languages.identification import language_code
from cascade.model.base_model import BaseModel
from train.adapter_corpora import corpora_for
from train.option_parsers import add_adapter_folder_options
from train.options import AdapterFolderOptions, options_from
from train.rows.centroid_texts import draw_centroid_texts


def write_centroid(base: BaseModel, adapter: Adapter, texts: Sequence[str]) -> None:
    """Writes the centroid of the texts into an adapter's folder."""
    Centroid.of(np.stack([base.embedding_of(text) for text in texts])).write(adapter.folder)


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m train.centroids", description=(__doc__ or "").splitlines()[0])
    add_adapter_folder_options(
        parser,
        adapters="folder of one pair (or of one of its adapters)",
        data="what the pair was trained on: documents in any read format, or a mixture (.yaml)",
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _write_all(options_from(AdapterFolderOptions, arguments().parse_args(argv))))


def _write_all(options: AdapterFolderOptions) -> None:
    adapters = [read_adapter(card.parent) for card in sorted(options.adapters.rglob(CARD))]
    if not adapters or len({adapter.card.stage for adapter in adapters}) < len(adapters):
        found = ", ".join(str(adapter.folder) for adapter in adapters) or "none"
        raise AdapterError(
            f"{str(options.adapters)!r}: adapters found there: {found}; expected those of one pair, as what it was "
            "trained on is its own"
        )
    corpora = corpora_for(options)
    documents = [document for corpus in corpora for document in corpus.documents]
    texts = {
        adapter.folder: draw_centroid_texts(_in_its_languages(documents, adapter), seed=options.seed)
        for adapter in adapters
    }
    base = BaseModel.load(options.base)
    for adapter in adapters:
        adapter.check_fits(base)
        write_centroid(base, adapter, texts[adapter.folder])
        print(f"{adapter.folder / CENTROID}: of {len(texts[adapter.folder])} texts", flush=True)


def _in_its_languages(documents: Sequence[Document], adapter: Adapter) -> list[Document]:
    """The documents in one of the adapter's languages, or all documents if it names none.

    Raises AdapterError if there are none.
    """
    own = [
        document
        for document in documents
        if not adapter.languages or language_code(document.language or "") in adapter.languages
    ]
    if not own:
        languages = ", ".join(sorted(adapter.languages))
        raise AdapterError(
            f"{adapter.folder}: no document names one of its languages, {languages}; where documents name none, give "
            "theirs with --language"
        )
    return own


if __name__ == "__main__":
    sys.exit(main())
