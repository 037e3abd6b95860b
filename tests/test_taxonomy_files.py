"""Taxonomies in files: names a line, JSON, and what is neither."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from taxonomy_shapes import SHAPES

from cascade.errors import TaxonomyError
from cascade.taxonomy.parsing import read_taxonomy
from cascade.taxonomy.tree import Taxonomy


def test_text_file_with_a_name_a_line(tmp_path: Path) -> None:
    path = tmp_path / "types.txt"
    path.write_bytes(b"\xef\xbb\xbfperson\r\n\r\n  real person \nevent")
    assert read_taxonomy(path) == Taxonomy.flat(["person", "real person", "event"])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.txt", b"a\nb,c\n", "{path}:2: 'b,c' holds a comma; expected one name a line"),
        ("t.txt", b"a\n# b\n", "{path}:2: '# b' looks like a comment; expected one name a line"),
        ("t.txt", b"a\na\n", "{path}: the taxonomy names 'a' twice; expected each type once"),
        ("t.txt", b"", "{path}: the taxonomy has no types; expected at least one, such as --types person,organization"),
        ("t.txt", b"a\n\xe9\n", "{path}:2: byte 0xe9 at offset 2 is not UTF-8; save the file as UTF-8"),
        ("t.json", b'["a",\n}', f"{{path}}:2: not JSON: Expecting value at column 1; expected {SHAPES}"),
        (
            "t.json",
            b'{"a": {"b": null, "b": null}}',
            "{path}: an object has the key 'b' twice; expected each name once",
        ),
    ],
)
def test_ill_formed_files(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(TaxonomyError) as caught:
        read_taxonomy(path)
    assert str(caught.value) == message.format(path=path)


def test_json_is_known_by_its_first_character(tmp_path: Path) -> None:
    path = tmp_path / "types"
    path.write_text(json.dumps({"person": None}))
    assert read_taxonomy(path) == Taxonomy.flat(["person"])


def test_hostile_nesting_is_a_taxonomy_error(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 100_000)
    with pytest.raises(TaxonomyError, match="deep.json: JSON that cannot be decoded: maximum recursion depth exceeded"):
        read_taxonomy(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError) as caught:
        read_taxonomy(tmp_path / "none.json")
    assert str(caught.value) == (
        f"{tmp_path}/none.json: cannot be read: No such file or directory; expected a JSON file or a text file with a "
        "type name a line"
    )
