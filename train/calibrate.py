"""Temperatures that make scores honest: `python -m train.calibrate --adapters FOLDER --data MIXTURE --data-root CORPORA`.

Each adapter's log-probabilities are divided by one number, fitted on dev documents, before they become scores.  What is found stays as it is.
`train.run` does the same for the adapters that it makes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from cascade.adapter import Adapter, AdapterShelf
from cascade.adapter_stack import AdapterStack
from cascade.base_model import BaseModel
from cascade.calibration import at_temperature
from cascade.classifier import Classifier
from cascade.decisions import Floats, best_sequence, span_probabilities, spans_of
from cascade.document import Document
from cascade.extractor import Extractor
from data_formats.exit_status import exit_status
from data_formats.json_lines import from_object
from train.corpora import load_corpora
from train.prepare import dev_of

_TEMPERATURES = np.geomspace(0.25, 16.0, 145)  # each 3 % above the one before
_BATCH_TOKENS = 2048

Item = tuple[Document, list[str]]
Loss = Callable[[float], float]


def fit(loss: Loss) -> float:
    """The temperature of least loss."""
    return round(float(_TEMPERATURES[int(np.argmin([loss(float(value)) for value in _TEMPERATURES]))]), 3)


def extractor_loss(extractor: Extractor, items: Sequence[Item], number: int = 0) -> Loss:
    """By temperature, the mean log loss (nats) of the scores of the spans that are found, each right or wrong; number: of the adapter in the stack."""
    found: list[tuple[Floats, list[tuple[int, int]], list[bool]]] = []
    for documents, types in _by_types(items):
        decided = extractor.decisions([document.text for document in documents], types, adapters=[number] * len(documents))
        for document, (pieces, scores) in zip(documents, decided, strict=True):
            gold = {entity.span for entity in document.entities}
            spans = spans_of(best_sequence(scores))
            found.append((scores, spans, [(pieces[first].start, pieces[last].end) in gold for first, last in spans]))

    def loss(temperature: float) -> float:
        losses = [
            -np.log(max(score if right else 1.0 - score, 1e-9))
            for scores, spans, rights in found
            for score, right in zip(span_probabilities(scores / temperature, spans), rights, strict=True)
        ]
        return float(np.mean(losses)) if losses else abs(np.log(temperature))

    return loss


def classifier_loss(classifier: Classifier, items: Sequence[Item], number: int = 0) -> Loss:
    """By temperature, the mean log loss (nats) of the right types of the gold spans; number: of the adapter in the stack."""
    answered: list[tuple[Floats, list[int]]] = []
    for documents, types in _by_types(items):
        spans = [sorted({entity.span for entity in document.entities}) for document in documents]
        judged = classifier([document.text for document in documents], spans, types, adapters=[number] * len(documents))
        for document, wanted, judgements in zip(documents, spans, judged, strict=True):
            for span, judgement in zip(wanted, judgements, strict=True):
                answered.append((judgement, [types.index(entity.type) for entity in document.entities if entity.span == span]))

    def loss(temperature: float) -> float:
        losses = [-np.logaddexp.reduce(at_temperature(judgement, temperature)[right]) for judgement, right in answered]
        return float(np.mean(losses)) if losses else abs(np.log(temperature))

    return loss


def calibrate(base: BaseModel, adapter: Adapter, root: Adapter, items: Sequence[Item]) -> float:
    """Fits an adapter's temperature on dev documents with the types to ask for, writes it into its card and returns it.

    root: what the adapter is a difference to, or itself.
    """
    reader, number = base.reader(root, stacked=root is not adapter), 0
    if isinstance(reader.stack, AdapterStack):
        number = reader.stack.number_of(adapter)
    if adapter.card.stage == "extractor":
        loss = extractor_loss(Extractor(reader, base.tokens, _BATCH_TOKENS), items, number)
    else:
        loss = classifier_loss(Classifier(reader, base.tokens, _BATCH_TOKENS), items, number)
    temperature = fit(loss)
    replace(adapter.card, temperature=temperature).write(adapter.folder)
    return temperature


def prepared_items(file: Path) -> list[Item]:
    """The dev documents of prepared data, with the types to ask for."""
    rows = [json.loads(json.loads(line)["document"]) for line in file.read_text(encoding="utf-8").splitlines()]
    return [(from_object(row["document"], str(file)), row["types"]) for row in rows]


def _by_types(items: Sequence[Item]) -> Iterator[tuple[list[Document], list[str]]]:
    groups: dict[tuple[str, ...], list[Document]] = {}
    for document, types in items:
        groups.setdefault(tuple(types), []).append(document)
    for names, documents in groups.items():
        yield documents, list(names)


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m train.calibrate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--adapters", type=Path, required=True, help="folder of adapters, whose cards get the temperatures")
    parser.add_argument("--data", type=Path, required=True, help="mixture with dev documents, or dev documents in any read format")
    parser.add_argument("--data-root", type=Path, help="folder that a mixture's paths start from (default: the mixture's)")
    parser.add_argument("--language", help="only the entries of a mixture that name this language")
    parser.add_argument("--base", help="base model by name or folder (default: the embedded one)")
    parser.add_argument("--seed", type=int, default=1)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    return exit_status(lambda: _calibrate_all(arguments().parse_args(argv)))


def _calibrate_all(options: argparse.Namespace) -> None:
    shelf = AdapterShelf(options.adapters)
    corpora = load_corpora(options.data, data_root=options.data_root, seed=options.seed, language=options.language)
    corpora = [corpus if corpus.dev else replace(corpus, dev=corpus.documents) for corpus in corpora] if len(corpora) == 1 else corpora
    base = BaseModel.load(options.base)
    for adapter in shelf.adapters:
        adapter.check_fits(base.name, base.fingerprint)
        items = dev_of(corpora, adapter.card.stage)
        if shelf.is_special(adapter):
            items = [(document, types) for document, types in items if document.language in adapter.card.languages]
        if not any(document.entities for document, _ in items):
            print(f"{adapter.name}: no dev documents with entities in {', '.join(adapter.card.languages)}; its temperature stays {adapter.card.temperature}")
            continue
        print(f"{adapter.name}: temperature {calibrate(base, adapter, shelf.root(adapter), items)} by {len(items)} documents", flush=True)


if __name__ == "__main__":
    sys.exit(main())
