#!/usr/bin/env bash
# torch: destroy_process_group does not end gloo's threads once torch.distributed.nn was imported within the group.
#
# Versions: torch 2.13.0 (CPU), Python 3.11, Linux (threads are told by their names in /proc).
# Expected: "Destroy a given process group, and deinitialize the distributed package" (its docstring): what the group
#   has started, threads of gloo's that wait for work, ends with it.
# Seen: the threads end if nothing else refers to the group, at once. The functions of torch.distributed.nn have
#   `group=group.WORLD` as a default, which is looked up when the module is imported. Imported while a group is there,
#   also by what imports it for its own use, such as DistributedDataParallel by way of torch._dynamo, they hold that
#   group to the end of the process, and all its threads live on. Imported before there is a group, they hold none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 numpy
cd "$folder"
cat > threads.py <<'PYTHON'
import gc
import sys
import tempfile
from pathlib import Path

import torch
from torch import distributed

when = sys.argv[1]


def threads():
    names = [(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()]
    return sum("gloo" in name for name in names)


if when == "before":
    import torch.distributed.nn
distributed.init_process_group("gloo", init_method=f"file://{tempfile.mkdtemp()}/store", rank=0, world_size=1)
if when == "ddp":
    torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(2, 2))
if when == "within":
    import torch.distributed.nn
during = threads()
distributed.destroy_process_group()
gc.collect()
print(f"{when}: {'some' if during else 'no'} threads of gloo's in the group, {'some' if threads() else 'none'} after it")
PYTHON
for when in never before within ddp; do venv/bin/python -W ignore threads.py "$when"; done | tee seen.txt
diff - seen.txt <<'SEEN'
never: some threads of gloo's in the group, none after it
before: some threads of gloo's in the group, none after it
within: some threads of gloo's in the group, some after it
ddp: some threads of gloo's in the group, some after it
SEEN
echo "as described"
