"""Imports of a process that does nothing but inference."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from cascade.commands.lean_imports import UNUSED, unused_left_out

pytestmark = pytest.mark.slow


def test_unused_packages_are_hidden_while_it_is_open_and_others_are_not() -> None:
    installed = {name for name in UNUSED if importlib.util.find_spec(name)}
    assert "accelerate" in installed
    with unused_left_out():
        assert not any(importlib.util.find_spec(name) for name in UNUSED)
        assert importlib.util.find_spec("numpy")
    assert {name for name in UNUSED if importlib.util.find_spec(name)} == installed


def test_transformers_loads_a_model_class_without_them() -> None:
    code = (
        "import sys\nfrom cascade.commands.lean_imports import UNUSED, unused_left_out\n"
        "with unused_left_out():\n    from transformers.models.gemma3.modeling_gemma3 import Gemma3ForCausalLM\n"
        "print(sorted(UNUSED & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"
