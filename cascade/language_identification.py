"""Languages by code: which ones a text whose language nobody named may be in, and what the tags that users write mean."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from cascade.language_codes import CODES, LANGUAGES

_LONGEST = 4096  # characters that are looked at, dozens of times more than suffice for a clear answer
_NO_LANGUAGE = ("", "und", "mul", "mis", "zxx")  # what ISO 639 has for unknown, several, uncoded and none


@lru_cache(maxsize=4096)  # asked for 140 languages a text
def language_code(tag: str | None) -> str:
    """The code of a tag's language, of two letters where it has such: `pt` of `pt-BR`, `zh` of `zh_Hant`, `yue` and `chi`; empty where the tag names none."""
    code = (tag or "").strip().lower().replace("_", "-").partition("-")[0]
    return "" if code in _NO_LANGUAGE else CODES.get(code, code)


def is_known_language(tag: str) -> bool:
    """Whether a tag names no language, one with a two-letter code, or one by a code of three letters, of which ISO 639-3 has thousands."""
    code = language_code(tag)
    return not code or code in LANGUAGES or (len(code) == 3 and code.isascii() and code.isalpha())


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
