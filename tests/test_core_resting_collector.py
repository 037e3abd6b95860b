"""The collector of cycles while a model is loaded."""

from __future__ import annotations

import gc

import pytest

from cascade.commands.resting_collector import collector_at_rest


def test_it_rests_while_it_is_open_and_works_again_after_an_error_too() -> None:
    assert gc.isenabled()
    with collector_at_rest():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="no such base"), collector_at_rest():
        raise ValueError("no such base")
    assert gc.isenabled()


def test_who_turned_it_off_finds_it_off() -> None:
    gc.disable()
    try:
        with collector_at_rest():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
