"""Speed and memory against peers on one machine: `python -m benchmarks.speed --data CONLL2003/test.jsonl --types
person,organization,...`.

Each contender is a process of its own that loads once; then all read in turn, round after round, so that a machine
shared with others slows all alike. Ratios are taken within each round.  A contender whose package is missing is named
with the `pip install` it needs and left out.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from cascade import CascadeError, Document
from cascade.commands.exit_status import exit_status
from cascade.model.embedded import embedded_folder
from cascade.whole_files import write_whole
from data_formats import read_texts

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = "ours"
_SHARES_OF_SLOW = {"alone": 0.05, "batched": 0.13}  # share of the sentences that contenders get that take seconds each
_WARM_UP = 8  # sentences


@dataclass(frozen=True, slots=True)
class Contender:
    """A module of `benchmarks.contenders` with its arguments, and whether it runs in the peers' environment."""

    module: str
    arguments: tuple[str, ...] = ()
    peer: bool = False


CONTENDERS = {
    "ours": Contender("ours"),
    "ours-float": Contender("ours", ("float",)),
    "protocol": Contender("cascadener_protocol", ("alone",)),
    "protocol-once": Contender("cascadener_protocol", ("alone", "once")),
    "protocol-bf16": Contender("cascadener_protocol", ("alone", "bf16")),
    "protocol-bf16-once": Contender("cascadener_protocol", ("alone", "bf16", "once")),
    "protocol-batched": Contender("cascadener_protocol", ("batched",)),
    "protocol-batched-once": Contender("cascadener_protocol", ("batched", "once")),
    "gliner-mdeberta-base": Contender("gliner_random", ("mdeberta-base", "float"), peer=True),
    "gliner-mdeberta-base-packed": Contender("gliner_random", ("mdeberta-base", "float", "packed"), peer=True),
    "gliner-mdeberta-base-int8": Contender("gliner_random", ("mdeberta-base", "int8"), peer=True),
    "gliner-mdeberta-base-int8-packed": Contender("gliner_random", ("mdeberta-base", "int8", "packed"), peer=True),
    "gliner-deberta-small": Contender("gliner_random", ("deberta-small", "float"), peer=True),
    "gliner-deberta-base": Contender("gliner_random", ("deberta-base", "float"), peer=True),
    "gliner-deberta-large": Contender("gliner_random", ("deberta-large", "float"), peer=True),
    "spacy": Contender("spacy_pipeline", (), peer=True),
    "limit": Contender("matrix_rate"),
}


