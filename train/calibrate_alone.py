"""Fits scores of types that are asked for alone: `python -m train.calibrate_alone --adapters FOLDER --data MIXTURE`.

Asked for one type alone, a classifier says yes too often. Its log-odds are scaled and shifted by two numbers, fitted on
gold spans of dev documents (Platt 1999), which stand in its card. `infer.py --multi-label` and `--verify-below` use
them. Run it after `train.calibrate`, which fits the temperature that comes first.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cascade.adapters.card import Adapter, AdapterShelf
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import positive
from cascade.document import Document
from cascade.errors import CascadeError
from cascade.model.base_model import BaseModel
from cascade.scoring.calibration import calibration_error
from cascade.stages.classifier import Classifier
from cascade.stages.extractor_types import asked_of_extractor
from cascade.stages.temperature import log_yes_of
from cascade.text.encoded import Route, encode
from data_formats import Report, read
from train.calibrate import extractor_of
from train.corpora.loading import unseen_dev
from train.corpora.mixture_entry import name_of
from train.corpora.mixtures import is_mixture, read_mixture
from train.option_parsers import add_adapter_folder_options
from train.options import AdapterFolderOptions, options_from
from train.rows.dev_items import BATCH_TOKENS, by_types
from train.text_reader import TextReader

Floats = NDArray[np.float64]
Rights = NDArray[np.bool_]

_PRIOR = 5.0  # penalty in nats for a scale of e or 1/e, or a shift of 1, as that of temperatures; about ten mistakes
_STEPS = 100  # of Gauss and Newton's method, which needs about ten
_FLAT = 0.05  # a scale by which odds of a thousand to one say 58 %
_LEAST = 1e-9  # a step that changes nothing


@dataclass(frozen=True, slots=True)
class AloneFit:
    """Scale and shift of the log-odds of a type that is asked for alone."""

    scale: float
    shift: float

    def __call__(self, odds: Floats) -> Floats:
        """The probabilities of yes."""
        result: Floats = np.exp(log_yes_of(odds, self.scale, self.shift))
        return result


def fit_alone(odds: Floats, right: Rights) -> AloneFit:
    """The scale and shift with the least log loss; with few answers they stay near 1 and 0.

    odds: log-odds of yes, of any shape; right: whether yes is right, of the same shape. Raises CascadeError where
    answers with higher odds are not oftener right.
    """
    x, wanted = odds.ravel(), right.ravel().astype(float)
    here = np.zeros(2)  # the logarithm of the scale, and the shift

    def loss(place: Floats) -> float:
        scaled = np.exp(place[0]) * x + place[1]
        return float((np.logaddexp(0.0, scaled) - wanted * scaled).sum() + _PRIOR * (place**2).sum())

    for _ in range(_STEPS):
        said = AloneFit(float(np.exp(here[0])), float(here[1]))(x)
        rows = np.stack([np.exp(here[0]) * x, np.ones_like(x)])
        slope = rows @ (said - wanted) + 2 * _PRIOR * here
        curve = (rows * (said * (1 - said))) @ rows.T + 2 * _PRIOR * np.eye(2)
        step = np.linalg.solve(curve, slope)
        while loss(here - step) > loss(here) and np.abs(step).max() > _LEAST:  # too far, where the slope is flat
            step = step / 2
        here = here - step
    scale, shift = round(float(np.exp(here[0])), 4), round(float(here[1]), 4)
    if scale < _FLAT:
        raise CascadeError(
            f"of {len(x):,} answers about one type alone, those with higher scores are not oftener right (scale "
            f"{scale:g}); expected documents whose types the classifier can tell apart. Give others with --data"
        )
    return AloneFit(scale, shift)


def odds_alone(
    classifier: Classifier, read_by: TextReader, documents: Sequence[Document], types: Sequence[str], route: Route
) -> tuple[Floats, Rights]:
    """The log-odds of each type, asked for alone, for each gold span of documents that were read for all these types,
    and whether it is right: (spans, types).
    """
    texts = [
        encode(document.text, classifier.tokens, extractor=Route(read_by.number), classifier=route)
        for document in documents
    ]
    spans = [sorted({entity.span for entity in document.entities}) for document in documents]
    readings = read_by.extractor.read(texts, asked_of_extractor(types, read_by.known))
    odds = [
        [yes - none for own in classifier(readings, spans, [name]) for yes, none in own]  # of all documents, in order
        for name in types
    ]
    of_span = [
        {entity.type for entity in document.entities if entity.span == span}
        for document, own in zip(documents, spans, strict=True)
        for span in own
    ]
    return np.array(odds).T, np.array([[name in own for name in types] for own in of_span])


def dev_documents(options: AdapterFolderOptions) -> list[tuple[str, list[Document]]]:
    """The name and the labelled documents of each corpus: of a mixture those that no checkpoint was chosen by, as far
    as there are such.
    """
    if not is_mixture(options.data):
        report = Report()
        documents = list(read(options.data, report=report, language=options.language))
        for line in report.lines():
            print(f"note: not read: {line}", flush=True)
        return [(options.data.stem, documents)]
    mixture, root = read_mixture(options.data), options.data_root or options.data.parent
    entries = [mixture.entries[place] for place in mixture.places_of(options.language)]
    return [(name_of(entry), unseen_dev(entry, root)[0]) for entry in entries if "dev" in entry or "hold_out" in entry]


def asked_of(name: str, every: Sequence[Document], documents: int, types: int) -> list[tuple[Document, list[str]]]:
    """Some of a corpus' documents with entities, the same in every run, with its most frequent types."""
    counts = Counter(entity.type for document in every for entity in document.entities)
    names = sorted(sorted(counts, key=lambda each: (-counts[each], each))[:types])
    labelled = [document for document in every if document.entities]
    drawn = random.Random(f"alone/{name}").sample(labelled, min(documents, len(labelled)))
    kept = (document.with_entities(each for each in document.entities if each.type in names) for document in drawn)
    return [(document, names) for document in kept if document.entities]


