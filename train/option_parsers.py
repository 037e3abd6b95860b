"""Command-line arguments that several training commands share, with the defaults of `train.options`."""

from __future__ import annotations

import argparse

from cascade.adapters.card import DEMONSTRATIONS
from cascade.commands.option_types import named_path, positive
from cascade.commands.renamed_options import add_renamed_option
from cascade.stages.nesting import MOST_DEPTH
from train.corpora.annotation_checks import FAULT_CHOICES
from train.options import CorpusOptions, PreparationOptions


def names(text: str) -> tuple[str, ...]:
    """Comma-separated names, in their order."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def add_corpus_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say, beside --data, what is read."""
    parser.add_argument(
        "--data-root", type=named_path, help="folder that a mixture's paths start from (default: the mixture's)"
    )
    parser.add_argument(
        "--language",
        help="language of documents that name none, such as de; with a mixture, read only entries of this language and "
        "those for replay",
    )
    parser.add_argument("--seed", type=int, default=CorpusOptions.seed)


def add_base_option(parser: argparse.ArgumentParser) -> None:
    """Adds --base."""
    parser.add_argument("--base", help="base model by name, folder or GGUF file (default: the embedded one)")


def add_adapter_folder_options(parser: argparse.ArgumentParser, *, adapters: str, data: str) -> None:
    """Adds the options of `AdapterFolderOptions`; `adapters` and `data` are the help texts of these two."""
    parser.add_argument("--adapters", type=named_path, required=True, help=adapters)
    parser.add_argument("--data", type=named_path, required=True, help=data)
    add_corpus_options(parser)
    add_base_option(parser)


def add_preparation_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `PreparationOptions`."""
    parser.add_argument(
        "--data",
        type=named_path,
        required=True,
        help="training documents in any read format, or a mixture of corpora (.yaml)",
    )
    parser.add_argument(
        "--dev",
        type=named_path,
        help="dev documents, to pick the best checkpoint (default: a fifth of --data; a mixture names its own)",
    )
    parser.add_argument(
        "--dev-documents",
        type=positive,
        default=PreparationOptions.dev_documents,
        help="score at most this many documents of --dev (default: %(default)s)",
    )
    add_corpus_options(parser)
    add_renamed_option(
        parser,
        "--without-corpora",
        old="--without",
        type=names,
        default=PreparationOptions.without_corpora,
        metavar="NAMES",
        help="names of mixture entries to leave out, separated by commas, such as a domain to test on",
    )
    parser.add_argument(
        "--without-types",
        type=names,
        default=PreparationOptions.without_types,
        metavar="TYPES",
        help="types to keep out of the training, separated by commas, so that they can be tested",
    )
    parser.add_argument(
        "--fixed-types",
        action="store_true",
        help="ask for the documents' own types in all prompts: better for these types, worse for any others",
    )
    add_base_option(parser)
    parser.add_argument(
        "--epochs",
        type=positive,
        default=PreparationOptions.epochs,
        help="passes over the data; with a mixture, each draws other documents (default: %(default)s)",
    )
    parser.add_argument(
        "--taxonomy", type=named_path, help="taxonomy of the types, to train on the names of all its levels"
    )
    parser.add_argument(
        "--demonstrations",
        choices=DEMONSTRATIONS,
        default=PreparationOptions.demonstrations,
        help="show examples from other documents in front of half of the documents",
    )
    parser.add_argument(
        "--depth",
        type=int,
        choices=range(1, MOST_DEPTH + 1),
        default=PreparationOptions.depth,
        help="layers of entities within others that the extractor learns to find (default: %(default)s, the outermost)",
    )
    add_renamed_option(
        parser,
        "--annotation-faults",
        old="--faults",
        choices=FAULT_CHOICES,
        default=PreparationOptions.annotation_faults,
        help="what to do with annotation that overlaps, conflicts or cuts words: use it and say so, or refuse it",
    )
