"""`python -m cascade COMMAND ...`: the command `cascade-ner`, where no such command is on the path."""

from __future__ import annotations

import sys

from cascade.commands.console import main

if __name__ == "__main__":
    sys.exit(main())
