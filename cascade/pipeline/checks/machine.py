"""Checks of the machine: the device, the arithmetic and our kernels."""

from __future__ import annotations

from collections.abc import Iterator

from cascade.errors import BaseModelError
from cascade.pipeline.checks.outcome import FAIL, OK, WARN, Outcome


def check_device(device: str | None) -> Iterator[Outcome]:
    """The device that jobs run on, the arithmetic that is fastest there, and whether it is fast."""
    from cascade.model.devices import devices_here, usable_device
    from cascade.model.precision import instructions, precision_of

    try:
        place = usable_device(device)
    except BaseModelError as error:
        yield Outcome("device", FAIL, str(error), f"name one of {', '.join(devices_here())}")
        return
    yield Outcome("device", OK, f"{place} of {', '.join(devices_here())}")
    name = precision_of("auto", place).name
    slow = place.type == "cpu" and name == "fp32"
    remedy = "a CPU with AVX2 or a GPU is several times as fast" if slow else ""
    on = f" on {instructions()}" if place.type == "cpu" else ""
    yield Outcome("arithmetic", WARN if slow else OK, f"{name}{on}", remedy)


def check_kernels() -> Iterator[Outcome]:
    """Whether the library in C++ was built and can be loaded; without it everything works, at half the speed."""
    from cascade.model.precision import has_own_kernels

    if has_own_kernels():
        yield Outcome("kernels", OK, "the library in C++ is built and used")
    else:
        remedy = "install a C++ compiler, such as g++, then: pip install --force-reinstall --no-deps cascade-ner"
        yield Outcome("kernels", WARN, "the library in C++ is not there: 8-bit inference takes twice as long", remedy)
