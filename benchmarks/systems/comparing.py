"""Trains and reads with each system in turn, and writes the results after each."""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.systems.compared_documents import Compared, compared_documents, unlabelled
from benchmarks.systems.comparison_table import result, table
from benchmarks.systems.kept_folders import alone_in, digest_of, kept_folder
from benchmarks.systems.kept_readings import Reading, kept_reading
from benchmarks.systems.methods import GLINER, OURS, Method, chosen, methods
from benchmarks.systems.reading_systems import Reader, check_gliner, reader_of
from benchmarks.systems.trained_models import trained
from benchmarks.systems.training_plan import Say, TrainingPlan, as_values
from cascade import CascadeError, Taxonomy
from cascade.whole_files import write_whole


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared: systems, in their order, and how they are trained and read.

    precision: of models that generate.
    """

    plan: TrainingPlan
    systems: Sequence[Method]
    device: str
    precision: str
    gliner: Path | None = None

    @classmethod
    def of(cls, asked: argparse.Namespace, taxonomy: Taxonomy | None) -> Comparison:
        """What a command's options ask for; the files are read, and what was left out of them is told."""
        systems = chosen(methods(asked.extractions), asked.only, gliner=asked.gliner is not None)
        if asked.gliner is not None and any(system.name == GLINER for system in systems):
            check_gliner(asked.gliner)
        for file in (asked.train, asked.dev, asked.test):
            if file is not None and not file.exists():
                raise CascadeError(f"{file}: there is no such file; expected labelled documents in any read format")
        compared = compared_documents(
            asked.train,
            asked.dev,
            asked.test,
            taxonomy,
            test_sentences=asked.test_sentences,
            seed=asked.seed,
            nested=asked.nested,
        )
        return cls.on(compared, systems, asked)

    @classmethod
    def on(
        cls,
        compared: Compared,
        systems: Sequence[Method],
        asked: argparse.Namespace,
        *,
        described: bool = False,
        drawn_types: bool = False,
    ) -> Comparison:
        """The comparison of systems on documents that were read already; options as of `TrainingPlan`."""
        from cascade.model.devices import usable_device

        device = str(usable_device(asked.device))
        plan = TrainingPlan(
            compared,
            asked.out,
            asked.base,
            asked.train_tokens,
            asked.batch,
            asked.seed,
            described=described,
            drawn_types=drawn_types,
            compile=asked.compile,
        )
        precision = asked.precision or ("bf16" if device.startswith("cuda") else "fp32")
        return cls(plan, systems, device, precision, asked.gliner)


def compare(comparison: Comparison, out: Path) -> list[dict[str, Any]]:
    """The rows of all systems; `systems.json` and `systems.md` in the folder `out` hold those that are ready."""
    plan, rows = comparison.plan, []
    with alone_in(out) as lock:
        for note in plan.compared.notes:
            say(f"note: {note}")
        for method in comparison.systems:
            models = trained(method, plan, say=say, lock=lock)
            reading = read(comparison, method, models, say)
            rows.append(result(method, plan.compared.test, reading, models))
            write_results(out, comparison, rows)
            print(table(rows[-1:]), flush=True)
    print(table(rows), flush=True)
    return rows


def read(comparison: Comparison, method: Method, models: dict[str, Any], say: Say) -> Reading:
    """What a system finds in the test documents; parts that were read before are taken from its folder."""
    plan = comparison.plan
    made_from = {
        "test": digest_of(plan.compared.test),
        "models": {name: plan.folder_of(name).name for name in models},
        "method": [method.form, method.copying, method.extractions],
        "nested": plan.compared.nested,
        "device": comparison.device.partition(":")[0],
        "precision": "auto" if method.name == OURS else comparison.precision,
        "gliner": None,
        "seed": plan.seed,
    }
    if method.name == GLINER:  # of others, the models depend on the types
        made_from["gliner"] = [str(comparison.gliner), as_values(plan.compared.taxonomy.roots)]
    folder = kept_folder(plan.out / "readings", method.name, made_from)
    say(f"{method.name}: reads {len(plan.compared.test):,} documents, in {folder}")

    def load() -> Reader:
        return reader_of(
            method,
            plan,
            device=comparison.device,
            precision=comparison.precision,
            seed=plan.seed,
            gliner=comparison.gliner,
        )

    reading = kept_reading(folder, unlabelled(plan.compared.test), load)
    gc.collect()  # the models of a system are large, and the next one loads its own
    return reading


def write_results(out: Path, comparison: Comparison, rows: Sequence[dict[str, Any]]) -> None:
    """Writes the rows and what they were measured with."""
    plan = comparison.plan
    about = {
        "base": plan.base or "embedded",
        "train_tokens": plan.tokens,
        "train_documents": len(plan.compared.train),
        "test_sentences": len(plan.compared.test),
        "types": list(plan.compared.taxonomy.labels().values()),
        "nested": plan.compared.nested,
        "seed": plan.seed,
        "device": comparison.device,
        "precision": comparison.precision,
        "notes": list(plan.compared.notes),
        "machine": machine(),
        "rows": list(rows),
    }
    write_whole(out / "systems.json", json.dumps(about, indent=1, ensure_ascii=False) + "\n")
    write_whole(out / "systems.md", table(rows))


def say(message: str) -> None:
    """Prints a line for the user beside the results."""
    print(message, file=sys.stderr, flush=True)
