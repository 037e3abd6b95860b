"""All surfaces."""

from __future__ import annotations

from fuzz.commands import command_surfaces
from fuzz.readers import reader_surfaces
from fuzz.settings import settings_surfaces
from fuzz.surface import Surface
from fuzz.texts import text_surfaces


def surfaces() -> list[Surface]:
    """All surfaces, in the order of the table."""
    return [*reader_surfaces(), *text_surfaces(), *settings_surfaces(), *command_surfaces()]
