"""Languages by code: reads the tags that users write, and identifies the language of a text."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from unicodedata import normalize

from cascade.errors import LanguageError
from cascade.languages.codes import AMBIGUOUS, CODES, LANGUAGES
from cascade.languages.names import NAMES

_LONGEST = 4096  # characters that are examined, dozens of times what a clear answer needs
_NO_LANGUAGE = ("", "und", "mul", "mis", "zxx")  # ISO 639's codes for unknown, several, uncoded and no languages


@lru_cache(maxsize=4096)  # called for 140 languages a text
def language_code(tag: str | None) -> str:
    """The code of a tag's language, with two letters if there is one: `pt` of `pt-BR`, `zh` of `zh_Hant`, `no` of `nb`.

    The tag may also be the language's name in English, or in the language itself. Returns "" if the tag names no
    language or an unknown one.
    """
    code = _first_subtag(tag)
    if names_none(tag) or code in AMBIGUOUS:
        return ""
    if code in CODES or code in LANGUAGES:
        return CODES.get(code, code)
    return _names().get(_folded(tag or "")) or (_registered(code) if _is_code(code) else "")


def names_none(tag: str | None) -> bool:
    """Whether a tag is empty or says that there is no single language."""
    return _first_subtag(tag) in _NO_LANGUAGE


def is_known_language(tag: str | None) -> bool:
    """Whether a tag names a known language, or says that it names none."""
    return names_none(tag) or bool(language_code(tag))


def named_language(language: str | None) -> str | None:
    """The language that the user names: a code stays as it is, a name becomes its code; None if it names no language.

    Raises LanguageError, with the nearest known language, for an unknown one: otherwise the texts would silently be
    read as if no language had been named.
    """
    if language is None:
        return None
    if not isinstance(language, str):
        raise LanguageError(
            f"language {language!r} is {type(language).__name__}; expected a code such as 'de', or None"
        )
    tag = language.strip()
    if (code := _first_subtag(tag)) in AMBIGUOUS:
        raise LanguageError(f"language {language!r} is ambiguous: {AMBIGUOUS[code]}")
    if names_none(tag):
        return None
    if not is_known_language(tag):
        folded = _folded(tag)  # one letter is near every code that has it
        found = get_close_matches(folded, [*_names(), *LANGUAGES, *CODES], n=1) if len(folded) > 1 else []
        nearest = "".join(f". The nearest is {_english(known)} ({known})" for known in map(language_code, found))
        raise LanguageError(
            f"language {language!r} is none that is known; expected a code such as de, pt-BR or gsw, "
            f"or a name such as German{nearest}"
        )
    return tag if _is_code(code) else language_code(tag)


def _first_subtag(tag: str | None) -> str:
    return (tag or "").strip().lower().replace("_", "-").partition("-")[0]


def _is_code(subtag: str) -> bool:
    """Whether a subtag has the form of a language code."""
    return len(subtag) in (2, 3) and subtag.isascii() and subtag.isalpha()


def _registered(code: str) -> str:
    """The code of a registered language outside our table, or of its macrolanguage; "" if it is not registered."""
    import langcodes  # takes a tenth of a second, so only when a tag needs it

    if not langcodes.tag_is_valid(code):
        return ""
    wider = langcodes.Language.get(code).prefer_macrolanguage().language or code
    return CODES.get(wider, wider)


@cache
def _names() -> Mapping[str, str]:
    """Language codes by name, with names in the form in which they are compared."""
    return {_folded(name): code for name, code in NAMES.items()}


def _folded(name: str) -> str:
    return " ".join(normalize("NFC", name).casefold().replace("_", " ").split())


def _english(code: str) -> str:
    return next(name for name, named in NAMES.items() if named == code)


def likely_language(probabilities: Mapping[str, float]) -> str | None:
    """The language that is likelier than all others together; None where there is none."""
    return next((language for language, probability in probabilities.items() if language and probability > 0.5), None)


class LanguageIdentifier:
    """Finds the probabilities of a text's languages with the model that py3langid carries.

    Languages are ISO 639-1 codes, or 639-3 codes if there is no shorter one.
    """

    def __init__(self) -> None:
        from py3langid.langid import MODEL_FILE
        from py3langid.langid import LanguageIdentifier as Identifier  # half a second, so only when needed

        self._identifier = Identifier.from_model_file(MODEL_FILE, norm_probs=True)

    def __call__(self, text: str) -> Mapping[str, float]:
        """The probabilities by language, which sum to 1 and depend only on the text; none if it has no letters."""
        beginning = text[:_LONGEST]
        if not any(map(str.isalpha, beginning)):
            return {}
        probabilities: dict[str, float] = {}
        for name, probability in self._identifier.rank(beginning):
            language = language_code(name)
            probabilities[language] = probabilities.get(language, 0.0) + float(probability)
        return probabilities
