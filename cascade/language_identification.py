"""Language identification: which languages a text whose language nobody named may be in."""

from __future__ import annotations

from collections.abc import Mapping

_LONGEST = 4096  # characters that are looked at; more of a text in one language says nothing new
_VARIETIES = {"wuu": "zh", "yue": "zh", "arz": "ar"}  # written as the language itself, mostly, and taken for it by turns


class LanguageIdentifier:
    """The probabilities of a text's languages, by ISO 639-1 code (639-3 where there is none), read from the model that py3langid carries."""

    def __init__(self) -> None:
        from py3langid.langid import MODEL_FILE
        from py3langid.langid import LanguageIdentifier as Identifier  # half a second: where nobody asks, nobody waits

        self._identifier = Identifier.from_model_file(MODEL_FILE, norm_probs=True)

    def __call__(self, text: str) -> Mapping[str, float]:
        """Probabilities by language, which sum to 1, none for a text without letters; they depend on nothing but the text."""
        if not any(map(str.isalpha, text)):
            return {}
        probabilities: dict[str, float] = {}
        for name, probability in self._identifier.rank(text[:_LONGEST]):
            language = _VARIETIES.get(name, name)
            probabilities[language] = probabilities.get(language, 0.0) + float(probability)
        return probabilities


def primary_subtag(language: str) -> str:
    """The language of a tag with a region or script: `pt` of `pt-BR`, `zh` of `zh_Hant`."""
    return language.strip().lower().replace("_", "-").partition("-")[0]
