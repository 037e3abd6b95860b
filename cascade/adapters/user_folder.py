"""The folder of a user's own pairs: where `adapters add` puts them, and where the name of a pair finds them."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from cascade.adapters.card import CARD, STAGES, shipped_adapters
from cascade.errors import AdapterError

ADAPTERS = "CASCADE_NER_ADAPTERS"  # environment variable that names another folder
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def user_adapters() -> Path:
    """The folder of the user's pairs; it need not exist."""
    if given := os.environ.get(ADAPTERS, "").strip():
        return Path(given)
    home = Path.home()
    if sys.platform == "win32":
        data = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        data = home / "Library" / "Application Support"
    else:
        data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return data / "cascade-ner" / "adapters"


def user_pairs() -> dict[str, Path]:
    """The folders of the user's pairs by name, in alphabetical order."""
    folder = user_adapters()
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    return {each.name: each for each in there if all((each / stage / CARD).is_file() for stage in STAGES)}


def folder_of(pair: str | None) -> Path:
    """The folder that holds the pair of that name: the user's, or else that of the shipped adapters."""
    return user_pairs().get(pair, shipped_adapters()) if pair is not None else shipped_adapters()


def check_name(name: str) -> None:
    """Raises AdapterError for a name that cannot be that of a user's pair."""
    if not _NAME.fullmatch(name):
        raise AdapterError(
            f"{name!r} cannot be the name of a pair; expected up to 64 letters of ASCII, digits, '.', '_' or '-', such "
            "as law-de; name it with --name"
        )
    if (shipped_adapters() / name).is_dir():
        raise AdapterError(f"{name!r} is the name of shipped adapters; expected another one, with --name")
