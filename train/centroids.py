"""Centroids of training texts: `python -m train.centroids --adapters FOLDER --data train.jsonl`.

Of adapters that fit a document's language equally well, such as those of several domains, the one whose training texts the document is most like reads it.
`train.run` gives a centroid to the adapters that it makes; this command gives one to adapters that are there.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cascade.adapter import CARD, Adapter, read_adapter
from cascade.base_model import BaseModel
from cascade.centroid import CENTROID, Centroid
from cascade.errors import AdapterError
from cascade.language_identification import language_code
from data_formats.exit_status import exit_status
from train.corpora import load_corpora
from train.prepare import sample_of


def write_centroid(base: BaseModel, adapter: Adapter, texts: Sequence[str]) -> None:
    """Writes the centroid of texts into an adapter's folder."""
    Centroid.of(np.stack([base.embedding_of(text) for text in texts])).write(adapter.folder)


def sampled_texts(file: Path) -> list[str]:
    """The texts that prepared data has for the centroid."""
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m train.centroids", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--adapters", type=Path, required=True, help="folder of adapters that were trained on the data, one pair or several")
    parser.add_argument("--data", type=Path, required=True, help="what they were trained on: documents in any read format, or a mixture (.yaml)")
    parser.add_argument("--data-root", type=Path, help="folder that a mixture's paths start from (default: the mixture's)")
    parser.add_argument("--language", help="only the entries of a mixture that name this language")
    parser.add_argument("--base", help="base model by name or folder (default: the embedded one)")
    parser.add_argument("--seed", type=int, default=1)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    return exit_status(lambda: _write_all(arguments().parse_args(argv)))


def _write_all(options: argparse.Namespace) -> None:
    adapters = [read_adapter(card.parent) for card in sorted(options.adapters.rglob(CARD))]
    if not adapters:
        raise AdapterError(f"{str(options.adapters)!r} holds no adapters; expected a folder as `python -m train.run --out` writes it")
    corpora = load_corpora(options.data, data_root=options.data_root, seed=options.seed, language=options.language)
    documents = [document for corpus in corpora for document in corpus.documents]
    base = BaseModel.load(options.base)
    for adapter in adapters:
        adapter.check_fits(base.name, base.fingerprint)
        own = [each for each in documents if not adapter.languages or language_code(each.language or "") in adapter.languages]
        if not own:
            raise AdapterError(f"{adapter.folder}: no document names one of its languages, {', '.join(sorted(adapter.languages))}; name it with --language")
        texts = sample_of(own, seed=options.seed)
        write_centroid(base, adapter, texts)
        print(f"{adapter.folder / CENTROID}: of {len(texts)} texts", flush=True)


if __name__ == "__main__":
    sys.exit(main())
