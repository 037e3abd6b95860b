"""Compares systems on your own data: `python -m benchmarks.systems --train T --dev D --test X --out FOLDER`.

The systems are our two stages, CascadeNER's protocol, LLMs4NER's five answer formats and, where a checkpoint is named,
GLiNER. What is not trained yet is trained on the same base model and documents for the same number of tokens. Then each
reads the same test documents. All is kept in FOLDER: the same command goes on where it was cut off. FOLDER gets
`systems.json` and `systems.md`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from cascade.commands.asked_types import asked_taxonomy
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path, positive
from cascade.commands.thread_settings import share_cores


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.systems",
        description="Compares published systems with ours on your own data, on one base model and with as many "
        "training tokens for each.",
    )
    add_data_options(parser)
    parser.add_argument("--only", metavar="a,b", help="systems, in the order in which they are compared (default: all)")
    parser.add_argument("--types", metavar="a,b,c", help="types to compare (default: those of the training documents)")
    parser.add_argument("--taxonomy", metavar="FILE", type=named_path, help="types with levels or descriptions")
    parser.add_argument("--nested", action="store_true", help="keep entities that lie in others (default: the longest)")
    parser.add_argument("--gliner", metavar="FOLDER", type=named_path, help="a checkpoint of GLiNER's, read as it is")
    parser.add_argument(
        "--extractions", metavar="N", type=positive, default=3, help="of cascadener-repeated (default: %(default)s)"
    )
    parser.set_defaults(flat=False)
    return parser


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that all comparisons of trained systems have."""
    parser.add_argument("--train", metavar="DATA", type=named_path, required=True, help="documents in any read format")
    parser.add_argument("--dev", metavar="DATA", type=named_path, help="dev documents (default: a tenth of --train)")
    parser.add_argument("--test", metavar="DATA", type=named_path, required=True, help="documents that are read")
    parser.add_argument("--out", metavar="FOLDER", type=named_path, required=True, help="folder of all that is made")
    parser.add_argument(
        "--train-tokens",
        metavar="N",
        type=positive,
        default=300_000,
        help="tokens that each system is trained on, all its models together (default: %(default)s)",
    )
    parser.add_argument(
        "--test-sentences", metavar="N", type=positive, default=500, help="documents of --test (default: %(default)s)"
    )
    parser.add_argument("--base", metavar="NAME", help="base model (default: the embedded Gemma 3 270M)")
    parser.add_argument(
        "--batch", metavar="N", type=positive, default=8, help="rows a step of models that generate (default: 8)"
    )
    parser.add_argument(
        "--seed", metavar="N", type=int, default=1, help="of draws and trainings (default: %(default)s)"
    )
    parser.add_argument(
        "--compile", action="store_true", help="compile layers in training: faster on CPU (needs a C++ compiler)"
    )
    parser.add_argument("--device", metavar="NAME", help="such as cpu or cuda (default: the fastest there is)")
    parser.add_argument(
        "--precision",
        choices=("fp32", "bf16"),
        help="of models that generate, when they read (default: bf16 on a GPU, fp32 on a CPU)",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    share_cores()

    def work() -> None:
        asked = arguments().parse_args(argv)
        from benchmarks.systems.comparing import Comparison, compare  # torch, after the threads are set

        compare(Comparison.of(asked, taxonomy=asked_taxonomy(asked)), asked.out)

    return exit_status(work, interrupted="interrupted; the same command goes on from there")


if __name__ == "__main__":
    sys.exit(main())
