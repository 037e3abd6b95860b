"""The component of Haystack, in a real pipeline."""

from __future__ import annotations

import pytest
from name_finder import NameFinder

haystack = pytest.importorskip("haystack")

from cascade.integrations import haystack_component  # noqa: E402
from cascade.integrations.haystack_component import CascadeEntityExtractor  # noqa: E402


def test_a_pipeline_gives_documents_their_entities_and_leaves_the_given_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(haystack_component, "loaded_cascade", lambda options: NameFinder({"Ada": "person"}))
    pipeline = haystack.Pipeline()
    pipeline.add_component("entities", CascadeEntityExtractor(["person"]))
    again = haystack.Pipeline.loads(pipeline.dumps(), allowed_modules=[haystack_component.__name__])
    given = [haystack.Document(content="Ada slept", meta={"year": 1}), haystack.Document(content=None)]
    first, second = again.run({"entities": {"documents": given}})["entities"]["documents"]
    assert [each["text"] for each in first.meta["entities"]] == ["Ada"]
    assert (first.meta["year"], second.meta["entities"]) == (1, [])
    assert given[0].meta == {"year": 1}
