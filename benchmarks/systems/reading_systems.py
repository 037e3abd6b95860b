"""Loads a trained system, so that it reads documents and counts its answers and what it loses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.systems.methods import GLINER, OURS, Method
from benchmarks.systems.own_pair import ADAPTERS
from benchmarks.systems.training_plan import TrainingPlan
from cascade import Cascade, CascadeError, Document, Entity, Taxonomy
from cascade.published.generator import ChatModel, load
from cascade.published.losses import Losses
from cascade.published.one_stage import OneStage, described
from cascade.published.two_stages import PublishedCascade

_GLINER_THRESHOLD = 0.5  # its own default
_GLINER_BATCH = 16
LOSSES_OF_GLINER = "entities are beyond the text or of a type that was not asked for"


@dataclass(frozen=True, slots=True)
class Reader:
    """What reads documents, and the losses that it counts; a system that decides has no answers to count."""

    stream: Callable[[Iterable[Document]], Iterator[Document]]
    losses: Losses


def reader_of(
    method: Method, plan: TrainingPlan, *, device: str, precision: str, seed: int, gliner: Path | None = None
) -> Reader:
    """The system, ready to read the types of the plan; its models have to be trained.

    precision: of models that generate, `fp32` or `bf16`; ours takes the fastest of the device. gliner: the folder of a
    checkpoint of GLiNER's.
    """
    taxonomy = plan.compared.taxonomy
    if method.name == OURS:
        ner = Cascade.load(plan.base, adapters=plan.folder_of(OURS) / ADAPTERS, device=device)
        return Reader(lambda documents: ner.stream(documents, taxonomy, depth=plan.compared.depth), Losses())
    if method.name == GLINER:
        if gliner is None:
            raise CascadeError("GLiNER reads with a checkpoint; expected --gliner with its folder")
        return _gliner(gliner, taxonomy, nested=plan.compared.nested)

    def model(name: str) -> ChatModel:
        return generator_of(name, plan, device=device, precision=precision)

    if method.form is not None:
        nested, copying = plan.compared.nested, method.copying
        one = OneStage(model(method.models[0]), method.form, nested=nested, copying=copying)
        return Reader(lambda documents: one.stream(documents, taxonomy), one.losses)
    extractor, classifier = map(model, method.models)
    two = PublishedCascade(extractor, classifier, extractions=method.extractions, seed=seed)
    return Reader(lambda documents: two.stream(documents, taxonomy), two.losses)


def generator_of(name: str, plan: TrainingPlan, *, device: str, precision: str) -> ChatModel:
    """A trained model that generates."""
    dtype = {"fp32": "float32", "bf16": "bfloat16"}[precision]
    return load(plan.folder_of(name) / "adapter", base=plan.base_folder, device=device, dtype=dtype)


def check_gliner(folder: Path) -> None:
    """Raises CascadeError if GLiNER's own package cannot be imported, or there is no such checkpoint."""
    _gliner_package(folder)
    if not folder.is_dir():
        raise CascadeError(f"--gliner {folder}: there is no such folder; expected one as GLiNER saves a model")


def _gliner_package(folder: Path) -> Any:
    try:
        from gliner import GLiNER
    except ImportError as error:
        raise CascadeError(
            f"--gliner {folder} needs the package gliner, which cannot be imported ({error}); install it: pip install "
            "gliner"
        ) from error
    return GLiNER


def _gliner(folder: Path, taxonomy: Taxonomy, *, nested: bool) -> Reader:
    """GLiNER's own package with a checkpoint; its labels are the leaves of the taxonomy."""
    model = _gliner_package(folder).from_pretrained(str(folder))
    labels, losses = list(described(taxonomy)), Losses()

    def stream(documents: Iterable[Document]) -> Iterator[Document]:
        some = list(documents)
        for first in range(0, len(some), _GLINER_BATCH):
            batch = some[first : first + _GLINER_BATCH]
            texts = [document.text for document in batch]
            found = model.inference(texts, labels, flat_ner=not nested, threshold=_GLINER_THRESHOLD)
            for document, entities in zip(batch, found, strict=True):
                yield document.with_entities(_usable(document, entities, labels, losses))

    return Reader(stream, losses)


def _usable(
    document: Document, entities: Sequence[dict[str, Any]], labels: Sequence[str], losses: Losses
) -> Iterator[Entity]:
    for found in entities:
        if 0 <= found["start"] < found["end"] <= len(document.text) and found["label"] in labels:
            yield Entity(found["start"], found["end"], found["label"], float(found["score"]))
        else:
            losses.lose(LOSSES_OF_GLINER)