def fitted(
    base: BaseModel, shelf: AdapterShelf, adapter: Adapter, items: Sequence[tuple[Document, list[str]]]
) -> tuple[AloneFit, str]:
    """The fit of a classifier on documents with the types to ask for, and a line that says what it changed."""
    reads, root = extractor_of(shelf, adapter), shelf.root(adapter)
    read_by = TextReader.of(base, reads, shelf.root(reads))
    reader = base.reader(root, stacked=root is not adapter)
    number = 0 if root is adapter else reader.number_of(adapter)
    classifier, route = Classifier(reader, base.tokens, BATCH_TOKENS), Route(number, adapter.card.temperature)
    began = time.perf_counter()
    parts = [odds_alone(classifier, read_by, documents, types, route) for types, documents in by_types(items)]
    odds, right = (np.concatenate([part[which].ravel() for part in parts]) for which in (0, 1))
    found = fit_alone(odds, right)
    before, after = (_error(scores, right) for scores in (AloneFit(1.0, 0.0)(odds), found(odds)))
    return found, (
        f"{adapter.name}: log-odds of types alone times {found.scale:g}, plus {found.shift:g}, by {len(odds):,} "
        f"answers about {len(items):,} documents in {time.perf_counter() - began:.0f} s; calibration error on them "
        f"{before}, now {after}"
    )


def _error(scores: Floats, right: Rights) -> str:
    error = calibration_error(list(map(float, scores)), list(map(bool, right)))
    return "-" if error is None else f"{100 * error:.1f}"


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m train.calibrate_alone", description=(__doc__ or "").partition("\n")[0]
    )
    add_adapter_folder_options(
        parser,
        adapters="folder of adapters, whose classifiers' cards get the fit",
        data="mixture with dev documents, or dev documents in any read format",
    )
    parser.add_argument(
        "--documents", type=positive, default=10, help="of each corpus, with entities (default: %(default)s)"
    )
    parser.add_argument(
        "--types", type=positive, default=8, help="most frequent ones of each corpus (default: %(default)s)"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    asked = vars(arguments().parse_args(argv))
    documents, types = asked.pop("documents"), asked.pop("types")
    return exit_status(
        lambda: _fit_all(options_from(AdapterFolderOptions, argparse.Namespace(**asked)), documents, types)
    )


def _fit_all(options: AdapterFolderOptions, documents: int, types: int) -> None:
    shelf = AdapterShelf(options.adapters)
    items = [item for name, every in dev_documents(options) for item in asked_of(name, every, documents, types)]
    if not items:
        raise CascadeError(f"{options.data}: no dev document has entities; expected labelled ones to fit scores on")
    base = BaseModel.load(options.base)
    for adapter in shelf.of_stage("classifier"):
        adapter.check_fits(base)
        found, line = fitted(base, shelf, adapter, items)
        values = {"scale": found.scale, "shift": found.shift}
        replace(adapter.card, asked_alone=values).write(adapter.folder)
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
