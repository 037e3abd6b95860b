"""Prepares the data of one stage: reads and checks corpora, and makes rows, dev items and texts of their documents."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cascade.document import Document
from cascade.errors import CascadeError
from cascade.model.named_bases import EMBEDDED
from cascade.model.tokenizer import load_tokens
from cascade.taxonomy.parsing import read_taxonomy
from cascade.text.tokens import PieceTokens
from data_formats import Report
from train.corpora.annotation_checks import annotation_faults, check_types, refuse_faults
from train.corpora.deduplication import key, keys
from train.corpora.dev_documents import dev_items, hold_out_dev
from train.corpora.fixed_types import with_fixed_types
from train.corpora.held_out_types import without_types
from train.corpora.levels import by_level
from train.corpora.listed_types import without_list
from train.corpora.loading import Corpus, load_corpora
from train.corpora.mixtures import is_mixture
from train.corpora.prompts import corpus_types
from train.options import PreparationOptions
from train.rows.centroid_texts import draw_centroid_texts
from train.rows.draws import training_bundles
from train.rows.prepared_data import counted, write_prepared
from train.rows.samples import oversized_entities

Draws = list[list[Corpus]]  # the corpora that each epoch draws


def prepare_stage(
    options: PreparationOptions,
    stage: str,
    out: Path,
    tokens: PieceTokens | None = None,
    *,
    provenance: Mapping[str, str] | None = None,
    check: Callable[[Mapping[str, Any]], None] = lambda task: None,
) -> dict[str, Any]:
    """Writes one stage's data into the folder `out`; returns the content of its `task.json`.

    tokens: of the base model; None loads them. provenance: how a later run recognises the data (`train.provenance`).
    check: is called with the task before anything is written, and may raise an error to refuse it. Raises CascadeError
    for options that exclude each other, and for corpora that cannot be trained on.
    """
    if options.without_types and options.taxonomy is not None:
        raise CascadeError(
            "--without-types and --taxonomy are both given; expected one, as a taxonomy is trained on as a whole"
        )
    if options.fixed_types and options.taxonomy is not None:
        raise CascadeError("--fixed-types and --taxonomy are both given; expected one, as levels are asked for in turn")
    tokens = tokens or load_tokens(options.base or None)
    reading = Report()
    draws = _read_draws(options, reading)
    check_types(draws[0], tokens)
    faults = annotation_faults(draws[0], depth=options.depth) + oversized_entities(draws[0], tokens)
    if options.annotation_faults == "refuse":
        refuse_faults(faults)
    draws = without_types(draws, options.without_types)
    if options.fixed_types:
        draws = with_fixed_types(draws)
    own = [corpus for draw in draws for corpus in draw if not corpus.replay]
    taxonomy = read_taxonomy(options.taxonomy) if options.taxonomy is not None else None
    asked = draws
    if taxonomy is not None:
        asked = [[part for corpus in corpora for part in by_level(corpus, taxonomy, stage)] for corpora in draws]
    # corpora that hold only dev documents have no rows
    trained_on = [[corpus for corpus in draw if corpus.documents or not corpus.dev] for draw in asked]
    made = training_bundles(
        trained_on, stage, tokens, seed=options.seed, demonstrations=options.demonstrations, depth=options.depth
    )
    dev = dev_items(asked[0], stage)
    if taxonomy is not None and len(dev) > options.dev_documents:  # a document occurs once for each level
        dev = random.Random("dev").sample(dev, options.dev_documents)
    task = {
        "base": options.base or EMBEDDED,
        "seed": options.seed,
        "epochs": options.epochs,
        "demonstrations": options.demonstrations,
        "depth": options.depth if stage == "extractor" else 1,
        "descriptions": any(corpus.shares.described for corpora in draws for corpus in corpora),
        "annotation_faults": faults,
        "not_read": reading.lines(),
        "languages": _languages(options, own),
        "types": corpus_types([document for draw in asked for corpus in draw for document in corpus.documents]),
        "data": [_described(drawn if is_mixture(options.data) else drawn[:1]) for drawn in zip(*draws, strict=True)],
        "also_dev": 0 if options.dev is None else _also_dev(draws[0]),
        **counted(stage, made, dev),
        **({} if provenance is None else {"provenance": dict(provenance)}),
    }
    check(task)
    texts = draw_centroid_texts((document for corpus in own for document in corpus.documents), seed=options.seed)
    write_prepared(out, made, dev, texts, task)
    return task


def _read_draws(options: PreparationOptions, reading: Report) -> Draws:
    """The corpora of each epoch; those of the first hold the dev documents: named, held out or the mixture's."""
    draws = [
        load_corpora(
            options.data,
            data_root=options.data_root,
            seed=options.seed,
            language=options.language,
            without=options.without_corpora,
            epoch=epoch,
            report=None if epoch else reading,
        )
        for epoch in range(options.epochs)
    ]
    if options.dev is not None:
        dev_corpora = load_corpora(options.dev, data_root=options.data_root, seed=options.seed, report=reading)
        given = [document for corpus in dev_corpora for document in corpus.documents]
        random.Random("dev").shuffle(given)
        draws = _with_dev(draws, given[: options.dev_documents])
    elif not is_mixture(options.data):
        draws = [[hold_out_dev(corpus, most=options.dev_documents) for corpus in corpora] for corpora in draws]
    return draws


def _with_dev(draws: Draws, dev: Sequence[Document]) -> Draws:
    """The corpora with these dev documents in place of their own.

    The documents of a single corpus are asked for all its types, those beside a mixture for their own.
    """
    made = [[replace(corpus, dev=(), dev_types=()) for corpus in corpora] for corpora in draws]
    types = () if len(made[0]) == 1 else tuple(corpus_types(without_list(dev)))
    made[0][0] = replace(made[0][0], dev=tuple(dev), dev_types=types)
    return made


def _also_dev(corpora: Sequence[Corpus]) -> int:
    """The number of documents to train on whose texts are those of dev documents."""
    known = keys(document for corpus in corpora for document in corpus.dev)
    return sum(key(document.text) in known for corpus in corpora for document in corpus.documents)


def _languages(options: PreparationOptions, own: Sequence[Corpus]) -> list[str]:
    """The languages that an adapter is for: those that the mixture's entries share, or those of the documents."""
    if options.language and is_mixture(options.data):
        return sorted(options.language.split("+"))
    return sorted({language for corpus in own for language in corpus.languages})


def _described(drawn: Sequence[Corpus]) -> dict[str, Any]:
    """What a card says about a corpus; `drawn` is the corpus as each epoch draws it, or once where all are alike."""
    return {
        "name": drawn[0].name,
        "documents": sum(len(corpus.documents) for corpus in drawn),
        "entities": sum(len(document.entities) for corpus in drawn for document in corpus.documents),
        "licence": drawn[0].licence,
        **({"replay": True} if drawn[0].replay else {}),
    }