@dataclass(slots=True)
class Runner:
    """A contender's process and what it has measured: sentences a second, one a round; characters: of a sentence that
    it reads, on average.
    """

    name: str
    process: subprocess.Popen[str]
    sentences: int
    characters: float = 0.0
    load_seconds: float = 0.0
    rates: list[float] = field(default_factory=list)
    last: dict[str, float] = field(default_factory=dict)

    def ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """The process' answer to one line; raises CascadeError where it has died."""
        assert self.process.stdin is not None and self.process.stdout is not None  # noqa: PT018
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise CascadeError(
                f"contender {self.name!r} ended with status {self.process.wait()}; its messages are above"
            )
        answer: dict[str, Any] = json.loads(line)
        return answer

    def hang_up(self) -> None:
        """Tells the process that there are no more questions."""
        if self.process.stdin is not None:
            self.process.stdin.close()

    def round(self) -> None:
        """Reads its sentences once."""
        self.last = self.ask({"count": self.sentences})
        self.rates.append(self.sentences / self.last["seconds"])


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="documents with entities, in any read format")
    parser.add_argument("--types", default="person,organization,location")
    parser.add_argument(
        "--number-of-types", type=int, help="as many types, filled up from benchmarks/types.txt (300 names)"
    )
    parser.add_argument(
        "--sentences",
        type=int,
        default=500,
        help="the first so many (default: %(default)s); slow contenders get fewer, of all lengths",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--contenders", default=",".join(CONTENDERS), help="separated by commas (default: %(default)s)")
    parser.add_argument(
        "--peers-python",
        default=sys.executable,
        help="Python with the peers' packages, which need other versions than this project",
    )
    parser.add_argument(
        "--base",
        help="base model of our contenders and of the protocol's (default: the embedded one); random ones: "
        "benchmarks.random_base",
    )
    parser.add_argument("--adapters", type=Path)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    return parser


def types_of(named: Sequence[str], number: int | None) -> list[str]:
    """The types named, filled up to `number` from the list of this folder."""
    listed = (ROOT / "benchmarks" / "types.txt").read_text(encoding="utf-8").split("\n")
    filled = list(dict.fromkeys([*named, *filter(None, listed)]))
    return list(named) if number is None else filled[:number]


def of_all_lengths(documents: Sequence[Document], count: int) -> list[Document]:
    """So many of the documents, in their order: of equal parts by length the middle one of each, so that they are about
    as long on average.
    """
    by_length = sorted(range(len(documents)), key=lambda place: len(documents[place].text))
    middles = {by_length[(2 * part + 1) * len(documents) // (2 * count)] for part in range(count)}
    return [documents[place] for place in sorted(middles)]


def start(name: str, settings: Mapping[str, Any], python: str, documents: Sequence[Document]) -> Runner | None:
    """The contender, loaded and warm; None where a package is missing.  settings: the job but for the sentences."""
    contender = CONTENDERS[name]
    share = _SHARES_OF_SLOW[contender.arguments[0]] if contender.module == "cascadener_protocol" else 1.0
    read = of_all_lengths(documents, max(1, round(len(documents) * share)))
    texts = [document.text for document in read]
    job = {
        **settings,
        "texts": texts,
        "spans": [[(entity.start, entity.end, entity.type) for entity in document.entities] for document in read],
    }
    command = [
        python if contender.peer else sys.executable,
        "-W",
        "ignore",
        "-m",
        f"benchmarks.contenders.{contender.module}",
        *contender.arguments,
    ]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    runner = Runner(name, process, len(texts), characters=statistics.mean(map(len, texts)))
    answer = runner.ask(job)
    if "missing" in answer:
        where = f" in the environment of {python}" if contender.peer else ""
        print(
            f"{name}: left out, as the package {answer['missing']!r} is missing; run: pip install "
            f"{answer['missing']}{where}",
            flush=True,
        )
        process.wait()
        return None
    runner.load_seconds = answer["load_seconds"]
    runner.ask({"count": min(_WARM_UP, runner.sentences)})
    return runner


def compete(runners: Sequence[Runner], rounds: int) -> None:
    """All contenders in turn, `rounds` times; what is measured stays when the user interrupts."""
    try:
        for _ in range(rounds):
            for runner in runners:
                runner.round()
    except KeyboardInterrupt:
        print("interrupted; the table holds what was measured", flush=True)
    finally:
        for runner in runners:
            runner.hang_up()
        for runner in runners:
            runner.process.wait()


def figures(runners: Sequence[Runner]) -> dict[str, dict[str, Any]]:
    """Rates, ratios of the reference to each contender within each round, memory and load time, by contender."""
    reference = next((runner for runner in runners if runner.name == REFERENCE), None)
    found: dict[str, dict[str, Any]] = {}
    for runner in runners:
        if not runner.rates or runner.name == "limit":
            continue
        row: dict[str, Any] = {"sentences": runner.sentences, "characters_a_sentence": round(runner.characters, 1)}
        row |= {"rates": runner.rates, "sentences_per_second": statistics.median(runner.rates)}
        if reference is not None and reference.rates:
            ratios = [mine / other for mine, other in zip(reference.rates, runner.rates, strict=False)]
            row |= {"ours_is_times_as_fast": statistics.median(ratios), "ratios": ratios}
        found[runner.name] = row | {"peak_gb": runner.last["peak_gb"], "load_seconds": runner.load_seconds}
    return found


def limit(runners: Sequence[Runner]) -> dict[str, float]:
    """The share of the matrix rate that each of our runs reaches: of the floating-point rate, and of the 8-bit one."""
    rates = next((runner.last for runner in runners if runner.name == "limit"), None)
    if rates is None:
        return {}
    shares = {}
    for runner in runners:
        if runner.name.startswith("ours") and runner.last:
            reached = runner.last["flop"] / runner.last["seconds"]
            for name in ("float", "int8"):
                if rates.get(f"flop_per_second_{name}"):
                    shares[f"{runner.name} of the {name} rate"] = reached / rates[f"flop_per_second_{name}"]
    return {**shares, **{name: value for name, value in rates.items() if name.startswith("flop")}}


def table(found: Mapping[str, Mapping[str, Any]], shares: Mapping[str, float]) -> str:
    """What a person reads."""
    lines = [f"{'contender':<29}{'ours is':>12}{'sentences/s':>13}{'spread':>18}{'memory':>10}{'load':>9}"]
    for name, row in found.items():
        ratio = f"{row['ours_is_times_as_fast']:.1f} x" if "ours_is_times_as_fast" in row else ""
        spread = f"{min(row['rates']):.2f} to {max(row['rates']):.2f}"
        lines.append(
            f"{name:<29}{ratio:>12}{row['sentences_per_second']:>13.2f}{spread:>18}{row['peak_gb']:>7.2f} "
            f"GB{row['load_seconds']:>7.1f} s"
        )
    lines += [
        f"{name}: {value:.2f}" if value < 100 else f"{name}: {value / 1e9:,.0f} G" for name, value in shares.items()
    ]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    return exit_status(lambda: _measure(arguments().parse_args(argv)))


def _measure(options: argparse.Namespace) -> None:
    wanted = options.contenders.split(",")
    if unknown := [name for name in wanted if name not in CONTENDERS]:
        raise CascadeError(f"--contenders: {', '.join(unknown)}; expected some of {', '.join(CONTENDERS)}")
    from cascade.model.devices import usable_device
    from cascade.model.precision import Precision, fast_dtype

    documents: list[Document] = list(islice(read_texts(options.data), options.sentences))
    if not documents:
        raise CascadeError(f"{options.data}: no documents; expected sentences to read")
    settings = {
        "types": types_of(options.types.split(","), options.number_of_types),
        "float": Precision(fast_dtype(usable_device(None)), int8=False).name,
        "tokenizer": str(embedded_folder()),
        "base": str(options.base) if options.base else None,
        "adapters": str(options.adapters.resolve()) if options.adapters else None,
    }
    runners = [runner for name in wanted if (runner := start(name, settings, options.peers_python, documents))]
    compete(runners, options.rounds)
    found, shares = figures(runners), limit(runners)
    print(table(found, shares))
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        setting = {
            "machine": machine() | {"float": settings["float"]},
            "sentences": len(documents),
            "types": settings["types"],
        }
        value = {**setting, "contenders": found, "limit": shares}
        write_whole(options.json, json.dumps(value, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
