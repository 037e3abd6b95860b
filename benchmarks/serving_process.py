"""A server in a process of its own, for measurements and pictures."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cascade import CascadeError

_START = "import sys; from cascade.commands.console import main; sys.exit(main(sys.argv[1:]))"
_ADDRESS = re.compile(r"listening at (http://\S+)")


@contextmanager
def running_server(options: Sequence[str] = ()) -> Iterator[tuple[str, int]]:
    """The address and the process id of `cascade-ner serve` with these options, on a free port, until the end.

    Raises CascadeError, with what it printed, where it does not start.
    """
    command = [sys.executable, "-c", _START, "serve", "--port", "0", *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    try:
        printed = []
        for line in process.stderr or ():
            printed.append(line.strip())
            if found := _ADDRESS.search(line):
                yield found[1], process.pid
                break
        else:
            raise CascadeError(f"the server did not start: {'; '.join(printed)}")
    finally:
        process.terminate()
        process.communicate(timeout=60)
