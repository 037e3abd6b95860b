"""An annotator of batches of columns, as `datasets.Dataset.map(..., batched=True)` calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cascade.errors import IntegrationError, shown
from cascade.integrations.column_reading import Rows, RowShape, read_column
from cascade.integrations.optional_packages import optional_package

if TYPE_CHECKING:
    from cascade import Cascade, Taxonomy


class Annotator:
    """Called with columns, returns the column of entities: `dataset.map(Annotator(ner), batched=True)`.

    types: as for a call of the cascade.  options: of `Cascade.stream`, such as language and min_score.  `missing`
    counts the values without a text that were read in this process; their entity lists are empty.

    It can be pickled as the cascade can, so that `num_proc` works.  What `datasets` makes of it as the name of its
    cache is the same in another run of a program, and another one where the cascade, the types or an option differ.
    """

    def __init__(
        self,
        ner: Cascade,
        types: Taxonomy | Mapping[str, Any] | Sequence[str] | None = None,
        *,
        text_column: str = "text",
        entities_column: str = "entities",
        **options: Any,
    ) -> None:
        self.ner, self.types = ner, types
        self.text_column, self.entities_column = text_column, entities_column
        self.options = options
        self.missing = 0

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[Rows]]:
        """The entities of each text of a batch, under the name of the entities' column."""
        if self.text_column not in batch:
            raise IntegrationError(
                f"the batch has no column {self.text_column!r} but {shown(sorted(batch))}; name the column of the "
                "texts with text_column"
            )
        if self.entities_column in batch:
            raise IntegrationError(
                f"the batch has a column {self.entities_column!r} already, which the entities would replace; rename it "
                "first, or name another with entities_column"
            )
        texts = batch[self.text_column]
        if isinstance(texts, str):
            raise IntegrationError(
                f"column {self.text_column!r} of the batch is one text; expected a list of texts. Call map with "
                "batched=True"
            )
        column = f"column {self.text_column!r} of the batch"
        read = read_column(self.ner, texts, column=column, types=self.types, **self.options)
        self.missing += read.missing
        return {self.entities_column: read.entities}

    def features(self, features: Mapping[str, Any]) -> Any:
        """A dataset's features with those of the entities' column, for `map(..., features=...)`.

        They are needed where the first texts may have no entity at all: the type of their lists could not be told.
        """
        datasets = optional_package("datasets", "datasets", "the features of a dataset")
        value = datasets.Value
        entity: dict[str, Any] = {"start": value("int64"), "end": value("int64"), "text": value("string")}
        entity |= {"type": value("string"), "score": value("float64")}
        shape = RowShape.of(self.options)
        if shape.alternatives:
            entity["alternatives"] = [{"type": value("string"), "score": value("float64")}]
        if shape.unsure:
            entity["unsure"] = value("bool")
        return datasets.Features({**features, self.entities_column: [entity]})

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "missing": 0}  # what it is, and not what it has read so far
