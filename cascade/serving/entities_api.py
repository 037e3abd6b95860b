"""`POST /v1/entities`: texts in, their entities out."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Request
from fastapi.responses import JSONResponse
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)

from cascade.errors import shown
from cascade.serving.entities_examples import ANSWER, REQUESTS
from cascade.serving.problems import Problem
from cascade.serving.questions import Options, Reading
from cascade.serving.requests_read import AskedText, Desk
from data_formats.annotation_tools.utf16 import Utf16Text

_TYPES = (
    "a list of names, a list of objects with `name` and, if you like, `description` and `children`, or a taxonomy as "
    "an object of nested names; left out: person, organization, location"
)


def _types(value: Any) -> Any:
    if value is None or isinstance(value, list | dict):
        return value
    raise ValueError(f"found {shown(value)}; expected a list of names, a list of objects, or an object of nested names")


Types = Annotated[
    Any,
    AfterValidator(_types),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "object"}]}},
                {"type": "object"},
                {"type": "null"},
            ]
        }
    ),
]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
MinScore = Annotated[
    Annotated[Probability, Tag("(one)")] | Annotated[dict[str, Probability], Tag("(by type)")],
    Discriminator(lambda value: "(by type)" if isinstance(value, dict) else "(one)"),
]
_SCORE = (
    "entities less likely than this are left out: one number, or one for each type by its name, with `*` for others"
)
_LANGUAGE = "a code such as `de`, or an English name; left out, it is found from the text"


class TextIn(BaseModel):
    """A text with its own options; a bare string stands for one without."""

    model_config = ConfigDict(extra="forbid", strict=True)
    text: str = Field(description="the text, in any language")
    id: str | None = Field(
        default=None, min_length=1, description="comes back in the answer, as a text; left out: 1, 2, 3 ..."
    )
    language: str | None = Field(default=None, description=_LANGUAGE)
    types: Types = Field(default=None, description=f"in place of the request's own: {_TYPES}")
    min_score: MinScore | None = Field(default=None, description=f"in place of the request's own: {_SCORE}")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"text": value}
        if not isinstance(value, Mapping):
            raise ValueError(f"found {shown(value)}; expected a text, or an object with 'text'")
        if isinstance(value.get("id"), int) and not isinstance(value["id"], bool):  # as of rows in files
            return {**value, "id": str(value["id"])}
        return value


def _or_bare(schema: dict[str, Any]) -> None:
    """Adds to the schema of a list of texts that they may be strings."""
    for each in schema.get("anyOf", [schema]):
        if "items" in each:
            each["items"] = {"anyOf": [{"type": "string"}, each["items"]]}


class EntitiesIn(BaseModel):
    """Texts, and what is asked of them."""

    model_config = ConfigDict(extra="forbid", strict=True)
    text: str | None = Field(default=None, description="one text, in place of `texts`")
    texts: list[TextIn] | None = Field(
        default=None, description="texts, or objects with a text and its own options", json_schema_extra=_or_bare
    )
    types: Types = Field(default=None, description=_TYPES)
    language: str | None = Field(default=None, description=f"of texts that name none: {_LANGUAGE}")
    min_score: MinScore | None = Field(default=None, description=f"{_SCORE}; left out: the server's own, 0.3")
    unsure_from: Probability | None = Field(
        default=None, description="entities below the lowest score, but not below this, are kept with `unsure: true`"
    )
    multi_label: bool = Field(
        default=False, description="each type is asked for alone, and a span gets all that are likely enough"
    )
    verify_below: Probability | None = Field(
        default=None,
        description="entities less likely than this are kept only if a second question about their type alone says so",
    )
    depth: int = Field(
        default=1,
        ge=1,
        description="the layers of entities within others, for adapters that were trained to find them",
    )
    alternatives: int = Field(
        default=0, ge=0, le=100, description="the number of likeliest types to list for each entity"
    )
    offsets: Literal["code-points", "utf-16"] = Field(
        default="code-points",
        description="what `start` and `end` count: characters (Unicode code points), as Python does, or UTF-16 units, "
        "as JavaScript, Java and C# do",
    )
    with_text: bool = Field(False, description="the answer repeats each text, so that it can be kept as JSON lines")

    @model_validator(mode="after")
    def _one_of_both(self) -> EntitiesIn:
        if (self.text is None) == (self.texts is None):
            raise ValueError("expected either 'text' or 'texts'")
        if self.multi_label and self.verify_below is not None:
            raise ValueError("expected 'multi_label' or 'verify_below', as 'multi_label' asks for each type alone")
        ids = [each.id for each in self.texts or () if isinstance(each, TextIn) and each.id]
        if twice := next((name for place, name in enumerate(ids) if name in ids[:place]), None):
            raise ValueError(f"the id {shown(twice)} is given twice; expected each once, as the answer repeats it")
        return self

    def asked(self) -> list[AskedText]:
        """Each text with what is asked of it."""
        texts = [TextIn(text=self.text)] if self.text is not None else self.texts or []
        one = self.text is not None
        given = {each.id for each in texts if each.id}
        numbers = (name for name in map(str, count(len(texts) + 1)) if name not in given)
        result = []
        for number, each in enumerate(texts):
            place = "" if one else f"texts[{number}]"
            own_types, own_score = each.types is not None, each.min_score is not None
            options = Options.of(
                each.types if own_types else self.types,
                each.min_score if own_score else self.min_score,
                top_k=self.alternatives,
                unsure_from=self.unsure_from,
                multi_label=self.multi_label,
                verify_below=self.verify_below,
                depth=self.depth,
            )
            types_place = f"{place}.types" if own_types else "types"
            language = each.language if each.language is not None else self.language
            own = f"{place}.language".lstrip(".") if each.language is not None else "language"
            name = each.id or (str(number + 1) if str(number + 1) not in given else next(numbers))
            result.append(AskedText(name, each.text, language, options, place, types_place, own))
        return result


class Alternative(BaseModel):
    """A type that an entity may have, with its probability."""

    type: str
    score: float


class EntityOut(BaseModel):
    """An entity."""

    start: int = Field(description="where it begins, counted from 0")
    end: int = Field(description="where it ends; not included")
    text: str
    type: str
    score: float | None = Field(description="the probability of span and type, from 0 to 1")
    alternatives: list[Alternative] | None = Field(default=None, description="only where they were asked for")
    unsure: bool | None = Field(default=None, description="only where it is true")


class DocumentOut(BaseModel):
    """A text with its entities."""

    id: str
    language: str | None = Field(description="the one that the request names, or the one found; null if none is clear")
    entities: list[EntityOut]
    adapters: list[str] | None = Field(default=None, description="the extractor and the classifier that read it")
    text: str | None = Field(default=None, description="only with `with_text`")
    notes: list[str] | None = Field(
        default=None, description="what could not be done as asked; only where there is something"
    )


class EntitiesOut(BaseModel):
    """All texts of a request, in its order."""

    documents: list[DocumentOut]


def answer_of(reading: Reading, *, utf16: bool, with_text: bool) -> dict[str, Any]:
    """A document of an answer."""
    document = reading.document
    row: dict[str, Any] = {"id": document.id}
    if with_text:
        row["text"] = document.text
    entities = [entity.to_dict() for entity in document.entities]
    if utf16:
        counted = Utf16Text(document.text)
        entities = [
            entity | {"start": counted.units(entity["start"]), "end": counted.units(entity["end"])}
            for entity in entities
        ]
    row |= {"language": reading.language, "entities": entities}
    if document.adapters:
        row["adapters"] = list(document.adapters)
    if reading.notes:
        row["notes"] = list(reading.notes)
    return row


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": told}
    for status, told in {
        401: "a token is needed and was not given",
        408: "the request did not arrive in time",
        413: "the request is too large",
        422: "the request is wrong; `place` says where",
        429: "too many texts wait; the header `Retry-After` says for how many seconds",
        500: "the model failed on these texts",
        503: "the server is being stopped",
    }.items()
}


def entities_router(desk: Desk) -> APIRouter:
    """The route of `/v1/entities`."""
    router = APIRouter()

    @router.post(
        "/v1/entities",
        response_model=EntitiesOut,
        summary="Find the entities of one or many texts",
        description="Texts of all requests that wait are read together. Types are named at run time, per request or "
        "per text. Offsets count code points unless `offsets` says otherwise.",
        responses={200: {"content": {"application/json": {"example": ANSWER}}}, **PROBLEMS},
        tags=["entities"],
    )
    async def entities(request: Request, asked: Annotated[EntitiesIn, Body(openapi_examples=REQUESTS)]) -> JSONResponse:
        readings = await desk.readings(request, asked.asked())
        options = {"utf16": asked.offsets == "utf-16", "with_text": asked.with_text}
        return JSONResponse({"documents": [answer_of(reading, **options) for reading in readings]})

    return router
