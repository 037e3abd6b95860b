"""Trains one stage: prepares its data, fine-tunes an adapter, exports and calibrates it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cascade.adapters.card import STAGES, Adapter, read_adapter, shipped_adapters
from cascade.errors import CascadeError
from cascade.languages.identification import language_code
from cascade.text.tokens import PieceTokens
from train.console import console
from train.corpora.annotation_checks import refuse_faults
from train.corpora.mixtures import is_mixture
from train.experiment import TRAINER, Experiment
from train.merged_base import merged_base
from train.options import TrainingOptions
from train.provenance import check_training, data_provenance, training_provenance
from train.recipe_values import recipe_values
from train.rows.prepared_data import SAMPLE, annotation_faults_of, notes_of, prepared_before
from train.sft import TrainingResult, fine_tune, last_checkpoint, name_text_reader
from train.starting_points import StartingPoint, starting_point, text_extractor
from train.time_budget import set_deadline
from train.trainable_base import base_folder_of


def train_stage(
    stage: str,
    options: TrainingOptions,
    experiment: Experiment | None = None,
    *,
    budget: tuple[float, float] | None = None,
) -> float:
    """Trains one stage and writes its adapter into the folder of that name in `options.out`; returns the seconds that
    writing took.

    An interrupted run in the work folder is continued. experiment: another way to read. budget: when the stage
    has to be trained and scored, in seconds since 1970, and the seconds to train in any case; None for a training by
    steps. Raises CascadeError for data or
    adapters that cannot be trained on, and if the work folder holds something else.
    """
    start = starting_point(stage, options)
    folder, model_type = base_folder_of(options.base)
    if start.root is not None:
        folder = str(merged_base(folder, start.root, options.work_folder.parent / "merged-bases"))
    data, out = options.work_folder / f"{stage}-data", options.work_folder / stage
    provenance = data_provenance(options, start.root)
    if experiment is not None:
        provenance["experiment"] = experiment.name
    tokens_class = PieceTokens if experiment is None else experiment.tokens
    task = _prepared(stage, options, data, folder, provenance, tokens_class, needs_languages=start.root is not None)
    named = "" if options.start_from is None or start.adapter is None else read_adapter(start.adapter).checksum()
    reads = None if stage == "extractor" else text_extractor(options)
    by = "" if reads is None else reads[0].checksum()
    check_training(out, training_provenance(options, provenance, named, by))
    resumed = last_checkpoint(out)
    console().say(f"{stage}: {f'goes on from {resumed}' if resumed else f'starts from {start.in_words()}'}")
    changes = _recipe_changes(options, task, start)
    if budget is not None:
        set_deadline(budget[0], options.scorings, budget[1])
        steps = changes["max_steps"]
        changes |= {"eval_steps": steps, "save_steps": steps, "eval_on_start": True}
        changes["callbacks"] = ["keep_time", *changes["callbacks"]]
    trainer = TRAINER if experiment is None else experiment.trainer
    if reads is not None:
        name_text_reader(*reads, base=options.base)
    result = fine_tune(
        stage,
        base_folder=folder,
        model_type=model_type,
        data=data,
        out=out,
        options=changes,
        trainer=trainer,
        minutes=options.minutes,
    )
    written = time.monotonic()
    calibrated = experiment is None
    temperature = _export(stage, options, task, result, start, data=data, calibrated=calibrated, reads=reads)
    scored = f"dev F1 {100 * result.dev_f1:.1f} from {result.checkpoint.name}, temperature {temperature}"
    console().say(f"{stage}: {scored}; adapter in {options.out / stage}")
    if result.dev_f1 == 0.0:
        console().warn(
            f"{stage}: dev F1 is 0, so this adapter finds nothing of use. It needs more steps (--minutes, --epochs), "
            f"or a pair to start from: --start-from {shipped_adapters() / 'multilingual'}"
        )
    return time.monotonic() - written


def _prepared(
    stage: str,
    options: TrainingOptions,
    data: Path,
    base_folder: str,
    provenance: Mapping[str, str],
    tokens_class: type[PieceTokens],
    *,
    needs_languages: bool,
) -> dict[str, Any]:
    """The task of the stage's data in the folder `data`; prepares the data if needed and prints notes about them."""
    from cascade.model.tokenizer import load_tokens
    from train.preparation import prepare_stage

    task = prepared_before(data, provenance)
    if task is None:
        task = prepare_stage(
            options,
            stage,
            data,
            load_tokens(base_folder, tokens_class),
            provenance=provenance,
            check=lambda made: _check_task(made, options.data, needs_languages=needs_languages),
        )
    for note in notes_of(task):
        console().say(f"note: {note}")
    if options.annotation_faults == "refuse":  # also for data that were prepared earlier
        refuse_faults(annotation_faults_of(task))
    first = stage == min(options.stages, key=STAGES.index)
    if first and options.dev is None and not is_mixture(options.data):
        console().say(
            f"{task['dev_documents']} documents of {options.data} are held out to pick the best checkpoint by: a "
            "fifth, the same in every run"
        )
    console().say(
        f"{stage}: {task['bundles']} bundles of about {task['tokens'] // max(1, task['bundles'])} tokens, "
        f"{task['dev_documents']} dev documents"
    )
    return task


