"""Registers our template, trainer and callbacks with SWIFT; the recipes name this file in `external_plugins`."""

from __future__ import annotations

import sys
from pathlib import Path

# `swift sft` imports this file by its path, so the project's packages, two folders up, must be put on the path
_ROOT = str(Path(__file__).resolve().parents[2])
if _ROOT not in sys.path:
    sys.path.insert(0, _ROOT)

from swift.callbacks.mapping import callbacks_map  # noqa: E402
from swift.template import TemplateMeta, register_template  # noqa: E402
from swift.template.register import TEMPLATE_MAPPING  # noqa: E402
from swift.trainers.trainer_factory import TrainerFactory  # noqa: E402

from train.swift_plugin.compiled_layers import CompileLayers, CompileLayersOfAnyLength  # noqa: E402
from train.swift_plugin.process_group import leave_at_exit  # noqa: E402
from train.swift_plugin.shown_progress import ShowProgress  # noqa: E402
from train.swift_plugin.template import PassageTemplate  # noqa: E402
from train.swift_plugin.text_only_lora import AdaptTextOnly  # noqa: E402
from train.swift_plugin.time_budget import KeepTime  # noqa: E402

TEMPLATE = "cascade_passages"

if TEMPLATE not in TEMPLATE_MAPPING:
    register_template(
        TemplateMeta(TEMPLATE, prefix=[], prompt=["{{QUERY}}"], chat_sep=None, suffix=[], template_cls=PassageTemplate)
    )
TrainerFactory.TRAINER_MAPPING["causal_lm"] = "train.swift_plugin.trainer.DecisionTrainer"
callbacks_map["compile_layers"] = CompileLayers
callbacks_map["compile_layers_of_any_length"] = CompileLayersOfAnyLength
callbacks_map["adapt_text_only"] = AdaptTextOnly
callbacks_map["keep_time"] = KeepTime
callbacks_map["show_progress"] = ShowProgress

leave_at_exit()
