"""A recogniser for presidio-analyzer: `analyzer.registry.add_recognizer(CascadeRecognizer(ner))`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cascade import EntityType, Taxonomy
from cascade.integrations.optional_packages import optional_package

if TYPE_CHECKING:
    from cascade import Cascade

optional_package("presidio_analyzer", "presidio", "the recogniser CascadeRecognizer")

from presidio_analyzer import AnalysisExplanation, EntityRecognizer, RecognizerResult  # noqa: E402

# Presidio's names of entities, and what the cascade calls such a type
NAMES: dict[str, str] = {
    "PERSON": "person",
    "LOCATION": "location",
    "ORGANIZATION": "organization",
    "PHONE_NUMBER": "phone number",
    "EMAIL_ADDRESS": "email",
    "IBAN_CODE": "iban",
    "CREDIT_CARD": "credit card number",
    "IP_ADDRESS": "ip address",
    "URL": "url",
    "DATE_TIME": "date",
    "NRP": "nationality or religious or political group",
}
DEFAULT_ENTITIES = ("PERSON", "LOCATION", "ORGANIZATION")


class CascadeRecognizer(EntityRecognizer):  # type: ignore[misc]  # no types
    """Finds what a cascade finds, under Presidio's names.

    entities: Presidio's name of each entity with the type that the cascade is asked for; DEFAULT_ENTITIES by default.
    An entity that an analysis asks for beyond these is left to other recognisers.  language: what the analyzer asks
    for; the cascade reads texts of any language, one recogniser for each.  options: of a call of the cascade.
    """

    def __init__(
        self,
        ner: Cascade,
        entities: Mapping[str, str] | None = None,
        *,
        language: str = "en",
        name: str = "CascadeRecognizer",
        **options: Any,
    ) -> None:
        self.ner, self.options = ner, options
        given = {each: NAMES[each] for each in DEFAULT_ENTITIES} if entities is None else entities
        self.types = {name: EntityType(type).name for name, type in given.items()}  # as results have them
        if self.types:
            Taxonomy.flat(dict.fromkeys(self.types.values()))  # raises here, not in the first analysis
        super().__init__(supported_entities=list(self.types), name=name, supported_language=language)

    def load(self) -> None:
        """Nothing: the cascade is loaded already."""

    def analyze(self, text: str, entities: list[str] | None, nlp_artifacts: Any = None) -> list[RecognizerResult]:
        """The entities of a text that are asked for; None or an empty list asks for all."""
        wanted = set(entities or self.types)  # the analyzer names them in any order
        asked: dict[str, list[str]] = {}
        for name, type in self.types.items():
            if name in wanted:
                asked.setdefault(type, []).append(name)
        if not asked or not text:
            return []
        options = {"language": self.supported_language, **self.options}
        return [
            self._result(name, entity.start, entity.end, entity.score or 0.0)
            for entity in self.ner(text, list(asked), **options).entities
            for name in asked[entity.type]
        ]

    def _result(self, entity: str, start: int, end: int, score: float) -> RecognizerResult:
        explanation = AnalysisExplanation(
            recognizer=self.name, original_score=score, textual_explanation=f"found as {self.types[entity]!r}"
        )
        metadata = {
            RecognizerResult.RECOGNIZER_NAME_KEY: self.name,
            RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
        }
        return RecognizerResult(entity, start, end, score, explanation, metadata)
