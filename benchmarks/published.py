"""Figures that other papers print: quoted, not measured here, and on bases of other sizes."""

from __future__ import annotations

from typing import NamedTuple


class Published(NamedTuple):
    """Strict F1 in percent that a paper prints for a system on a corpus.

    corpus: its name here, or that of the mean of a family of corpora.
    """

    corpus: str
    system: str
    setting: str
    f1: float
    source: str


CROSSNER = (
    "crossner_ai/test",
    "crossner_literature/test",
    "crossner_music/test",
    "crossner_politics/test",
    "crossner_science/test",
)
# GLiNER-L on these corpora, as the paper prints it; its mean of 60.9 includes MIT Movie (57.2) and Restaurant (42.9)
_GLINER_L = (57.2, 64.4, 69.6, 72.6, 62.6)
_CASCADENER, _GLINER, _LLMS4NER = "arXiv 2409.11022", "arXiv 2311.08526", "arXiv 2601.17898"
PUBLISHED = (
    Published("conll2003_en/test", "CascadeNER, Qwen2-1.5B", "supervised", 92.8, _CASCADENER),
    Published(
        "conll2003_en/test",
        "LLMs4NER, mean of its models of 3B to 9B",
        "supervised, on text with its own casing",
        93.59,
        _LLMS4NER,
    ),
    *(
        Published(f"panx_{language}/test", "CascadeNER, Qwen2-1.5B", "few-shot", f1, _CASCADENER)
        for language, f1 in (("en", 91.0), ("es", 85.2), ("ru", 86.8), ("de", 82.8))
    ),
    *(Published(corpus, "GLiNER-L", "zero-shot", f1, _GLINER) for corpus, f1 in zip(CROSSNER, _GLINER_L, strict=True)),
    Published("crossner mean", "CascadeNER, Qwen2-1.5B", "few-shot", 78.7, _CASCADENER),
    Published(
        "crossner mean",
        "GLiNER-L",
        "zero-shot, mean of the five that are printed",
        round(sum(_GLINER_L) / len(_GLINER_L), 1),
        _GLINER,
    ),
)


def published(corpus: str) -> list[Published]:
    """The figures printed for `corpus`, or for the mean of a family (`crossner mean`)."""
    return [each for each in PUBLISHED if each.corpus == corpus]
