"""Languages by code: which ones a text whose language nobody named may be in, and what the tags that users write mean."""

from __future__ import annotations

from collections.abc import Mapping

_LONGEST = 4096  # characters that are looked at, dozens of times more than suffice for a clear answer
# Cantonese, Wu and the Arabic of Egypt and Morocco: texts in the standard language are often taken for them (43 of 300 Chinese ones for Wu)
_VARIETIES = {"wuu": "zh", "yue": "zh", "cmn": "zh", "arz": "ar", "ary": "ar"}
_NO_LANGUAGE = ("", "und", "mul", "mis", "zxx")  # what ISO 639 has for unknown, several, uncoded and none


def language_code(tag: str) -> str:
    """The code of a tag's language: `pt` of `pt-BR`, `zh` of `zh_Hant` and of `yue`; empty where the tag names none."""
    code = tag.strip().lower().replace("_", "-").partition("-")[0]
    return "" if code in _NO_LANGUAGE else _VARIETIES.get(code, code)


class LanguageIdentifier:
    """The probabilities of a text's languages, by ISO 639-1 code (639-3 where there is none), read from the model that py3langid carries."""

    def __init__(self) -> None:
        from py3langid.langid import MODEL_FILE
        from py3langid.langid import LanguageIdentifier as Identifier  # half a second: where nobody asks, nobody waits

        self._identifier = Identifier.from_model_file(MODEL_FILE, norm_probs=True)

    def __call__(self, text: str) -> Mapping[str, float]:
        """Probabilities by language, which sum to 1, none for a text that has no letters; they depend on nothing but the text."""
        beginning = text[:_LONGEST]
        if not any(map(str.isalpha, beginning)):
            return {}
        probabilities: dict[str, float] = {}
        for name, probability in self._identifier.rank(beginning):
            language = language_code(name)
            probabilities[language] = probabilities.get(language, 0.0) + float(probability)
        return probabilities
