"""What adapters do to the base model's knowledge of plain text: `python -m benchmarks.general_ability TEXTS`.

Prints the perplexity of the texts, a document a line, under the base model alone, with each adapter on, and with it
switched off again: the last has to equal the first. Texts are read from left to right, as for generation. LLMs4NER
(arXiv 2601.17898) asks the same of its models by tasks of lm-eval; where that is installed, `--tasks` runs some.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cascade import CascadeError
from cascade.adapters.card import CARD, AdapterShelf, read_adapter
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path, positive
from cascade.commands.thread_settings import share_cores
from data_formats.text_files import Source

_SHIPPED = Path(__file__).resolve().parent.parent / "adapters" / "multilingual"


def losses_of(model: Any, tokenizer: Any, texts: Sequence[str], most: int) -> list[float]:
    """The sum of each text's token losses in nats; of a tokenizer that sets no start, the first token has none."""
    import torch

    sums = []
    for text in texts:
        ids = tokenizer(text, return_tensors="pt", truncation=True, max_length=most).input_ids.to(model.device)
        with torch.inference_mode():
            scores = torch.log_softmax(model(ids).logits[0, :-1].float(), dim=-1)
        sums.append(-float(scores.gather(1, ids[0, 1:, None]).sum()))
    return sums


def perplexity(sums: Sequence[float], tokens: int) -> float:
    """The exponential of the mean loss of a token."""
    return math.exp(sum(sums) / tokens)


def root_of(folder: Path) -> Path | None:
    """The adapter that one of ours is a small difference to, among the pairs beside its own; None if it is none.

    Raises AdapterError if it is not there.
    """
    folder = folder.resolve()
    if not (folder / CARD).is_file():
        return None
    adapter = read_adapter(folder)
    return AdapterShelf(folder.parent.parent).root(adapter).folder if adapter.card.builds_on else None


def check_tasks(tasks: Sequence[str]) -> None:
    """Raises CascadeError where tasks are asked for and lm-eval is not installed."""
    if tasks and find_spec("lm_eval") is None:
        raise CascadeError("--tasks needs the package lm_eval; install it: pip install lm-eval")


def rows(base: str, adapters: Sequence[Path], texts: Sequence[str], most: int) -> Iterator[tuple[str, float]]:
    """The perplexity of the texts by what is switched on."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    models: Any = AutoModelForCausalLM
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = models.from_pretrained(base, dtype=torch.float32).eval()
    tokens = sum(len(tokenizer(text, truncation=True, max_length=most).input_ids) - 1 for text in texts)
    if not tokens:
        raise CascadeError("the texts have too few tokens to predict any; expected longer ones")
    alone = losses_of(model, tokenizer, texts, most)
    yield "base model", perplexity(alone, tokens)
    for folder in adapters:
        adapted = PeftModel.from_pretrained(model, str(folder)).eval()
        root = root_of(folder)
        if root is not None:
            adapted.load_adapter(str(root), "root")
            adapted.base_model.set_adapter(["default", "root"])
        for switched, state in ((nullcontext(), "on"), (adapted.disable_adapter(), "off")):
            with switched:
                sums = losses_of(adapted, tokenizer, texts, most)
            if state == "off" and sums != alone:
                raise CascadeError(f"{folder}: with the adapter off the model differs from its base; expected equality")
            yield f"{folder.parent.name}/{folder.name} {state}", perplexity(sums, tokens)
        model = adapted.unload()


def tell_tasks(base: str, adapters: Sequence[Path], tasks: Sequence[str], limit: int | None) -> None:
    """Prints the results of lm-eval's tasks."""
    from lm_eval import simple_evaluate
    from lm_eval.utils import make_table

    for folder in (None, *adapters):
        given = f"pretrained={base}" + (f",peft={folder}" if folder is not None else "")
        results = simple_evaluate(model="hf", model_args=given, tasks=list(tasks), limit=limit)
        print(f"{folder or 'base model'}\n{make_table(results)}", flush=True)


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.general_ability", description=(__doc__ or "").partition(":")[0] + "."
    )
    parser.add_argument("texts", metavar="TEXTS", type=named_path, help="plain text, a document a line")
    parser.add_argument("--base", help="base model by name or folder (default: the embedded Gemma 3 270M)")
    parser.add_argument(
        "--adapters", nargs="+", type=named_path, metavar="FOLDER", help="adapters (default: the shipped multilingual)"
    )
    parser.add_argument(
        "--most-tokens", type=positive, default=1024, help="tokens read of a text (default: %(default)s)"
    )
    parser.add_argument("--tasks", nargs="+", default=[], metavar="TASK", help="tasks of lm-eval, such as gsm8k")
    parser.add_argument("--limit", type=positive, help="cases of each task (default: all)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    share_cores()
    asked = arguments().parse_args(argv)
    adapters = asked.adapters or [_SHIPPED / "extractor", _SHIPPED / "classifier"]

    def tell() -> None:
        from cascade.model.base_folder import base_folder

        check_tasks(asked.tasks)
        for root in filter(None, map(root_of, adapters)):  # before any model is loaded
            print(f"note: with {root.parent.name}/{root.name}, on which another builds", file=sys.stderr)
        texts = [line for _, line in Source(asked.texts).lines() if line.strip()]
        base = base_folder(asked.base)
        print("| model | perplexity |\n|---|---|")
        for name, value in rows(base, adapters, texts, asked.most_tokens):
            print(f"| {name} | {value:.2f} |", flush=True)
        if asked.tasks:
            tell_tasks(base, adapters, asked.tasks, asked.limit)

    return exit_status(tell)


if __name__ == "__main__":
    sys.exit(main())
