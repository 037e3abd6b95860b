"""One source of chance for a whole document: numbers, patterns, words of the language and Faker's values."""

from __future__ import annotations

import random
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cascade.errors import CascadeError
from train.synthetic.language import Language

T = TypeVar("T")

_ALPHABETS = {
    "#": string.digits,
    "%": string.digits[1:],
    "?": string.ascii_uppercase,
    "!": string.ascii_lowercase,
    "*": "0123456789abcdef",
    "&": string.ascii_uppercase + string.digits,
}


@dataclass(slots=True)
class Sources:
    """The random numbers that all of Faker's locales and our own draws share; one of them serves a whole run."""

    random: random.Random = field(default_factory=random.Random)
    fakers: dict[str, Any] = field(default_factory=dict)

    def faker(self, locale: str) -> Any:
        """Faker for a locale, drawing from the shared numbers; raises CascadeError if Faker is not installed."""
        if locale not in self.fakers:
            try:
                from faker import Faker
            except ImportError as error:
                raise CascadeError(
                    "names and numbers are drawn by the package 'faker', which is not installed. Run: pip install "
                    '"faker>=40.63,<41"'
                ) from error
            made: Any = Faker(locale)
            made.random = self.random
            self.fakers[locale] = made
        return self.fakers[locale]


@dataclass(frozen=True, slots=True)
class Draw:
    """What a value generator draws from: chance, the language and one of its locales.

    native_digits: whether amounts and dates are written in the language's own digits, where it has some.
    """

    sources: Sources
    language: Language
    locale: str
    native_digits: bool = False

    @classmethod
    def of(cls, sources: Sources, language: Language) -> Draw:
        """A draw in one of the language's locales."""
        return cls(sources, language, sources.random.choice(language.locales), sources.random.random() < 0.12)

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.sources.random.random() < probability

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return self.sources.random.choice(options)

    def number(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return self.sources.random.randint(low, high)

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different options in random order, or all of them if there are fewer."""
        return self.sources.random.sample(options, min(count, len(options)))

    def pattern(self, shape: str) -> str:
        """A string of a shape: # is a digit, % one that is not zero, ? and ! letters, & a letter or digit, * hex."""
        return "".join(self.pick(_ALPHABETS[each]) if each in _ALPHABETS else each for each in shape)

    def word(self, kind: str) -> str:
        """A word of a list of the language."""
        return self.pick(self.language.words[kind])

    def format(self, kind: str) -> str:
        """A pattern of the language, such as those of dates."""
        return self.pick(self.language.formats[kind])

    def shape(self, kind: str) -> str:
        """A string of one of the language's shapes, such as those of tax numbers."""
        return self.pattern(self.format(kind))

    def made_by_faker(self, kind: str, group: str) -> bool:
        """Whether Faker makes values of a kind; if not, the language's file has words or patterns for them.

        group: of Faker's providers, such as `job`. Where a locale has none of a group, Faker's values are English.
        """
        if kind in self.language.own:
            return False
        provider = self.sources.faker(self.locale).provider(f"faker.providers.{group}")
        return self.language.code == "en" or provider.__lang__ == self.locale

    def made(self, provider: str, locale: str | None = None) -> str:
        """A value of one of Faker's providers, on one line."""
        value = getattr(self.sources.faker(locale or self.locale), provider)()
        return " ".join(str(value).split())
