"""Reads files of LLMs4NER's and counts what is found in them: `python -m benchmarks.answer_files FILES`.

The files are lists of {"instruction", "input", "output"}, as github.com/szu-tera/LLMs4NER has them; the
name of a file tells its answer format. For each file, the table shows the entities read, what was lost, and how many
answers are written again letter by letter.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from cascade import CascadeError
from cascade.commands.exit_status import exit_status
from cascade.published.answer_formats import FORMATS, answer_format, read_answer, write_answer
from cascade.published.losses import Losses


def form_of(path: Path) -> str:
    """The format that a file's name tells; raises CascadeError if it tells none."""
    words = path.name.replace("_", "-")
    found = [name for name in sorted(FORMATS, key=len, reverse=True) if f"-{name}-" in words]
    if not found:
        raise CascadeError(f"{path}: the name tells no format; expected one of {', '.join(FORMATS)} in it")
    return found[0]


def counted(path: Path, types: Sequence[str]) -> str:
    """A row of the table for a file."""
    form, losses = form_of(path), Losses()
    entities, same = 0, 0
    rows = json.loads(path.read_text(encoding="utf-8"))
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
        rows = [counted(path, asked.types.split(",")) for path in asked.files]
        print("| format | answers | entities | lost or noted | written again alike |\n|---|---|---|---|---|")
        print("\n".join(rows))

    return exit_status(tell)


if __name__ == "__main__":
    sys.exit(main())
