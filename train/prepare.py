"""Documents into SWIFT data: `python -m train.prepare --stage extractor --data train.jsonl --dev dev.jsonl --out
folder`.

Writes `train.jsonl` (bundles of packed rows as our encoder makes them), `dev.jsonl` (documents to score), `texts.jsonl`
(a sample of the texts that are trained on, but for replay, for the adapter's centroid) and, last and in one step,
`task.json` (what was made from what): with it the data are whole.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Any

from cascade.adapters.card import DEMONSTRATIONS, STAGES
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path, positive
from cascade.demonstrations.examples import NOTHING, Demonstrations, Examples, as_asked_for, demonstration_tokens
from cascade.document import Document
from cascade.errors import CascadeError
from cascade.model.base_model import load_tokens
from cascade.model.embedded import EMBEDDED, embedded_folder
from cascade.reading.row import pack
from cascade.stages.classifier import classification_passage, layers
from cascade.stages.decisions import flat, labels_of
from cascade.stages.extractor import extraction_passage
from cascade.stages.type_trie import NONE_OF_THESE, build_trie
from cascade.taxonomy.parsing import read_taxonomy
from cascade.text.pieces import covering, cut
from cascade.text.sentences import sentence_starts
from cascade.text.tokens import PieceTokens
from data_formats import Report
from train.corpora.annotation_checks import WAYS, check_types, faults_of, refuse
from train.corpora.broader_types import with_wider
from train.corpora.held_out_types import without_types
from train.corpora.levels import by_level
from train.corpora.loading import Corpus, add_corpus_options, load_corpora
from train.corpora.mixtures import is_mixture
from train.corpora.prompts import MOST_TYPES, Prompt, corpus_types, sample_prompt
from train.rows.bundle import ROW_LENGTHS, TrainingRow, bundles, training_row
from train.rows.parts import parts
from train.rows.prepared_data import counted, notes_of, write_prepared

DEV_DOCUMENTS = 1000  # scoring takes about 20 seconds a time with so many
_PART = ROW_LENGTHS[-1] // 2  # tokens of a document that stand in one row at most
_SAMPLED_TEXTS = 2000  # for the centroid; 100 do nearly as well (`python -m benchmarks.domains`)
_HELD_OUT = 0.2  # share of the documents that become dev documents where none are named
# share of the documents with examples in front of them, where some are asked for (not tuned); the rest is read without
_WITH_DEMONSTRATIONS = 0.5
_REPLAY = 0.3  # share of the tokens that corpora for replay have, if they have so many
_CHUNK = 256  # documents packed together: enough to fill rows, few enough to keep them mixed


@dataclass(frozen=True, slots=True)
class Sample:
    """A window of a document: its pieces' tokens, and the gold spans as (first piece, last piece, type); examples:
    what stands in front.
    """

    pieces: tuple[tuple[int, ...], ...]
    spans: tuple[tuple[int, int, str], ...]
    examples: Examples = NOTHING

    @property
    def length(self) -> int:
        """Tokens of the window."""
        return sum(len(piece) for piece in self.pieces)

    def before(self, prompt: Prompt, tokens: PieceTokens) -> tuple[int, ...]:
        """Tokens of the examples, their types as the prompt names them."""
        return demonstration_tokens(as_asked_for(self.examples, prompt.names), tokens)


def samples_of(document: Document, tokens: PieceTokens, *, size: int) -> Iterator[Sample]:
    """The parts of a document, cut between sentences where they can be and not inside a span; one that no part
    holds whole is left out.
    """
    pieces = cut(document.text)
    encoded = tokens.pieces(document.text, pieces)
    spans = []
    for entity in document.entities:
        covered = covering(pieces, entity.start, entity.end)
        if covered:
            spans.append((*covered, entity.type))
    starts = sentence_starts(document.text, pieces)
    for part_first, part_last in parts([len(ids) for ids in encoded], starts, [span[:2] for span in spans], size=size):
        inside = tuple(
            (first - part_first, last - part_first, name)
            for first, last, name in spans
            if part_first <= first and last < part_last
        )
        yield Sample(tuple(encoded[part_first:part_last]), inside)


def cut_through(corpora: Sequence[Corpus], tokens: PieceTokens) -> list[str]:
    """A line for each corpus with entities that no part holds whole, as they or chains of overlapping ones are too
    long.
    """
    lines = []
    for corpus in corpora:
        where = []
        for document in corpus.documents:
            if document.entities and len(document.text.encode()) > _PART:  # a token has a byte or more
                pieces = cut(document.text)
                wanted = sum(covering(pieces, entity.start, entity.end) is not None for entity in document.entities)
                where += [document.id] * (
                    wanted - sum(len(sample.spans) for sample in samples_of(document, tokens, size=_PART))
                )
        if where:
            what = f"entities that no part of {_PART} tokens holds whole, learnt as none"
            lines.append(f"corpus {corpus.name!r}: {what}: {len(where):,}, the first in document {where[0]!r}")
    return lines


def extractor_row(samples: Sequence[Sample], prompt: Prompt, tokens: PieceTokens) -> TrainingRow:
    """The row of samples with the labels of the spans that the prompt asks for."""
    passages = []
    for sample in samples:
        wanted = flat((first, last) for first, last, name in sample.spans if name in prompt.names)
        passages.append(
            extraction_passage(
                sample.pieces, labels_of(wanted, len(sample.pieces)), before=sample.before(prompt, tokens)
            )
        )
    return training_row(tokens.prefix(prompt.types), passages, [tokens.labels])


def classifier_row(samples: Sequence[Sample], prompt: Prompt, tokens: PieceTokens) -> TrainingRow:
    """The row of samples with all spans marked; those whose type the prompt does not name are `none of these`."""
    if prompt.types is None:
        raise ValueError("the classifier's prompt names its types")
    trie = build_trie(prompt.types, tokens)
    passages = []
    for sample in samples:
        spans = [(first, last) for first, last, _ in sample.spans]
        answers = [trie.names.index(prompt.names.get(name, NONE_OF_THESE)) for _, _, name in sample.spans]
        for layer in layers(spans):
            marked, right = [spans[place] for place in layer], [answers[place] for place in layer]
            passage, _ = classification_passage(
                sample.pieces, marked, trie, tokens.marks, right, before=sample.before(prompt, tokens)
            )
            passages.append(passage)
    return training_row(tokens.prefix(prompt.types), passages, trie.questions)


def corpus_rows(
    corpus: Corpus, stage: str, tokens: PieceTokens, source: random.Random, *, demonstrations: str = "none"
) -> list[TrainingRow]:
    """Training rows of one corpus, each of sentences that share a prompt, at most ROW_LENGTHS long (or one sentence).

    demonstrations: the kind that stands in front of half of the sentences, taken from the corpus' other sentences.
    """
    types = corpus_types(corpus.documents)
    if not types:
        raise CascadeError(f"corpus {corpus.name!r}: no document has an entity; expected typed entities to train on")
    index = Demonstrations(corpus.documents, demonstrations) if demonstrations != "none" else None
    samples: list[Sample] = []
    for document in corpus.documents:
        examples = (
            index.find(document.text) if index is not None and source.random() < _WITH_DEMONSTRATIONS else NOTHING
        )
        samples += [replace(sample, examples=examples) for sample in samples_of(document, tokens, size=_PART)]
    if stage == "classifier":
        samples = [sample for sample in samples if sample.spans]
    source.shuffle(samples)
    rows = _long_rows(
        [samples.pop() for _ in range(round(corpus.shares.long * len(samples)))], types, corpus, stage, tokens, source
    )
    reserve = 6 + 3 * min(
        len(types), MOST_TYPES
    )  # tokens kept free for the prefix; a row that still grows too long gives its last sentence back
    back: list[Sample] = []
    for first in range(0, len(samples), _CHUNK):
        chunk, back = [*back, *samples[first : first + _CHUNK]], []
        lengths = [_length(sample, stage, types, tokens) for sample in chunk]
        for shortest, longest in pairwise((0, *ROW_LENGTHS)):
            group = [index for index, length in enumerate(lengths) if shortest < length + reserve <= longest]
            for members in pack([lengths[index] for index in group], capacity=longest - reserve):
                chosen = [chunk[group[member]] for member in members]
                row = _row(chosen, types, corpus, stage, tokens, source)
                while len(row.ids) > longest and len(chosen) > 1:
                    back.append(chosen.pop())
                    row = _row(chosen, types, corpus, stage, tokens, source)
                rows.append(row)
        longer = [sample for sample, length in zip(chunk, lengths, strict=True) if length + reserve > ROW_LENGTHS[-1]]
        rows += [_row([sample], types, corpus, stage, tokens, source) for sample in longer]
    rows += [_row([sample], types, corpus, stage, tokens, source) for sample in back]
    return rows


def _long_rows(
    samples: Sequence[Sample],
    types: Sequence[str],
    corpus: Corpus,
    stage: str,
    tokens: PieceTokens,
    source: random.Random,
) -> list[TrainingRow]:
    """Rows with long prompts, half of each for the types."""
    longest = ROW_LENGTHS[-1]
    lengths = [_length(sample, stage, types, tokens) for sample in samples]
    rows = []
    for members in pack(lengths, capacity=longest // 2):
        chosen, left = [samples[member] for member in members], list[Sample]()
        while chosen:
            row = _row(chosen, types, corpus, stage, tokens, source, long=True)
            if len(row.ids) <= longest or len(chosen) == 1:
                rows.append(row)
                chosen, left = left, []
            else:
                left.append(chosen.pop())
    return rows


def _length(sample: Sample, stage: str, types: Sequence[str], tokens: PieceTokens) -> int:
    """Tokens of a sample in a row, about: a span costs the classifier two marks and a token of a branch."""
    before = demonstration_tokens(as_asked_for(sample.examples, {name: name for name in types}), tokens)
    return sample.length + len(before) + (3 * len(sample.spans) if stage == "classifier" else 0)


def _row(
    samples: Sequence[Sample],
    types: Sequence[str],
    corpus: Corpus,
    stage: str,
    tokens: PieceTokens,
    source: random.Random,
    *,
    long: bool = False,
) -> TrainingRow:
    present = [name for name in types if any(name == span[2] for sample in samples for span in sample.spans)]
    prompt = sample_prompt(
        types,
        present,
        corpus.absent,
        source,
        any_type=stage == "extractor",
        long=long,
        never=corpus.never,
        shares=corpus.shares,
    )
    prompt = with_wider(prompt, types, corpus.wider, source)
    return (extractor_row if stage == "extractor" else classifier_row)(samples, prompt, tokens)


def prepare(
    draws: Sequence[Sequence[Corpus]], stage: str, tokens: PieceTokens, *, seed: int, demonstrations: str = "none"
) -> list[list[TrainingRow]]:
    """Bundles of all epochs in training order; draws: the corpora of each epoch, whose prompts and order are drawn anew
    too.

    Of the corpora for replay as many rows are taken, at random, as make up three tenths of the tokens, or all.
    demonstrations: as in `corpus_rows`.
    """
    result = []
    for epoch, corpora in enumerate(draws):
        source = random.Random(f"{seed}/{stage}/{epoch}")
        made = [
            (corpus.replay, corpus_rows(corpus, stage, tokens, source, demonstrations=demonstrations))
            for corpus in corpora
        ]
        rows, replayed = ([row for replay, part in made if replay == asked for row in part] for asked in (False, True))
        source.shuffle(replayed)
        rows += _within_share(replayed, rows)
        source.shuffle(rows)
        packed = bundles(rows)
        source.shuffle(packed)
        result += packed
    return result


def _within_share(replayed: Sequence[TrainingRow], rows: Sequence[TrainingRow]) -> list[TrainingRow]:
    """The first of the rows for replay, as many as make up their share of the tokens beside the others."""
    most = _REPLAY / (1 - _REPLAY) * sum(len(row.ids) for row in rows)
    before = accumulate((len(row.ids) for row in replayed), initial=0)
    return [row for row, tokens in zip(replayed, before, strict=False) if tokens < most]


def sample_of(documents: Iterable[Document], *, seed: int) -> list[str]:
    """Texts drawn from those of the documents, for a centroid."""
    texts = sorted({document.text for document in documents})
    return random.Random(seed).sample(texts, min(_SAMPLED_TEXTS, len(texts)))


def held_out(corpus: Corpus, *, most: int) -> Corpus:
    """The corpus with a share of its documents, drawn alike in every run, as dev documents instead."""
    places = list(range(len(corpus.documents)))
    random.Random("dev").shuffle(places)
    chosen = set(places[: min(most, round(_HELD_OUT * len(places)))])
    kept, dev = (
        [document for place, document in enumerate(corpus.documents) if (place in chosen) == held]
        for held in (False, True)
    )
    return replace(corpus, documents=tuple(kept), dev=tuple(dev), dev_types=tuple(corpus_types(corpus.documents)))


def dev_of(corpora: Sequence[Corpus], stage: str) -> list[tuple[Document, list[str]]]:
    """The dev documents of each corpus with its types; the classifier is scored on those with entities."""
    result = []
    for corpus in corpora:
        types = list(corpus.dev_types) or corpus_types([*corpus.documents, *corpus.dev])
        result += [(document, types) for document in corpus.dev if document.entities or stage == "extractor"]
    return result


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m train.prepare", description=__doc__.splitlines()[0] if __doc__ else None
    )
    parser.add_argument("--stage", choices=STAGES, required=True)
    parser.add_argument(
        "--data", type=named_path, required=True, help="training documents in any read format, or a mixture (.yaml)"
    )
    parser.add_argument(
        "--dev", type=named_path, help="dev documents (default: a fifth of --data; a mixture names its own)"
    )
    parser.add_argument(
        "--dev-documents",
        type=positive,
        default=DEV_DOCUMENTS,
        help="at most so many of --dev are scored (default: %(default)s)",
    )
    add_corpus_options(parser)
    parser.add_argument(
        "--without",
        default="",
        help="names of a mixture's entries that are left out, separated by commas, such as a domain to test on",
    )
    parser.add_argument(
        "--without-types", default="", help="types that nothing is trained on, separated by commas, to test on"
    )
    parser.add_argument(
        "--taxonomy", type=named_path, help="taxonomy that the types are from, to train on the names of all its levels"
    )
    parser.add_argument(
        "--demonstrations",
        choices=DEMONSTRATIONS,
        default="none",
        help="examples from the other documents in front of half of them",
    )
    add_faults_option(parser)
    parser.add_argument("--base", help="base model by name or folder (default: the embedded one)")
    parser.add_argument("--out", type=named_path, required=True)
    parser.add_argument(
        "--epochs",
        type=positive,
        default=1,
        help="passes over the data; of a mixture, each draws other documents (default: %(default)s)",
    )
    return parser


def add_faults_option(parser: argparse.ArgumentParser) -> None:
    """Adds the option that says what becomes of documents whose annotation has faults."""
    parser.add_argument(
        "--faults",
        choices=WAYS,
        default="use",
        help="annotation that overlaps, conflicts, or is off the words: use and say so, or refuse",
    )


def run(
    options: argparse.Namespace,
    tokens: PieceTokens | None = None,
    *,
    made_for: Mapping[str, str] | None = None,
    check: Callable[[Mapping[str, Any]], None] = lambda task: None,
) -> dict[str, Any]:
    """Prepares one stage's data as the options say; returns `task.json`.

    made_for: what a later run knows the data by.  check: is given the task before anything is written, and may refuse
    it by an error.
    """
    tokens = tokens or load_tokens(options.base or str(embedded_folder()))
    without = [name for name in options.without.split(",") if name]
    chosen = {"data_root": options.data_root, "seed": options.seed, "language": options.language, "without": without}
    reading = Report()
    draws = [load_corpora(options.data, **chosen, report=reading)]
    draws += [load_corpora(options.data, **chosen, epoch=epoch) for epoch in range(1, options.epochs)]
    if options.dev is not None:
        parts_of_dev = load_corpora(options.dev, data_root=options.data_root, seed=options.seed, report=reading)
        given = [document for part in parts_of_dev for document in part.documents]
        random.Random("dev").shuffle(given)
        draws[0][0] = replace(draws[0][0], dev=tuple(given[: options.dev_documents]), dev_types=())
    elif not is_mixture(options.data):
        draws = [[held_out(corpus, most=options.dev_documents) for corpus in corpora] for corpora in draws]
    if options.without_types and options.taxonomy is not None:
        raise CascadeError(
            "--without-types and --taxonomy are both given; expected one, as a taxonomy is trained on as a whole"
        )
    check_types(draws[0], tokens)
    faults = faults_of(draws[0]) + cut_through(draws[0], tokens)
    if options.faults == "refuse":
        refuse(faults)
    draws = without_types(draws, [name for name in options.without_types.split(",") if name])
    taxonomy = read_taxonomy(options.taxonomy) if options.taxonomy is not None else None
    asked = (
        draws
        if taxonomy is None
        else [[part for corpus in corpora for part in by_level(corpus, taxonomy, options.stage)] for corpora in draws]
    )
    shared = (
        options.language if is_mixture(options.data) else None
    )  # a mixture's entry may name several languages that share adapters
    own = [corpus for draw in draws for corpus in draw if not corpus.replay]
    named = shared.split("+") if shared else {language for corpus in own for language in corpus.languages}
    about = {
        "base": options.base or EMBEDDED,
        "seed": options.seed,
        "epochs": options.epochs,
        "demonstrations": options.demonstrations,
        "faults": faults,
        "not_read": reading.lines(),
        "languages": sorted(named),
        "types": corpus_types([document for draw in asked for corpus in draw for document in corpus.documents]),
        "data": [
            {
                "name": each[0].name,
                "documents": sum(len(corpus.documents) for corpus in each),
                "entities": sum(len(document.entities) for corpus in each for document in corpus.documents),
                "licence": each[0].licence,
                **({"replay": True} if each[0].replay else {}),
            }
            for each in zip(*draws, strict=True)
        ],
    }
    trained_on = [
        [corpus for corpus in draw if corpus.documents or not corpus.dev] for draw in asked
    ]  # without those of dev documents alone
    made = prepare(trained_on, options.stage, tokens, seed=options.seed, demonstrations=options.demonstrations)
    dev = dev_of(asked[0], options.stage)
    if taxonomy is not None and len(dev) > options.dev_documents:  # a document is one more at each level
        dev = random.Random("dev").sample(dev, options.dev_documents)
    task = {**about, **counted(options.stage, made, dev), **({} if made_for is None else {"made_for": dict(made_for)})}
    check(task)
    texts = sample_of((document for corpus in own for document in corpus.documents), seed=options.seed)
    write_prepared(options.out, made, dev, texts, task)
    return task


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    return exit_status(lambda: _prepare_as_asked(arguments().parse_args(argv)))


def _prepare_as_asked(options: argparse.Namespace) -> None:
    task = run(options)
    for note in notes_of(task):
        print(f"note: {note}")
    print(
        f"{options.out}: {task['bundles']} bundles, {task['tokens']:,} tokens, {task['decisions']:,} decisions, "
        f"{task['dev_documents']} dev documents"
    )


if __name__ == "__main__":
    sys.exit(main())
