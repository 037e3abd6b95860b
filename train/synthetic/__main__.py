"""Command: writes synthetic documents, and the list of their types beside them."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import positive
from cascade.commands.output_options import refuse_overwriting
from cascade.errors import CascadeError
from data_formats.output_files import open_output
from train.synthetic.apart import apart_from
from train.synthetic.documents import documents
from train.synthetic.draw import Sources
from train.synthetic.language import language_codes
from train.synthetic.type_names import BROADER, names_of, type_names


def arguments() -> argparse.ArgumentParser:
    """The command's options."""
    parser = argparse.ArgumentParser(prog="python -m train.synthetic", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="file of JSON lines; OUT.types.json is put beside it")
    parser.add_argument("--documents", type=positive, required=True, help="how many to write")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same bytes (default: 1)")
    parser.add_argument("--languages", default="", help="codes with commas between, such as en,de (default: all)")
    parser.add_argument(
        "--apart-from", type=Path, nargs="+", default=[], metavar="FILE", help="texts to share no value or phrase with"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = arguments().parse_args(argv)
    languages = [code.strip() for code in options.languages.split(",") if code.strip()]
    return exit_status(
        lambda: write(options.out, options.documents, options.seed, languages, apart_from_files=options.apart_from)
    )


def write(
    out: Path, count: int, seed: int, languages: Sequence[str] = (), *, apart_from_files: Sequence[Path] = ()
) -> None:
    """Writes `count` documents and the list of types; raises CascadeError for languages without carriers.

    apart_from_files: data files with which the documents share no value and no phrase.
    """
    known = language_codes()
    if unknown := sorted(set(languages) - set(known)):
        raise CascadeError(f"--languages: no carriers for {', '.join(unknown)}; expected some of {', '.join(known)}")
    types = out.with_suffix(".types.json")
    refuse_overwriting([out, types], apart_from_files)
    counts: Counter[str] = Counter()
    sources = Sources()
    sources.faker("en_US")  # where Faker is missing, no file is begun
    apart = apart_from(apart_from_files) if apart_from_files else None
    out.parent.mkdir(parents=True, exist_ok=True)
    with open_output(out) as stream:
        for row in documents(count, seed, languages, sources=sources, apart=apart):
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            counts.update(entity["type"] for entity in row["entities"])
    with open_output(types) as stream:
        stream.write(_listed(counts))
    print(f"{out}: {count:,} documents, {counts.total():,} entities of {len(counts)} types")


def _listed(counts: Counter[str]) -> str:
    """The other names of each type, broader types for a mixture, and how often each type occurs."""
    names = {name: names_of(name)[1:] for name in type_names()}
    listed = {"names": names, "broader": BROADER, "counts": dict(sorted(counts.items()))}
    return json.dumps(listed, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    sys.exit(main())
