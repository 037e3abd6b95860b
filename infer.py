#!/usr/bin/env python3
"""Command: texts or a data set in, entities out.  `python infer.py --help` lists the options."""

import gc
import sys

from cascade.commands.infer import main

if __name__ == "__main__":
    status = main()
    # or the interpreter looks through all objects of the imported packages before it ends, for more than a second
    gc.freeze()
    sys.exit(status)
