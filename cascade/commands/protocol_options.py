"""Command-line options for reading by the protocol of a published system in place of ours."""

from __future__ import annotations

import argparse

from cascade.commands.option_types import named_path, positive, whole_number
from cascade.errors import CascadeError

PROTOCOLS = ("published", "one-stage")
ANSWER_FORMAT = "bracketed"  # of one-stage, unless another one is asked for
# options of each protocol, by their names in the parsed arguments
OF = {
    "published": ("extractor", "classifier", "extractions", "seed"),
    "one-stage": ("model", "answer_format", "nested", "copying", "instruction"),
}
# options of our own way to read, with the values that they have when they are not given
_OURS: dict[str, object] = {
    "adapters": None,
    "pair": None,
    "paragraphs": False,
    "demonstrations": None,
    "min_score": None,
    "thresholds": None,
    "unsure_from": None,
    "top_k": None,
    "multi_label": False,
    "verify_below": None,
    "depth": 1,
    "exact": False,
    "restart": False,
    "max_failures": None,
    "shard_size": None,
    "batch_tokens": None,
}


def add_protocol_options(parser: argparse.ArgumentParser) -> None:
    """Adds --protocol and the options that each protocol has to a command."""
    given = parser.add_argument_group("published systems, for comparison (docs/published-protocol.md)")
    given.add_argument(
        "--protocol",
        choices=PROTOCOLS,
        help="published: CascadeNER's two models that generate; one-stage: one model that generates all entities",
    )
    folder = "folder of a checkpoint of Hugging Face's, or of an adapter of PEFT's"
    given.add_argument("--extractor", metavar="FOLDER", type=named_path, help=f"published: the first model, a {folder}")
    given.add_argument("--classifier", metavar="FOLDER", type=named_path, help="published: the second model")
    given.add_argument(
        "--extractions", metavar="N", type=positive, help="published: mark each text N times and unite (default: 1)"
    )
    given.add_argument(
        "--seed", metavar="N", type=whole_number, help="published: seed of repeated extractions (default: 0)"
    )
    given.add_argument("--model", metavar="FOLDER", type=named_path, help="one-stage: the model")
    given.add_argument(
        "--answer-format",
        metavar="NAME",
        help=f"one-stage: bracketed, xml, json, occurrence-index or offset-json (default: {ANSWER_FORMAT})",
    )
    given.add_argument("--nested", action="store_true", default=None, help="one-stage: keep entities in others")
    given.add_argument(
        "--copying",
        action="store_true",
        default=None,
        help="one-stage: let bracketed and xml answers copy the text alone, with marks of the asked types",
    )
    given.add_argument(
        "--instruction", metavar="FILE", type=named_path, help="one-stage: text ahead of each text, in place of ours"
    )


def check_protocol_options(asked: argparse.Namespace) -> None:
    """Raises CascadeError for options that another protocol has, and for one that is missing."""
    for protocol, names in OF.items():
        foreign = [name for name in names if getattr(asked, name) is not None and asked.protocol != protocol]
        if foreign:
            raise CascadeError(f"{_option(foreign[0])} is given without --protocol {protocol}; expected both")
    if asked.protocol is None:
        return
    ours = [name for name, default in _OURS.items() if getattr(asked, name) != default]
    if asked.job:
        ours.append("job")
    if ours:
        raise CascadeError(
            f"{_option(ours[0])} has no meaning with --protocol {asked.protocol}, which knows neither scores nor our "
            "adapters; leave it out"
        )
    needed = ("extractor", "classifier") if asked.protocol == "published" else ("model",)
    if missing := [name for name in needed if getattr(asked, name) is None]:
        raise CascadeError(
            f"--protocol {asked.protocol} needs {' and '.join(map(_option, needed))}; expected {_option(missing[0])} "
            "with the folder of a checkpoint"
        )
    if asked.protocol == "one-stage":
        from cascade.published.answer_formats import check_copying  # only where it is asked for

        check_copying(asked.answer_format or ANSWER_FORMAT, copying=bool(asked.copying))
    if asked.precision not in ("auto", "fp32", "bf16"):
        raise CascadeError(
            f"--precision {asked.precision} has no meaning with --protocol {asked.protocol}; expected fp32 or bf16"
        )


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
