"""F1 by genre of English web text: `python -m benchmarks.genres dev.jsonl --treebank en_ewt-ud-dev.conllu`.

The ids of the English Web Treebank's sentences begin with their genres (answers, email, newsgroup, reviews, weblog).
Universal NER's documents lack these ids. So documents are found in the treebank's file by their texts, white space
aside. Texts that occur in several genres, such as *Thanks.*, are left out and counted, as are those that occur in none.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.quality import ends, own_types, scores_of, unlabelled
from benchmarks.reading_options import add_reading_options, asked_cascade
from cascade import CascadeError, Document
from cascade.commands.exit_status import exit_status
from cascade.scoring.scores import score
from cascade.whole_files import write_whole
from data_formats import read
from data_formats.text_files import Source

ALL = "all of these"


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.genres", description=(__doc__ or "").partition(":")[0])
    parser.add_argument("data", type=Path, metavar="DATA", help="Universal NER's documents of English web text")
    parser.add_argument("--treebank", type=Path, required=True, help="the treebank's CoNLL-U file of the same split")
    add_reading_options(parser)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    return parser


def genres_of(treebank: Path) -> dict[str, set[str]]:
    """The genres of each text, white space left out, by the ids of the sentences: `weblog` of `weblog-blogspot.com_x`.

    Raises CascadeError for a file without such sentences.
    """
    genres: dict[str, set[str]] = {}
    genre = ""
    for _, line in Source(treebank).lines():
        name, _, value = line.partition("=")
        if name.strip() == "# sent_id":
            genre = value.strip().partition("-")[0]
        elif name.strip() == "# text" and genre:
            genres.setdefault(_key(value), set()).add(genre)
            genre = ""
    if not genres:
        raise CascadeError(f"{treebank}: has no sentence with '# sent_id' and '# text'; expected a treebank's CoNLL-U")
    return genres


def by_genre(
    documents: Iterable[Document], genres: Mapping[str, set[str]]
) -> tuple[dict[str, list[Document]], dict[str, int]]:
    """The documents of each genre, in alphabetical order, and how many were left out, by reason."""
    found: dict[str, list[Document]] = {}
    left_out = {"of several genres": 0, "not in the treebank": 0}
    for document in documents:
        possible = genres.get(_key(document.text), set())
        if len(possible) == 1:
            found.setdefault(next(iter(possible)), []).append(document)
        else:
            left_out["of several genres" if possible else "not in the treebank"] += 1
    return dict(sorted(found.items())), left_out


def _key(text: str) -> str:
    return "".join(text.split())


def line(name: str, row: Mapping[str, Any]) -> str:
    """A row of the table; fractions in percent."""
    return (
        f"{name:<16}{row['sentences']:>10,}{row['entities']:>10,}{100 * row['f1']:>8.1f}  {ends(row['interval']):<14}"
        f"{100 * row['span_f1']:>9.1f}{100 * row['type_accuracy']:>8.1f}"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _measure(arguments().parse_args(argv)))


def _measure(options: argparse.Namespace) -> None:
    documents = list(read(options.data))
    parts, left_out = by_genre(documents, genres_of(options.treebank))
    if not parts:
        raise CascadeError(f"{options.data}: no text of it is in {options.treebank}; expected the same split of both")
    types = own_types(documents)
    cascade = asked_cascade(options)
    print(f"{'genre':<16}{'sentences':>10}{'entities':>10}{'F1':>8}  {'95 % interval':<14}{'span F1':>9}{'types':>8}")
    found = {name: cascade(unlabelled(part), types) for name, part in parts.items()}
    rows: dict[str, dict[str, Any]] = {}
    for name, names in [*((name, [name]) for name in parts), (ALL, list(parts))]:
        gold = [document for each in names for document in parts[each]]
        rows[name] = {
            "sentences": len(gold),
            "entities": sum(len(document.entities) for document in gold),
            **scores_of(score(gold, [document for each in names for document in found[each]])),
        }
        print(line(name, rows[name]), flush=True)
    for reason, count in left_out.items():
        if count:
            print(f"left out: {count:,} sentences {reason}")
    if options.json is not None:
        figures = {"types": types, "left_out": left_out, "genres": rows}
        write_whole(options.json, json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
