"""Invented and numbered names that stay the same for the same text within a job."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from cascade.errors import RedactionError

_TRIES = 1000
# what Faker invents for a type, by words of the type's name
_METHODS = {
    "person": "name",
    "company": "company",
    "organization": "company",
    "organisation": "company",
    "location": "city",
    "city": "city",
    "country": "country",
    "address": "address",
    "email": "email",
    "email address": "email",
    "phone number": "phone_number",
    "iban": "iban",
    "credit card": "credit_card_number",
    "ip address": "ipv4",
    "url": "url",
    "date": "date",
    "date of birth": "date",
    "job title": "job",
}


class Pseudonyms:
    """Gives the same pseudonym to the same text of the same type, and another one to each other text.

    Texts that differ only in case and blanks are the same.  seed: of what is invented; None for one that nobody knows.
    """

    def __init__(self, *, seed: int | None = None, locale: str = "en_US") -> None:
        self._seed, self._locale = seed, locale
        self._given: dict[tuple[str, str], str] = {}
        self._taken: dict[str, tuple[str, str]] = {}
        self._numbers: dict[str, int] = {}
        self._faker: Any = None

    def check_locale(self) -> None:
        """Raises RedactionError for a locale that Faker has no names of; without Faker none is needed."""
        self._inventor()

    def numbered(self, text: str, type: str, whole: str) -> str:
        """Such as `Person 1`."""
        return self._same(text, type, whole, lambda: self._next_number(type))

    def invented(self, text: str, type: str, whole: str) -> str:
        """A name by Faker where it is installed and knows the type, otherwise a numbered one."""
        method = _METHODS.get(type.lower())
        faker = self._inventor() if method is not None else None
        if faker is None or method is None:
            return self.numbered(text, type, whole)
        return self._same(text, type, whole, lambda: " ".join(str(getattr(faker, method)()).split()))

    def _same(self, text: str, type: str, whole: str, make: Callable[[], str]) -> str:
        key = (type, " ".join(text.casefold().split()))
        given = self._given.get(key)
        if given is not None and not _is_in(given, whole):
            return given
        if given is not None:
            raise RedactionError(
                f"the pseudonym of an entity ({type}) stands in the text itself, so that they could not be told apart"
            )
        for _ in range(_TRIES):
            made = make()
            if made.casefold() not in self._taken and not _is_in(made, whole):
                self._given[key], self._taken[made.casefold()] = made, key
                return made
        raise RedactionError(f"no further pseudonym could be made for the type {type!r}; expected an unused one")

    def _next_number(self, type: str) -> str:
        self._numbers[type] = self._numbers.get(type, 0) + 1
        return f"{type[:1].upper()}{type[1:]} {self._numbers[type]}"

    def _inventor(self) -> Any:
        if self._faker is None:
            try:
                from faker import Faker
            except ImportError:
                return None
            try:
                self._faker = Faker(self._locale)
            except AttributeError as error:
                raise RedactionError(
                    f"locale {self._locale!r} of pseudonyms; expected one that Faker knows, such as de_DE"
                ) from error
            self._faker.seed_instance(secrets.randbits(128) if self._seed is None else self._seed)
        return self._faker


def _is_in(pseudonym: str, whole: str) -> bool:
    return pseudonym.casefold() in whole.casefold()
