"""The systems that are compared, by name, and the models that each of them reads with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cascade import CascadeError
from cascade.published.answer_formats import FORMATS
from train.published_rows import MARKED, TYPES

OURS, GLINER = "ours", "gliner"
_COPIED = ("bracketed", "xml")  # formats whose answers repeat the text


@dataclass(frozen=True, slots=True)
class Method:
    """A way to read documents.

    models: the names of those that are trained for it; together they get the tokens of one system. form: the answer
    format of a single stage. extractions: how often CascadeNER's extractor marks a text.
    """

    name: str
    told: str
    models: tuple[str, ...]
    form: str | None = None
    copying: bool = False
    extractions: int = 1


def methods(extractions: int = 3) -> dict[str, Method]:
    """All systems by name, those that say most about the choice between one stage and two first."""
    pair = (MARKED, TYPES)
    forms = ("bracketed", "json", *(form for form in FORMATS if form not in ("bracketed", "json")))
    single = {form: Method(form, f"one stage, {form}", (form,), form) for form in forms}
    every = [
        Method(OURS, "our two stages", (OURS,)),
        single.pop("bracketed"),
        Method("cascadener", "CascadeNER, marked once", pair),
        *single.values(),
        *(Method(f"{form}-copying", f"one stage, {form}, copying", (form,), form, copying=True) for form in _COPIED),
        Method("cascadener-repeated", f"CascadeNER, marked {extractions} times", pair, extractions=extractions),
        Method(GLINER, "GLiNER's checkpoint as it is", ()),
    ]
    return {method.name: method for method in every}


def chosen(known: dict[str, Method], only: str | None, *, gliner: bool) -> list[Method]:
    """The systems of a list such as `ours,bracketed`, in its order, or all that can be read.

    gliner: whether a checkpoint of GLiNER's is named. Raises CascadeError for unknown names.
    """
    if only is None:
        return [method for method in known.values() if gliner or method.name != GLINER]
    names: Sequence[str] = only.split(",")
    if unknown := [name for name in names if name not in known]:
        raise CascadeError(f"--only: {unknown[0]!r} is no system; expected some of {', '.join(known)}")
    if GLINER in names and not gliner:
        raise CascadeError(
            f"--only {GLINER} needs a checkpoint; expected --gliner with its folder, as GLiNER saves a model"
        )
    return [known[name] for name in dict.fromkeys(names)]
