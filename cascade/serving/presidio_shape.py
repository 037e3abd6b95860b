"""`POST /analyze` and its companions in the shape of presidio-analyzer's REST API, for clients that speak it.

The shape is that of `AnalyzerRequest` and `RecognizerResult` in presidio-analyzer 2.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from cascade import Document, Entity
from cascade.serving.entities_api import PROBLEMS, Probability
from cascade.serving.problems import RefusedError
from cascade.serving.questions import Options
from cascade.serving.requests_read import AskedText, Desk

RECOGNIZER = "CascadeRecognizer"
# The types that are looked for where a request names none: those of Presidio's that can be told from the words alone.
# What is not listed is asked for by its name in words: BANK_ACCOUNT as "bank account".
TYPE_NAMES = {
    "PERSON": "person",
    "LOCATION": "location",
    "ORGANIZATION": "organization",
    "NRP": "nationality or religious or political group",
    "DATE_TIME": "date or time",
    "PHONE_NUMBER": "phone number",
    "EMAIL_ADDRESS": "email address",
    "CREDIT_CARD": "credit card number",
    "IBAN_CODE": "IBAN",
    "IP_ADDRESS": "IP address",
    "URL": "URL",
}
_NOT_SERVED = "is not served here: types are found by a model; leave it out, and name the type among 'entities'"


class AnalyzeIn(BaseModel):
    """A request as presidio-analyzer takes it; keys that Presidio would ignore are ignored."""

    model_config = ConfigDict(extra="ignore", strict=True)
    text: Annotated[
        Annotated[str, Tag("(one)")] | Annotated[list[str], Tag("(several)")],
        Discriminator(lambda value: "(several)" if isinstance(value, list) else "(one)"),
    ] = Field(description="a text, or a list of texts")
    language: str | None = Field(default=None, description="a code such as `en`; left out, it is found from the text")
    entities: list[str] | None = Field(
        default=None, description="types in capitals, such as `PHONE_NUMBER`; left out: those of `/supportedentities`"
    )
    score_threshold: Probability | None = Field(default=None, description="left out: the server's own lowest score")
    correlation_id: str | None = Field(default=None, description="comes back in the header `X-Correlation-ID`")
    return_decision_process: bool | None = Field(default=None, description="fills `analysis_explanation`")
    allow_list: list[str] | None = Field(default=None, description="texts that are no entities")
    allow_list_match: str | None = Field(default=None, description="only `exact`")
    context: list[str] | None = Field(default=None, description="has no effect: the model reads the whole text")
    ad_hoc_recognizers: list[Any] | None = Field(default=None, description="is refused where it is not empty")


class AnalysisOut(BaseModel):
    """An entity as presidio-analyzer returns it; offsets count code points."""

    analysis_explanation: dict[str, Any] | None
    end: int
    entity_type: str
    score: float
    start: int


def type_names(entities: Sequence[str]) -> dict[str, str]:
    """The name that the model is asked for, by Presidio's name; unknown ones in words."""
    return {each: TYPE_NAMES.get(each, " ".join(each.replace("_", " ").lower().split())) for each in entities}


def analysis(entity: Entity, name: str, document: Document, *, explained: bool) -> dict[str, Any]:
    """An entity in Presidio's shape, keys in alphabetical order as there."""
    return {
        "analysis_explanation": _explanation(entity, document) if explained else None,
        "end": entity.end,
        "entity_type": name,
        "score": entity.score,
        "start": entity.start,
    }


def _explanation(entity: Entity, document: Document) -> dict[str, Any]:
    others = [f"{name} {score:.2f}" for name, score in entity.alternatives if name != entity.type]
    told = [f"asked for as {entity.type!r}", *([f"next best: {', '.join(others)}"] if others else [])]
    told += [f"read by {', '.join(document.adapters)}"] if document.adapters else []
    return {
        "original_score": entity.score,
        "pattern": None,
        "pattern_name": None,
        "recognizer": RECOGNIZER,
        "regex_flags": None,
        "score": entity.score,
        "score_context_improvement": 0,
        "supportive_context_word": "",
        "textual_explanation": "; ".join(told),
        "validation_result": None,
    }


def _check(asked: AnalyzeIn) -> None:
    if asked.ad_hoc_recognizers:
        raise RefusedError(422, f"a recogniser of the request's own {_NOT_SERVED}", place="ad_hoc_recognizers")
    if asked.allow_list and asked.allow_list_match not in (None, "exact"):
        raise RefusedError(422, f"found {asked.allow_list_match!r}; expected 'exact'", place="allow_list_match")


def _asked_texts(asked: AnalyzeIn, names: Mapping[str, str]) -> list[AskedText]:
    alternatives = 3 if asked.return_decision_process else 0
    options = Options.of(list(names.values()), asked.score_threshold, top_k=alternatives)
    one = isinstance(asked.text, str)
    texts = [asked.text] if isinstance(asked.text, str) else asked.text
    return [
        AskedText(str(number + 1), text, asked.language, options, "" if one else f"text[{number}]", "entities")
        for number, text in enumerate(texts)
    ]


def _correlation(given: str | None) -> dict[str, str]:
    """The header that returns a request's own mark, where a header can hold it."""
    fits = given is not None and given.isascii() and given.isprintable() and 0 < len(given) <= 128
    return {"X-Correlation-ID": given} if fits and given is not None else {}


def presidio_router(desk: Desk) -> APIRouter:
    """The routes of Presidio's clients."""
    router = APIRouter(tags=["Presidio's clients"])

    @router.post(
        "/analyze",
        response_model=list[AnalysisOut] | list[list[AnalysisOut]],
        responses=PROBLEMS,
        summary="Find entities, as presidio-analyzer does",
        description="A text gives a list, a list of texts a list of lists. Names such as `PHONE_NUMBER` are asked for "
        "in words (`phone number`) and come back as they were.",
    )
    async def analyze(request: Request, asked: Annotated[AnalyzeIn, Body(openapi_examples=EXAMPLES)]) -> JSONResponse:
        _check(asked)
        names = type_names(asked.entities or list(TYPE_NAMES))
        called = {name: entity for entity, name in names.items()}
        allowed = set(asked.allow_list or ())
        readings = await desk.readings(request, _asked_texts(asked, names))
        found = [
            [
                analysis(entity, called[entity.type], each.document, explained=bool(asked.return_decision_process))
                for entity in each.document.entities
                if entity.text not in allowed
            ]
            for each in readings
        ]
        one = isinstance(asked.text, str)
        return JSONResponse(found[0] if one else found, headers=_correlation(asked.correlation_id))

    @router.get("/supportedentities", summary="The types that are looked for where a request names none")
    def supported_entities(language: str | None = None) -> list[str]:
        desk.reader.check_language(language)
        return list(TYPE_NAMES)

    @router.get("/recognizers", summary="The one recogniser there is")
    def recognizers(language: str | None = None) -> list[str]:
        desk.reader.check_language(language)
        return [RECOGNIZER]

    return router


EXAMPLES: dict[str, Any] = {
    "one": {"summary": "one text", "value": {"text": "John Smith lives in Berlin.", "language": "en"}},
    "many": {
        "summary": "texts, types, a lowest score",
        "value": {
            "text": ["Call Ada Lovelace.", "Paris"],
            "language": "en",
            "entities": ["PERSON"],
            "score_threshold": 0.5,
        },
    },
}
