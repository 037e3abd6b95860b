"""Both stages with one command: `python -m train.run --data train.jsonl --dev dev.jsonl --out adapters/my`.

Prepares the data, trains the extractor and then the classifier with ms-swift, and writes two adapter folders with
cards.  Started again after an interruption it goes on from the last checkpoint.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cascade.adapters.card import DEMONSTRATIONS, PROMPT_VERSION, STAGES, Adapter, read_adapter, shortened
from cascade.adapters.lora_config import read_lora_config
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path, positive
from cascade.errors import CascadeError
from cascade.languages.identification import language_code, named_language
from cascade.model.embedded import EMBEDDED, embedded_folder
from train import provenance as made_for
from train.corpora.annotation_checks import refuse
from train.corpora.loading import add_corpus_options
from train.corpora.mixtures import is_mixture
from train.prepare import DEV_DOCUMENTS, add_faults_option
from train.recipe_values import recipe_values
from train.rows.prepared_data import SAMPLE, notes_of, prepared_before
from train.sft import best_checkpoint, check_known, fine_tune, last_checkpoint
from train.tuner_arguments import FREE, check_target_layers

_MODEL_TYPES = {
    "gemma3_text": "gemma3_text",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "llama": "llama3_2",
}  # config.model_type -> ms-swift's name


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m train.run", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--data",
        type=named_path,
        required=True,
        help="training documents in any read format, or a mixture of corpora (.yaml)",
    )
    parser.add_argument(
        "--dev",
        type=named_path,
        help="dev documents, to pick the best checkpoint (default: a fifth of --data; a mixture names its own)",
    )
    parser.add_argument(
        "--dev-documents",
        type=positive,
        default=DEV_DOCUMENTS,
        help="at most so many of --dev are scored (default: %(default)s)",
    )
    add_corpus_options(parser)
    parser.add_argument(
        "--without",
        default="",
        help="names of a mixture's entries that are left out, separated by commas, such as a domain to test on",
    )
    parser.add_argument(
        "--without-types", default="", help="types that nothing is trained on, separated by commas, to test on"
    )
    parser.add_argument("--out", type=named_path, required=True, help="folder of the two adapters")
    parser.add_argument(
        "--work", type=named_path, help="folder of prepared data, checkpoints and logs (default: runs/NAME OF OUT)"
    )
    parser.add_argument("--base", help="base model by name or folder (default: the embedded one)")
    parser.add_argument("--stages", default=",".join(STAGES), help="extractor,classifier (default) or one of them")
    parser.add_argument(
        "--epochs",
        type=positive,
        default=1,
        help="passes over the data; of a mixture, each draws other documents (default: %(default)s)",
    )
    parser.add_argument("--max-steps", type=positive, help="stop a stage after so many steps (default: all data)")
    parser.add_argument(
        "--batch", type=positive, default=1, help="bundles of 512 tokens a step; more on a GPU (default: %(default)s)"
    )
    parser.add_argument(
        "--scorings",
        type=positive,
        default=8,
        help="how often a stage is scored on dev and saved (default: %(default)s)",
    )
    parser.add_argument("--learning-rate", type=float, help="default: the recipe's")
    parser.add_argument(
        "--compile",
        action="store_true",
        help="compile the layers: a minute to start, then a third faster on CPU (needs a C++ compiler)",
    )
    parser.add_argument("--start-from", type=named_path, help="folder of two adapters, as --out is, to train on from")
    parser.add_argument(
        "--build-on",
        type=named_path,
        help="folder of two adapters that the new ones are small differences to, such as one language's own",
    )
    parser.add_argument(
        "--taxonomy", type=named_path, help="taxonomy that the types are from, to train on the names of all its levels"
    )
    parser.add_argument(
        "--demonstrations",
        choices=DEMONSTRATIONS,
        default="none",
        help="examples from the other documents in front of half of them",
    )
    add_faults_option(parser)
    parser.add_argument("--rank", type=positive, help="rank of the adapters (default: the recipe's)")
    parser.add_argument(
        "--recipe",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="values that take the place of the recipe's, as ms-swift names them",
    )
    parser.add_argument(
        "--cold-classifier",
        action="store_true",
        help="start the classifier from nothing instead of from the extractor's adapter",
    )
    return parser


def go_offline(base: str | None) -> None:
    """Keeps all libraries from looking anything up, unless the base model itself has to come from a hub; before
    they are imported, as they read it then.
    """
    if base is None or base == EMBEDDED or Path(base).is_dir():
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_UPDATE_DOWNLOAD_COUNTS", "0")


def base_folder_of(base: str | None) -> tuple[str, str]:
    """The base model's folder or hub name and ms-swift's name of its kind; raises CascadeError for kinds that were
    not tried.
    """
    from transformers import AutoConfig

    from cascade.model.model_files import reading_files_of

    folder = (
        base
        if base is not None and base != EMBEDDED
        else str(embedded_folder(report=lambda message: print(message, file=sys.stderr)))
    )
    with reading_files_of(folder):
        kind = AutoConfig.from_pretrained(folder).model_type
    if kind not in _MODEL_TYPES:
        raise CascadeError(f"base model {folder!r} is of kind {kind!r}; expected one of {', '.join(_MODEL_TYPES)}")
    return folder, _MODEL_TYPES[kind]


def train_stage(stage: str, options: argparse.Namespace, work: Path, start_from: Path | None) -> None:
    """Trains one stage, from the adapter in `start_from` where there is one, and exports its adapter."""
    from cascade.model.base_model import BaseModel, load_tokens
    from train import prepare

    folder, model_type = base_folder_of(options.base)
    root = _adapter_for(stage, options.build_on, "--build-on") if options.build_on is not None else None
    if root is not None and root.card.demonstrations != options.demonstrations:
        raise CascadeError(
            f"{root.folder}: was trained with demonstrations {root.card.demonstrations!r}; expected the same for what "
            "builds on it, "
            f"so name --demonstrations {root.card.demonstrations}"
        )
    if root is not None:
        folder = str(merged_base(folder, root, work.parent / "merged-bases"))
    data, out = work / f"{stage}-data", work / stage
    wanted = made_for.of_data(options, root)
    task = prepared_before(data, wanted)
    if task is None:
        chosen = argparse.Namespace(**{**vars(options), "stage": stage, "out": data})
        needs_languages = root is not None
        task = prepare.run(
            chosen,
            load_tokens(folder),
            made_for=wanted,
            check=lambda made: _check_task(made, options.data, needs_languages=needs_languages),
        )
    for note in notes_of(task):
        print(f"note: {note}", flush=True)
    if options.faults == "refuse":  # of data that were prepared before, too
        refuse(task.get("faults", ()))
    if options.dev is None and not is_mixture(options.data):
        print(f"{stage}: documents of {options.data} are held out to pick the best checkpoint by", flush=True)
    print(
        f"{stage}: {task['bundles']} bundles of about {task['tokens'] // max(1, task['bundles'])} tokens, "
        f"{task['dev_documents']} dev documents",
        flush=True,
    )
    named = "" if options.start_from is None else _adapter_for(stage, options.start_from, "--start-from").checksum()
    made_for.check_training(out, made_for.of_training(options, wanted, named))
    all_steps = -(-task["bundles"] // options.batch)
    steps = min(options.max_steps or all_steps, all_steps)
    every = max(1, -(-steps // options.scorings))
    overrides: dict[str, Any] = {
        "max_steps": steps,
        "eval_steps": every,
        "save_steps": every,
        "seed": options.seed,
        "data_seed": options.seed,
    }
    overrides["per_device_train_batch_size"] = options.batch
    if options.learning_rate is not None:
        overrides["learning_rate"] = options.learning_rate
    if options.rank is not None:
        overrides |= {"lora_rank": options.rank, "lora_alpha": 2 * options.rank}
    overrides |= recipe_values(options.recipe)
    if root is not None:
        overrides["eval_on_start"] = True  # what the adapter that it builds on scores
    overrides["callbacks"] = [*(["adapt_text_alone"] if root else []), *(["compile_layers"] if options.compile else [])]
    if start_from is not None:
        overrides["adapters"] = [str(start_from)]
    resumed = last_checkpoint(out)
    print(
        f"{stage}: {f'goes on from {resumed}' if resumed else f'starts from {_start_in_words(root, start_from)}'}",
        flush=True,
    )
    result = fine_tune(stage, base_folder=folder, model_type=model_type, data=data, out=out, options=overrides)
    from train.calibrate import temperature_of
    from train.centroids import sampled_texts, write_centroid
    from train.export import export_adapter, write_curve
    from train.rows.dev_items import prepared_items

    given = {name: str(value) for name, value in vars(options).items()}
    adapter = export_adapter(
        result,
        task,
        base_folder=folder,
        target=options.out / stage,
        options=given,
        builds_on=root.checksum() if root else "",
    )
    write_curve(result.log, options.out / stage)
    base = BaseModel.load(options.base)
    write_centroid(base, adapter, sampled_texts(data / SAMPLE))
    temperature = temperature_of(base, adapter, root or adapter, prepared_items(data / "dev.jsonl"))
    replace(adapter.card, temperature=temperature).write(
        adapter.folder
    )  # last, as an adapter with a card is a whole one
    scored = f"dev F1 {100 * result.dev_f1:.1f} from {result.checkpoint.name}, temperature {temperature}"
    print(f"{stage}: {scored}; adapter in {options.out / stage}", flush=True)


def _start_of(stage: str, options: argparse.Namespace, work: Path) -> Path | None:
    """The folder of the adapter that a stage starts from: the one asked for, the extractor's for the classifier, or
    None.
    """
    if options.start_from is not None:
        return _adapter_for(stage, options.start_from, "--start-from").folder
    if stage != "classifier" or options.cold_classifier or options.build_on is not None:
        return None
    extractor = best_checkpoint(work / "extractor")
    if extractor is None:
        raise CascadeError(
            f"{work}: there is no trained extractor for the classifier to start from; "
            "train both stages, name the --work folder of an extractor's run "
            "or two adapters with --start-from, or let it start from nothing with --cold-classifier"
        )
    return extractor


def _start_in_words(root: Adapter | None, start_from: Path | None) -> str:
    if root is not None:
        return f"a new adapter, which is a difference to {root.folder}"
    return "a new adapter" if start_from is None else f"the adapter in {start_from}"


def _adapter_for(stage: str, folder: Path, option: str) -> Adapter:
    adapter = read_adapter((folder / stage).resolve())
    read_lora_config(adapter.folder)
    card = adapter.card
    if card.prompt_version != PROMPT_VERSION or card.stage != stage:
        raise CascadeError(
            f"{adapter.folder}: a {card.stage} of prompt version {card.prompt_version}; expected a {stage} of version "
            f"{PROMPT_VERSION} for {option}"
        )
    if card.builds_on:
        raise CascadeError(
            f"{adapter.folder}: is itself a difference to another adapter ({card.builds_on[:12]}); name that one with "
            f"{option}"
        )
    return adapter


def merged_base(base: str, adapter: Adapter, folder: Path) -> Path:
    """The base model with `adapter` in its weights, as a folder below `folder` named for both, made where there is
    none yet.
    """
    from transformers import AutoTokenizer

    from cascade.layers.merged_lora import merge
    from cascade.model.base_model import BaseModel

    target = folder / f"{shortened(adapter.card.base_fingerprint)}-{adapter.checksum()[:12]}"
    if not (target / "config.json").is_file():
        loaded = BaseModel.load(base, device="cpu", precision="bf16")
        adapter.check_fits(loaded)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".merging-", dir=folder) as scratch:
            part = Path(scratch) / target.name
            part.mkdir()
            if Path(base).is_dir():
                for file in Path(base).iterdir():
                    if file.is_file() and "safetensors" not in file.name:
                        shutil.copy(file, part)
            else:
                AutoTokenizer.from_pretrained(base).save_pretrained(part)
            merge(loaded.model.model, [adapter])
            loaded.model.save_pretrained(part)
            if not target.is_dir():  # another process may have been first: its folder is as good
                part.replace(target)
    return target


def _check_task(task: Mapping[str, Any], data: Path, *, needs_languages: bool) -> None:
    """Raises CascadeError where prepared data cannot be trained on."""
    if not task["dev_documents"]:
        raise CascadeError(
            "there are no dev documents with entities to pick the best checkpoint by; name some with --dev"
        )
    if needs_languages and not any(map(language_code, task["languages"])):
        raise CascadeError(
            f"{data}: no document names a language that is known, by which a difference is retrieved; "
            "name it with --language, such as de"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    return exit_status(
        lambda: _train(arguments().parse_args(argv)),
        interrupted="interrupted; the same command goes on from the last checkpoint",
    )


def _train(options: argparse.Namespace) -> None:
    if options.start_from is not None and options.build_on is not None:
        raise CascadeError(
            "--start-from and --build-on are both given; expected one: to train adapters on, or to train differences "
            "to them"
        )
    if options.start_from is not None and options.rank is not None:
        raise CascadeError("--start-from and --rank are both given; adapters that are trained on keep their rank")
    values = recipe_values(options.recipe)
    for name, option in (("learning_rate", "learning_rate"), ("lora_rank", "rank"), ("lora_alpha", "rank")):
        if name in values and getattr(options, option) is not None:
            raise CascadeError(f"--{option.replace('_', '-')} and --recipe {name} are both given; expected one of them")
    if options.start_from is not None and (shape := sorted({*FREE, "init_weights"} & set(values))):
        raise CascadeError(
            f"--start-from and --recipe {', '.join(shape)} are both given; adapters that are trained on keep their "
            "shape"
        )
    stages = [stage.strip() for stage in options.stages.split(",")]
    if set(stages) - set(STAGES) or len(set(stages)) < len(stages):
        raise CascadeError(f"--stages {options.stages!r}; expected {' and/or '.join(STAGES)}, separated by a comma")
    if options.start_from is not None and options.cold_classifier:
        raise CascadeError(
            "--start-from and --cold-classifier are both given; "
            "expected one: what the classifier starts from, or that it starts from nothing"
        )
    if not is_mixture(options.data):  # of a mixture it names entries
        named_language(options.language)
    go_offline(options.base)
    if values:
        check_known(stages[0], values)
        check_target_layers(values, lambda: base_folder_of(options.base)[0])
    for folder, option in ((options.start_from, "--start-from"), (options.build_on, "--build-on")):
        for stage in stages if folder is not None else ():
            _adapter_for(stage, folder, option)
    work = options.work or Path("runs") / options.out.name
    for stage in sorted(stages, key=STAGES.index):  # the classifier starts from the extractor
        train_stage(stage, options, work, _start_of(stage, options, work))


if __name__ == "__main__":
    sys.exit(main())
