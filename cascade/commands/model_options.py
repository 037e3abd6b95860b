"""Options of commands that read with a model, and the model that they describe."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cascade.commands.lean_imports import unused_left_out
from cascade.commands.option_types import named_path, positive
from cascade.commands.renamed_options import add_renamed_option
from cascade.commands.resting_collector import collector_at_rest
from cascade.errors import CascadeError

if TYPE_CHECKING:
    from cascade.pipeline.facade import Cascade

_ADAPTERS = "folder of adapters (default: the shipped ones)"
_PAIR = "name of the pair that reads all documents, such as multilingual (default: by language)"


def add_model_options(parser: argparse._ActionsContainer, *, old_names: bool = False) -> None:
    """Adds the options that `loaded_cascade` reads, to a parser or a group of its options.

    old_names: whether --pair is known by its old name too.
    """
    parser.add_argument(
        "--base",
        metavar="NAME",
        help="base model by name, folder or GGUF file, such as qwen2.5-coder-0.5b or Qwen/Qwen2-1.5B-Instruct "
        "(default: the embedded Gemma 3 270M)",
    )
    parser.add_argument("--adapters", metavar="FOLDER", type=named_path, help=_ADAPTERS)
    if old_names:
        add_renamed_option(parser, "--pair", old="--adapter", metavar="NAME", help=_PAIR)
    else:
        parser.add_argument("--pair", metavar="NAME", help=_PAIR)
    parser.add_argument("--device", metavar="NAME", help="cpu, cuda, ... (default: a GPU where there is one)")
    parser.add_argument(
        "--precision",
        metavar="NAME",
        default="auto",
        help="int8, bf16, fp32, or the fastest that the device has instructions for (auto)",
    )
    parser.add_argument(
        "--exact",
        action="store_true",
        help="fp32, each text by itself: the same bytes whatever the order, the batch and the neighbours",
    )
    parser.add_argument(
        "--batch-tokens",
        metavar="N",
        type=positive,
        help="tokens that are read at once, padding included (default: 2048 on a CPU, 32768 on a GPU)",
    )


def check_model_options(asked: argparse.Namespace) -> None:
    """Raises CascadeError for options that exclude each other."""
    if asked.exact and asked.batch_tokens is not None:
        raise CascadeError("--exact reads each text by itself; expected it without --batch-tokens")


def gpus_of(device: str | None) -> float:
    """GPUs of each process of Ray that reads."""
    return 1 if device is not None and device.startswith("cuda") else 0


def load_options(asked: argparse.Namespace) -> dict[str, Any]:
    """What the options of models are to `Cascade.load`, by its own names."""
    names = ("base", "adapters", "pair", "device", "precision", "exact", "batch_tokens")
    return {name: getattr(asked, name) for name in names}


def loaded_cascade(asked: argparse.Namespace, *, report: Callable[[str], None], **settings: Any) -> Cascade:
    """The cascade that a command asks for; torch is loaded here, so only after all arguments were checked.

    settings: further ones of `Cascade.load`, such as the lowest score.  Raises CascadeError for options that exclude
    each other.
    """
    check_model_options(asked)
    with collector_at_rest(), unused_left_out():
        from cascade.pipeline.facade import Cascade

        return Cascade.load(**load_options(asked), report=report, **settings)
