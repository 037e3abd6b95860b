"""The SWIFT trainer for both stages: computes decisions from a few rows of the head, and scores dev documents by F1."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from cascade.model.tokenizer import load_tokens
from cascade.reading.attention import Earlier, PassStates
from cascade.reading.block_mask import Layout
from cascade.reading.reader import Reader, reader_of
from cascade.stages.classifier import Classifier
from cascade.stages.extractor import Extractor
from cascade.text.encoded import EncodedText, Route, encode
from cascade.text.tokens import PieceTokens
from train.rows.dev_items import BATCH_TOKENS, Item, by_types, from_line
from train.swift_plugin.hidden_states_trainer import HiddenStatesTrainer
from train.swift_plugin.loss import decision_loss
from train.swift_plugin.text_only_lora import TextOnlyLora
from train.swift_plugin.time_budget import KeepTime
from train.text_reader import TextReader

IN_TRAINING = Route(adapter=1)  # the number of the only adapter when a switch takes the place of the stack


class DecisionTrainer(HiddenStatesTrainer):
    """SWIFT's trainer with our loss and dev scores.

    text_only: the switch of an adapter that changes only texts (`train.swift_plugin.text_only_lora`), or None.
    text_reader: reads the classifier's texts, made at the first of them.
    tokens_class: the class that makes tokens of texts.
    """

    text_only: TextOnlyLora | None = None
    text_reader: TextReader | None = None
    tokens_class: type[PieceTokens] = PieceTokens

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        base = self.plain_model()
        self._tokens = load_tokens(base.config.name_or_path, self.tokens_class)
        self._reader = reader_of(base, pad_id=self._tokens.pad_id)
        self._seen_tokens, self._logged = 0, (time.monotonic(), 0)

    def _prepare_inputs(self, inputs: dict[str, Any]) -> dict[str, Any]:
        def moved(value: Any) -> Any:
            return value.to(self.args.device) if isinstance(value, Tensor) else value

        layout = Layout(**{name: moved(part) for name, part in inputs["layout"].items()})
        return {name: moved(value) for name, value in inputs.items()} | {"layout": layout}

    def _texts(self) -> TextReader:
        if self.text_reader is None:
            self.text_reader = TextReader.from_environment()
        return self.text_reader

    def compute_loss(
        self, model: nn.Module, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The mean cross-entropy on the decisions.

        It runs the wrapped model's forward, so that data-parallel training stays in step.
        """
        reads, layout = inputs["reads"], inputs["layout"]
        self._seen_tokens += int((layout.segments >= 0).sum())
        if self.text_only is not None:
            self.text_only.tokens(layout.segments > 0)
        more: dict[str, Any] = {}
        mask = self._reader.attention_mask(layout)
        if inputs["texts"]:
            dtype = torch.bfloat16 if self.args.bf16 else self._reader.dtype
            states, read = self._texts().read(inputs["texts"], dtype)
            mask = self._reader.added(self._reader.attention_mask(layout, read.followed_by(layout)), dtype)
            more = {"pass_states": PassStates(before=(Earlier(((states, None),), read.tokens),))}
        output = model(
            input_ids=inputs["input_ids"],
            position_ids=layout.positions,
            attention_mask=mask,
            use_cache=False,
            **more,
        )
        loss = decision_loss(output.logits, self._reader.head, reads, label_smoothing=self.args.label_smoothing_factor)
        return (loss, output) if return_outputs else loss

    def create_optimizer_and_scheduler(self, num_training_steps: int) -> None:
        """Makes both; ms-swift would pass `create_scheduler` over."""
        if self._clock() is None:
            super().create_optimizer_and_scheduler(num_training_steps)
        else:
            self.create_optimizer()
            self.create_scheduler(num_training_steps)

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        """The recipe's scheduler, or that of the clock for a training that ends at a time."""
        clock = self._clock()
        if clock is None:
            return super().create_scheduler(num_training_steps, optimizer)
        self.lr_scheduler = clock.scheduler(optimizer or self.optimizer)
        return self.lr_scheduler

    def _clock(self) -> KeepTime | None:
        return next((each for each in self.callback_handler.callbacks if isinstance(each, KeepTime)), None)

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> None:
        """Logs as SWIFT does, with the tokens a second since the last log; padding does not count."""
        before, seen = self._logged
        now = time.monotonic()
        if "loss" in logs and self._seen_tokens > seen:
            logs["tokens_per_second"] = round((self._seen_tokens - seen) / (now - before), 1)
        self._logged = (now, self._seen_tokens)
        super().log(logs, *args, **kwargs)

    def evaluate(
        self, eval_dataset: Any = None, ignore_keys: Any = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """The dev scores: span F1 of the extractor, or accuracy on gold spans of the classifier.

        For the classifier this equals F1, because every span has one answer.
        """
        dataset = self.eval_dataset if eval_dataset is None else eval_dataset
        columns = [dataset[index]["document"] for index in range(len(dataset))]
        first: dict[str, Any] = json.loads(columns[0]) if columns else {"stage": "extractor"}
        model = self.accelerator.unwrap_model(self.model)
        training, started = model.training, time.monotonic()
        model.eval()
        try:
            with torch.autocast(self._reader.device.type, dtype=torch.bfloat16, enabled=self.args.bf16):
                f1 = self._score(first["stage"], [from_line(column) for column in columns], first.get("depth", 1))
        finally:
            model.train(training)
        metrics = {
            f"{metric_key_prefix}_f1": round(f1, 6),
            f"{metric_key_prefix}_runtime": round(time.monotonic() - started, 1),
        }
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        self._logged = (time.monotonic(), self._seen_tokens)
        return metrics

    def _score(self, stage: str, items: list[Item], depth: int) -> float:
        # a new reader each time, because a reader keeps results of the weights that it was used with
        reader = reader_of(self.plain_model(), pad_id=self._tokens.pad_id, stack=self.text_only)
        right = found = wanted = 0
        for types, documents in by_types(items):
            texts = [
                encode(document.text, self._tokens, extractor=IN_TRAINING, classifier=IN_TRAINING)
                for document in documents
            ]
            gold = [sorted({entity.span for entity in document.entities}) for document in documents]
            wanted += sum(map(len, gold))
            if stage == "extractor":
                extractor = Extractor(reader, self._tokens, BATCH_TOKENS)
                for spans, answers in zip(gold, extractor(texts, types, depth=depth), strict=True):
                    found += len(answers)
                    right += len(set(spans) & {(answer.start, answer.end) for answer in answers})
            else:
                for document, spans, judgements in zip(
                    documents, gold, self._judged(reader, texts, gold, types), strict=True
                ):
                    named = {(entity.start, entity.end, entity.type) for entity in document.entities}
                    best = [(*types, "")[int(judgement.argmax())] for judgement in judgements]
                    found += len(spans)
                    right += sum((*span, name) in named for span, name in zip(spans, best, strict=True))
        return 2 * right / (found + wanted) if found + wanted else 0.0

    def _judged(self, reader: Reader, texts: list[EncodedText], spans: list[Any], types: Sequence[str]) -> Any:
        """What the classifier in training says of spans, in texts that the extractor reads as in inference."""
        read_by = self._texts()
        routed = [replace(text, extractor=Route(read_by.number)) for text in texts]
        classifier = Classifier(reader, self._tokens, BATCH_TOKENS)
        return read_by.both(classifier, types).typed(routed, spans, types)
