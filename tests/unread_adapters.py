"""Adapters whose weights nobody reads, and sentences in their languages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cascade.adapters.card import (
    PROMPT_VERSIONS,
    STAGES,
    WEIGHTS,
    Adapter,
    AdapterShelf,
    Card,
    read_adapter,
)
from cascade.stages.decisions import Floats

SENTENCES = {
    "en": "The committee will meet the president of the university in London on Tuesday afternoon.",
    "de": "Der Ausschuss trifft am Dienstagnachmittag die Präsidentin der Universität in München.",
    "hr": "Predsjednik Vlade sastao se jučer u Zagrebu s ministrom vanjskih poslova susjedne zemlje.",
    "zh": "中华人民共和国主席昨天在北京会见了来访的法国总统，并就两国关系交换了意见。",
    "ko": "대통령은 어제 서울에서 미국 국무장관을 만나 양국 관계에 대해 이야기했다.",
}


def put(
    folder: Path,
    stage: str,
    languages: list[str],
    builds_on: str = "",
    only_types: Sequence[str] = (),
    weights: str | None = None,
) -> None:
    """An adapter whose weights nobody reads."""
    folder = folder / stage
    folder.mkdir(parents=True)
    known = "tiny", "a" * 64, PROMPT_VERSIONS[stage], languages, ["person"]
    Card(stage, *known, builds_on=builds_on, only_types=list(only_types)).write(folder)
    (folder / WEIGHTS).write_bytes((weights or stage).encode())


def unseen(text: str) -> Floats:
    """In place of a text's embedding where nothing hangs on it."""
    raise AssertionError(text)


def names(pair: tuple[Adapter, ...]) -> tuple[str, ...]:
    return tuple(adapter.folder.parent.name for adapter in pair)


def unread_shelf(folder: Path) -> AdapterShelf:
    """Whole adapters for five languages, extractors for German and for Croatian with its neighbours, a classifier for
    Chinese and a whole pair for Finnish.
    """
    for stage in STAGES:
        put(folder / "many", stage, ["de", "en", "hr", "ko", "zh"])
        put(folder / "suomi", stage, ["fi"])
    roots = {stage: read_adapter(folder / "many" / stage).checksum() for stage in STAGES}
    put(folder / "de", "extractor", ["de"], roots["extractor"])
    put(folder / "bcms", "extractor", ["bs", "hr", "sr"], roots["extractor"])
    put(folder / "zh", "classifier", ["zh"], roots["classifier"])
    return AdapterShelf(folder)
