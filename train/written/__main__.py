"""Command: writes the written texts as a corpus, train.jsonl and dev.jsonl in a folder."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cascade.commands.exit_status import exit_status
from cascade.commands.output_options import refuse_overwriting
from cascade.errors import CascadeError, not_written
from data_formats.output_files import open_output
from train.corpora.absent_types import ABSENT
from train.corpora.listed_types import LISTED
from train.synthetic.apart import apart_from
from train.written.marked_texts import MarkedText, marked_texts

TEXTS = Path(__file__).resolve().parent / "texts"
NEAR_MISSES = TEXTS.with_name("near_misses")  # texts that name types they have none of
LISTS = TEXTS.with_name("lists")  # texts below the list of all types that are marked in them
_PARTS = ("train", "dev")
_DEV = 25  # one text in so many is for dev


def arguments() -> argparse.ArgumentParser:
    """The command's options."""
    parser = argparse.ArgumentParser(prog="python -m train.written", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for train.jsonl and dev.jsonl")
    parser.add_argument(
        "--texts",
        type=Path,
        default=TEXTS,
        help=f"folder of the texts, such as {NEAR_MISSES} or {LISTS} (default: %(default)s)",
    )
    parser.add_argument(
        "--apart-from", type=Path, nargs="+", default=[], metavar="FILE", help="texts to share no value or phrase with"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = arguments().parse_args(argv)
    return exit_status(lambda: write(options.out, texts=options.texts, apart_from_files=options.apart_from))


def write(out: Path, *, texts: Path = TEXTS, apart_from_files: Sequence[Path] = ()) -> None:
    """Writes the texts of all files in a folder; one text in 25 is for dev.

    apart_from_files: data files with which the texts share no value and no phrase; those that do are left out, and
    counted. Raises CascadeError for a line of another form.
    """
    refuse_overwriting([out / f"{part}.jsonl" for part in _PARTS], apart_from_files)
    apart = apart_from(apart_from_files) if apart_from_files else None
    parts: dict[str, list[dict[str, Any]]] = {part: [] for part in _PARTS}
    read = left_out = 0
    for file in sorted(texts.glob("*.txt")):
        for number, marked in enumerate(marked_texts(file)):
            read += 1
            if apart is not None and apart.shares(marked.text):
                left_out += 1
            else:
                row = _row(f"{file.stem}-{number}", marked)
                parts["train" if (number + 1) % _DEV else "dev"].append(row)
    if not read:
        raise CascadeError(f"{texts}: holds no texts; expected files NAME.txt with a marked text a line")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CascadeError(f"--out {out}: {not_written(error)}") from error
    for part, rows in parts.items():
        with open_output(out / f"{part}.jsonl") as stream:
            stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    entities = [entity for rows in parts.values() for row in rows for entity in row["entities"]]
    counted = f"{len(parts['train']):,} and {len(parts['dev']):,} documents, {len(entities):,} entities"
    print(
        f"{out}: {counted} of {len({each['type'] for each in entities}):,} types; {left_out} of {read:,} texts left out"
    )


def _row(identity: str, marked: MarkedText) -> dict[str, Any]:
    entities = [{"start": start, "end": end, "type": name} for start, end, name in marked.text.spans]
    row = {"id": identity, "text": marked.text.text, "language": marked.language, "entities": entities}
    said = {ABSENT: list(marked.absent), LISTED: list(marked.listed)}
    return {**row, "fields": fields} if (fields := {name: types for name, types in said.items() if types}) else row


if __name__ == "__main__":
    sys.exit(main())
