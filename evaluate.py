#!/usr/bin/env python3
"""Command: gold and predicted documents in, a report out.  `python evaluate.py --help` lists the options.

The file shares its name with the PyPI package `evaluate`.  Where this folder stands on sys.path, `import evaluate` in
another library arrives here first; it is then handed the package from further down the path, or told that there is
none, as if this file were not there.
"""

from __future__ import annotations

import importlib.util
import os
import sys


def hand_over() -> None:
    """The `evaluate` that the import system would have found without this file, put in its place in sys.modules.

    The search goes on behind this folder, for all finders, so that editable installs count too; a folder without
    `__init__.py` is no package. Raises ModuleNotFoundError where there is none.
    """
    here = os.path.dirname(os.path.realpath(__file__))
    places = [os.path.realpath(entry or os.getcwd()) for entry in sys.path]
    behind = places.index(here) + 1 if here in places else 0
    path = [entry for entry, place in zip(sys.path[behind:], places[behind:], strict=True) if place != here]
    for finder in sys.meta_path:
        spec = finder.find_spec("evaluate", path)
        if (
            spec is None
            or spec.loader is None
            or spec.origin is None
            or os.path.realpath(spec.origin) == os.path.realpath(__file__)
        ):
            continue
        module = importlib.util.module_from_spec(spec)
        sys.modules["evaluate"] = module  # the import that led here returns what stands under its name
        spec.loader.exec_module(module)
        return
    raise ModuleNotFoundError("No module named 'evaluate'", name="evaluate")


if __name__ == "evaluate":
    hand_over()
elif __name__ == "__main__":
    from cascade.commands.evaluate import main

    sys.exit(main())
