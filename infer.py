#!/usr/bin/env python3
"""Command: texts or a data set in, entities out.  `python infer.py --help` lists the options."""

import sys

from data_formats.infer_command import main

if __name__ == "__main__":
    sys.exit(main())
