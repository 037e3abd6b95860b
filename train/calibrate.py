"""Fits temperatures that calibrate scores: `python -m train.calibrate --adapters FOLDER --data MIXTURE`.

An adapter's log-probabilities are divided by one number, fitted on dev documents, before they become scores. The
entities that are found do not change. Documents are read without demonstrations. `--data-root CORPORA` is the folder of
the mixture's corpora. `train.run` does the same for the adapters that it trains.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from cascade.adapters.card import Adapter, AdapterShelf
from cascade.commands.exit_status import exit_status
from cascade.errors import CascadeError
from cascade.languages.identification import language_code
from cascade.model.base_model import BaseModel
from cascade.stages.classifier import Classifier
from cascade.stages.decisions import Floats
from cascade.stages.decoding import best_spans, probabilities
from cascade.stages.extractor import Extractor
from cascade.stages.type_trie import TypeTrie
from cascade.text.encoded import Route, encode
from train.adapter_corpora import corpora_for
from train.corpora.dev_documents import dev_items
from train.corpora.mixtures import is_mixture
from train.option_parsers import add_adapter_folder_options
from train.options import AdapterFolderOptions, options_from
from train.rows.dev_items import BATCH_TOKENS, Item, by_types
from train.text_reader import TextReader

_TEMPERATURES = np.geomspace(0.25, 16.0, 145)  # each 3 % above the one before
_PRIOR = 5.0  # penalty in nats for a temperature of e or 1/e; about ten confident mistakes balance it

Loss = Callable[[float], float]


def fit(loss: Loss) -> float:
    """The temperature with the least loss; the loss is in nats, summed over the data.

    With few data the temperature stays near 1.
    """
    return round(
        float(
            _TEMPERATURES[int(np.argmin([loss(float(value)) + _PRIOR * np.log(value) ** 2 for value in _TEMPERATURES]))]
        ),
        3,
    )


def extractor_loss(extractor: Extractor, items: Sequence[Item], number: int = 0, *, depth: int = 1) -> Loss:
    """A function of temperature: the log loss (nats) of the scores of the spans found, each of them right or wrong.

    number: the adapter's number in the stack. depth: the layers of spans that are found.
    """
    found: list[tuple[Floats, list[tuple[int, int]], list[bool]]] = []
    for types, documents in by_types(items):
        route = Route(number)
        texts = [encode(document.text, extractor.tokens, extractor=route) for document in documents]
        decided = extractor.decisions(texts, types, depth=depth)
        for document, parts in zip(documents, decided, strict=True):
            gold = {entity.span for entity in document.entities}
            for pieces, scores in parts:
                spans = best_spans(scores)
                found.append(
                    (scores, spans, [(pieces[first].start, pieces[last].end) in gold for first, last in spans])
                )

    def loss(temperature: float) -> float:
        return -sum(
            float(np.log(max(score if right else 1.0 - score, 1e-9)))
            for scores, spans, rights in found
            for score, right in zip(probabilities(scores / temperature, spans), rights, strict=True)
        )

    return loss


def classifier_loss(classifier: Classifier, items: Sequence[Item], read_by: TextReader, number: int = 0) -> Loss:
    """A function of temperature: the log loss (nats) of the right types of the gold spans.

    read_by: the extractor that reads the texts. number: the classifier's adapter's number in the stack.
    """
    answered: list[tuple[TypeTrie, list[Floats | None], list[int]]] = []
    for types, documents in by_types(items):
        spans = [sorted({entity.span for entity in document.entities}) for document in documents]
        routes = Route(read_by.number), Route(number)
        texts = [
            encode(document.text, classifier.tokens, extractor=routes[0], classifier=routes[1])
            for document in documents
        ]
        trie, answers = read_by.both(classifier, types).answers(texts, spans, types)
        for document, wanted, of_text in zip(documents, spans, answers, strict=True):
            for span, answer in zip(wanted, of_text, strict=True):
                right = [types.index(entity.type) for entity in document.entities if entity.span == span]
                if answer is not None:
                    answered.append((trie, answer, right))

    def loss(temperature: float) -> float:
        return -sum(
            float(np.logaddexp.reduce(trie.log_probabilities(answer, temperature=temperature)[right]))
            for trie, answer, right in answered
        )

    return loss


def temperature_of(
    base: BaseModel, adapter: Adapter, root: Adapter, items: Sequence[Item], read_by: TextReader
) -> float:
    """An adapter's temperature, fitted on dev documents with the types to ask for.

    root: the adapter that this one builds on, or the adapter itself. read_by: of an extractor itself, or of the one
    that reads the classifier's texts.
    """
    if adapter.card.stage == "extractor":
        return fit(extractor_loss(read_by.extractor, items, read_by.number, depth=adapter.card.depth))
    reader = base.reader(root, stacked=root is not adapter)
    number = 0 if root is adapter else reader.number_of(adapter)
    return fit(classifier_loss(Classifier(reader, base.tokens, BATCH_TOKENS), items, read_by, number))


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m train.calibrate", description=(__doc__ or "").splitlines()[0])
    add_adapter_folder_options(
        parser,
        adapters="folder of adapters, whose cards get the temperatures",
        data="mixture with dev documents, or dev documents in any read format",
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _calibrate_all(options_from(AdapterFolderOptions, arguments().parse_args(argv))))


def extractor_of(shelf: AdapterShelf, adapter: Adapter) -> Adapter:
    """The extractor that reads texts for an adapter: itself, or the classifier's neighbour in a pair, or, of one
    without a neighbour, the one that its root's texts are read by.

    Raises CascadeError where there are several and none is a neighbour.
    """
    extractors = shelf.of_stage("extractor")
    if adapter.card.stage == "extractor":
        return adapter
    for each in (adapter, shelf.root(adapter)):
        if beside := [other for other in extractors if other.folder.parent == each.folder.parent]:
            return beside[0]
    whole = shelf.whole("extractor")
    if len(whole) > 1:
        raise CascadeError(
            f"{adapter.folder}: has no extractor beside it, and below {shelf.folder} there are {len(whole)}; "
            "expected one in the same folder"
        )
    return whole[0]


def _calibrate_all(options: AdapterFolderOptions) -> None:
    shelf = AdapterShelf(options.adapters)
    corpora = corpora_for(options)
    if not is_mixture(options.data):
        corpora = [replace(corpus, dev=corpus.documents) for corpus in corpora]
    base = BaseModel.load(options.base)
    for adapter in shelf.adapters:
        adapter.check_fits(base)
        items = dev_items(corpora, adapter.card.stage)
        if adapter.languages:
            items = [item for item in items if language_code(item[0].language or "") in adapter.languages]
        if not any(document.entities for document, _ in items):
            languages = ", ".join(sorted(adapter.languages))
            kept = f"its temperature stays {adapter.card.temperature}"
            print(
                f"{adapter.name}: no dev documents with entities name {languages} as their language (--language?); "
                f"{kept}",
                flush=True,
            )
            continue
        reads = extractor_of(shelf, adapter)
        read_by = TextReader.of(base, reads, shelf.root(reads))
        temperature = temperature_of(base, adapter, shelf.root(adapter), items, read_by)
        # what else was fitted was so on other scores
        replace(adapter.card, temperature=temperature, thresholds={}, asked_alone={}).write(adapter.folder)
        again = "; fit types asked for alone again: python -m train.calibrate_alone" if adapter.card.asked_alone else ""
        again += "; fit thresholds again: python -m train.thresholds --store" if adapter.card.thresholds else ""
        print(f"{adapter.name}: temperature {temperature} by {len(items)} documents{again}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