def _check_task(task: Mapping[str, Any], data: Path, *, needs_languages: bool) -> None:
    """Raises CascadeError if prepared data cannot be trained on."""
    if not task["labelled_dev_documents"]:  # also for the extractor, which is trained first
        raise CascadeError(
            "there are no dev documents with entities to pick the best checkpoint by; name some with --dev"
        )
    if needs_languages and not any(map(language_code, task["languages"])):
        raise CascadeError(
            f"{data}: no document names a language that is known, by which a difference is retrieved; name it with "
            "--language, such as de"
        )


def _recipe_changes(options: TrainingOptions, task: Mapping[str, Any], start: StartingPoint) -> dict[str, Any]:
    """The values that replace the recipe's, by ms-swift's names."""
    all_steps = -(-task["bundles"] // options.batch)
    steps = min(options.max_steps or all_steps, all_steps)
    if options.max_steps is not None and steps < options.max_steps:
        enough = -(-options.max_steps * options.epochs // max(1, all_steps))
        console().warn(
            f"{task['stage']}: --max-steps {options.max_steps} is more than the {all_steps} steps that the data have "
            f"with --epochs {options.epochs}, so {steps} are trained; --epochs {enough} has enough"
        )
    every = max(1, -(-steps // options.scorings))
    saved = options.save_every or every
    every = -(-every // saved) * saved  # only what is kept is scored, as the best is chosen by it
    changes: dict[str, Any] = {"max_steps": steps, "eval_steps": every, "save_steps": saved}
    changes |= {"seed": options.seed, "data_seed": options.seed, "per_device_train_batch_size": options.batch}
    if options.learning_rate is not None:
        changes["learning_rate"] = options.learning_rate
    if options.rank is not None:
        changes |= {"lora_rank": options.rank, "lora_alpha": 2 * options.rank}
    changes |= recipe_values(options.recipe_values)
    if start.root is not None:
        changes["eval_on_start"] = True  # scores the adapter that the new one builds on
    if start.adapter is not None:
        changes["adapters"] = [str(start.adapter)]
    text_only = ["adapt_text_only"] if start.root is not None else []
    # queries and the texts that they see come in too many shapes to compile the layers for each
    compiled = ["compile_layers"] if options.compile and task["stage"] == "extractor" else []
    changes["callbacks"] = [*text_only, *compiled, "show_progress"]
    changes["disable_tqdm"] = True  # its bars would fill the log file; `show_progress` shows the same
    return changes


def _export(
    stage: str,
    options: TrainingOptions,
    task: Mapping[str, Any],
    result: TrainingResult,
    start: StartingPoint,
    *,
    data: Path,
    calibrated: bool,
    reads: tuple[Adapter, Adapter] | None,
) -> float:
    """Writes the adapter with its curve, centroid and temperature; returns the temperature.

    The card comes last, because an adapter with a card is complete.
    """
    from cascade.model.base_model import BaseModel
    from train.calibrate import temperature_of
    from train.centroids import write_centroid
    from train.export import export_adapter, write_curve
    from train.rows.centroid_texts import read_centroid_texts
    from train.rows.dev_items import prepared_items
    from train.text_reader import TextReader

    base = BaseModel.load(options.base)
    adapter = export_adapter(
        result,
        task,
        base_fingerprint=base.fingerprint,
        target=options.out / stage,
        options=options.as_texts(),
        root=start.root,
        reads="" if reads is None else reads[0].checksum(),
    )
    write_curve(result.log, options.out / stage)
    write_centroid(base, adapter, read_centroid_texts(data / SAMPLE))
    temperature = 1.0
    if calibrated:
        root, items = start.root or adapter, prepared_items(data / "dev.jsonl")
        read_by = TextReader.of(base, *(reads or (adapter, root)))
        temperature = temperature_of(base, adapter, root, items, read_by)
    replace(adapter.card, temperature=temperature).write(adapter.folder)
    return temperature
