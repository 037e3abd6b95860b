"""Names of types that come with what is meant by them."""

from __future__ import annotations

from typing import Any


class DescribedName(str):
    """A type's name that the prompt describes, as in `court (a body of judges)`; otherwise the name itself.

    As a string it equals the bare name, so that only the prompt differs.
    """

    __slots__ = ("description",)
    description: str

    def __new__(cls, name: str, description: str) -> DescribedName:
        """The name, with its description: a line of text without `|`, which ends the prompt."""
        made = super().__new__(cls, name)
        made.description = " ".join(description.replace("|", "/").split())
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuilds the name with its description."""
        return type(self), (str(self), self.description)
