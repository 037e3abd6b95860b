"""Reads files of LLMs4NER's and counts what is found in them: `python -m benchmarks.answer_files FILES`.

The files are lists of {"instruction", "input", "output"}, as github.com/szu-tera/LLMs4NER has them; the
name of a file tells its answer format. For each file, the table shows the entities read, what was lost, and how many
answers are written again letter by letter.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from cascade import CascadeError
from cascade.commands.exit_status import exit_status
from cascade.published.answer_formats import FORMATS, answer_format, read_answer, write_answer
from cascade.published.losses import Losses
from data_formats.json_values import decode, shown
from data_formats.text_files import Source


def form_of(path: Path) -> str:
    """The format that a file's name tells; raises CascadeError if it tells none."""
    words = f"-{re.sub(r'[^a-z]+', '-', path.stem.lower())}-"
    found = [name for name in sorted(FORMATS, key=len, reverse=True) if f"-{name}-" in words]
    if not found:
        raise CascadeError(f"{path}: the name tells no format; expected one of {', '.join(FORMATS)} in it")
    return found[0]


def answers(path: Path) -> list[dict[str, str]]:
    """The rows of a file; raises CascadeError for a file of another form."""
    rows = decode(Source(path).text(), str(path), 1)
    keys = ("input", "output")
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and all(isinstance(row.get(key), str) for key in keys) for row in rows
    ):
        raise CascadeError(f'{path}: holds {shown(rows)}; expected a list of {{"instruction", "input", "output"}}')
    return rows


def counted(path: Path, types: Sequence[str]) -> str:
    """A row of the table for a file."""
    form, losses = form_of(path), Losses()
    entities, same = 0, 0
    rows = answers(path)
    for row in rows:
        spans = read_answer(answer_format(form), row["output"], row["input"], types, losses, nested=True)
        again = write_answer(answer_format(form), row["input"], spans, types, Losses(), nested=True)
        entities += len(spans)
        same += again == row["output"]
    lost = "; ".join(losses.lines()) or "nothing"
    return f"| {form} | {len(rows)} | {entities} | {lost} | {same} |"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.answer_files", description=(__doc__ or "").partition(":")[0] + "."
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--types", default="DNA,RNA,protein,cell_line,cell_type", help="default: %(default)s")
    asked = parser.parse_args(argv)

    def tell() -> None:
        rows = [counted(path, [name.strip() for name in asked.types.split(",")]) for path in asked.files]
        print("| format | answers | entities | lost or noted | written again alike |\n|---|---|---|---|---|")
        print("\n".join(rows))

    return exit_status(tell)


if __name__ == "__main__":
    sys.exit(main())
