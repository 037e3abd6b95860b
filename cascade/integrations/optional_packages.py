"""Packages that need not be installed: each is imported by what needs it, or missed with a clear error."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cascade.errors import IntegrationError


def optional_package(name: str, extra: str, purpose: str) -> Any:
    """The module `name`, of a package that the extra installs.

    purpose: what needs it, as the error says.  Raises IntegrationError where it is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise IntegrationError(
            f"{purpose} needs the module {name}, which cannot be imported ({error}); install it with "
            f"pip install 'cascade-ner[{extra}]'"
        ) from error
