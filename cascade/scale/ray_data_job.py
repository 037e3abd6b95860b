"""A job on Ray Data: files in, the results of their parts out, in order, from any number of machines."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cascade.errors import IntegrationError
from cascade.scale.part_reader import PartReader, PartResult, Reading, rows_of
from cascade.scale.ray_package import PURPOSE, connected, ray_module

RETRIES = 2  # of a part whose actor dies: a text that kills every process that reads it must end the job


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a job runs: the address, the number of actors, and what each of them takes.

    address: of a cluster of Ray, or "" for this machine alone.
    """

    address: str = ""
    actors: int = 1
    cores: int = 1
    gpus: float = 0


def part_results(
    paths: Sequence[str], formats: Mapping[str, str], reading: Reading, cluster: Cluster, *, part_size: int
) -> Generator[PartResult, None, None]:
    """The results of all parts, in the order of the paths and of their lines, as they come.

    formats: of each path. part_size: lines or rows of a part; with the files it says what is read together, so that
    results do not depend on the number of actors. A part whose actor dies is read again, by another one, but not for
    ever. Raises CascadeError for what goes wrong in an actor, and IntegrationError where the cluster gives up.
    """
    with connected(cluster.address, PURPOSE, cores=cluster.actors * cluster.cores) as ray:
        data = ray_module("ray.data", PURPOSE)
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # it would tell of each step, and print tracebacks
        context = data.DataContext.get_current().copy()
        context.execution_options.preserve_order = True
        context.target_max_block_size = 1  # bytes: a block for each part
        context.raise_original_map_exception = True  # or an error would tell no cause
        context.enable_progress_bars = context.print_on_execution_start = False
        with data.DataContext.current(context):
            found = _read(data, _rows(data, paths, formats, part_size), reading, cluster)
            try:
                for row in found.iter_rows():
                    yield PartResult.of(row["message"])
            except ray.exceptions.RayError as error:
                raise IntegrationError(f"the cluster of Ray gave up: {_told(error, ray.exceptions)}") from error


def _read(data: Any, rows: Any, reading: Reading, cluster: Cluster) -> Any:
    """The dataset of the messages of all parts. A part whose actors die is read RETRIES times again, not for ever."""
    with warnings.catch_warnings():  # that these keywords go in Ray 2.64, before which the extra ends
        warnings.filterwarnings("ignore", message=".*ray_remote_args.*")
        return rows.map(
            PartReader,
            fn_constructor_kwargs={"reading": reading},
            compute=data.ActorPoolStrategy(size=cluster.actors),
            num_cpus=cluster.cores,
            num_gpus=cluster.gpus,
            max_restarts=-1,
            max_task_retries=RETRIES,
        )


def _told(error: Exception, known: Any) -> str:
    """What went wrong, in a line, and what helps. known: Ray's module of exceptions."""
    cause: BaseException = getattr(error, "cause", None) or error
    first = next(iter(str(cause).strip().splitlines()), "").removesuffix(".")
    told = first if isinstance(cause, known.RayError) and first else f"{type(cause).__name__}: {first}"
    if isinstance(error, known.RayActorError):
        return (
            f"{told}. The same command reads that part again; if it ends so again, a text among the next ones kills "
            "every process that reads it, by its memory for instance: leave it out, or give actors more memory"
        )
    lost = (known.NodeDiedError, known.LocalRayletDiedError, known.WorkerCrashedError, known.ObjectLostError)
    return f"{told}. The same command goes on" if isinstance(error, lost) else told


def _rows(data: Any, paths: Sequence[str], formats: Mapping[str, str], part_size: int) -> Any:
    """The dataset of all parts, a row each, whose files Ray opens on whatever machine reads them."""
    from ray.data.datasource import DefaultFileMetadataProvider, FileBasedDatasource

    names: dict[str, str] = {}  # of paths as the file system knows them

    class InOrder(DefaultFileMetadataProvider):
        """Says nothing of files that would need a look at each, and leaves them in their order."""

        def expand_paths(self, known: list[str], filesystem: Any, *_: Any, **__: Any) -> Iterator[tuple[str, int]]:
            names.update(zip(known, paths, strict=True))
            return ((path, 0) for path in known)

    class Parts(FileBasedDatasource):
        """Files as rows of some lines each."""

        def _open_input_source(self, filesystem: Any, path: str, **_: Any) -> Any:
            return filesystem.open_input_file(path)

        def _read_stream(self, file: Any, path: str) -> Iterator[Any]:
            import pyarrow

            schema = _schema(pyarrow)
            for row in rows_of(io.BufferedReader(file), names[path], formats[names[path]], part_size):
                yield pyarrow.Table.from_pylist([row], schema)

    source = Parts(list(paths), meta_provider=InOrder())
    # reading takes next to nothing, and must go on where actors take all cores
    return data.read_datasource(source, override_num_blocks=len(paths), num_cpus=0)


def _schema(pyarrow: Any) -> Any:
    text, number = pyarrow.string(), pyarrow.int64()
    content = pyarrow.list_(pyarrow.large_binary())
    return pyarrow.schema(
        {"name": text, "format": text, "first": number, "offset": number, "content": content, "error": text}
    )
