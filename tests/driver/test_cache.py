# SPDX-License-Identifier: MIT
"""A cache that is missing, read-only or corrupt costs time, never a verdict."""

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from srcucheck.base.diagnostic import ModelError
from srcucheck.driver.cache import Cache, _digest, cache_folder
from srcucheck.driver.library import Library
from srcucheck.lang import parser, tree

TEXT = b"int x;\nthread t { x = 1; }\n"


class Counted:
    """Counts how often a file is parsed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        real = parser.parse

        def parse(source: object) -> tree.File:
            self.times += 1
            return real(source)  # type: ignore[arg-type]

        monkeypatch.setattr(parser, "parse", parse)


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.srcu"
    path.write_bytes(TEXT)
    return path


def read(model: Path, folder: Path | None, name: str = "model.srcu") -> tree.File:
    return Library((), Cache(folder)).file(model, name)[0]


def stored(folder: Path) -> list[Path]:
    return sorted(folder.glob("*"))


def test_a_file_is_parsed_once(parses: Counted, model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    assert read(model, folder) == read(model, folder)
    assert parses.times == 1
    assert len(stored(folder)) == 1


def test_another_text_or_name_is_another_file(parses: Counted, model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    read(model, folder)
    assert read(model, folder, "other.srcu").declarations[0].span.file == "other.srcu"
    model.write_bytes(TEXT.replace(b"1", b"2"))
    read(model, folder)
    assert parses.times == 3


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:],
        lambda data: b"\0" * len(data),
        lambda data: pickle.dumps("another thing"),
        lambda data: b"no pickle at all",
        lambda data: b"cnot.there\nNothing\n.",
    ],
)
@pytest.mark.parametrize("sealed", [True, False])
def test_a_corrupt_cache_is_parsed_again(
    harm: Callable[[bytes], bytes], sealed: bool, parses: Counted, model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "cache"
    expected = read(model, folder)
    (path,) = stored(folder)
    harmed = harm(path.read_bytes())
    path.write_bytes(_digest(path, harmed) + harmed if sealed else harmed)
    assert read(model, folder) == expected
    assert parses.times == 2
    assert read(model, folder) == expected
    assert parses.times == 2, "what was corrupt is replaced"


def test_the_tree_of_another_text_is_none(parses: Counted, model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    expected = read(model, folder)
    (path,) = stored(folder)
    other = tmp_path / "other.srcu"
    other.write_text("bool y;\nthread u { y = true; }\n")
    read(other, folder)
    (swapped,) = [p for p in stored(folder) if p != path]
    path.write_bytes(swapped.read_bytes())
    assert read(model, folder) == expected
    assert parses.times == 3


def test_a_cache_that_cannot_be_written(parses: Counted, model: Path, tmp_path: Path) -> None:
    in_the_way = tmp_path / "cache"
    in_the_way.write_text("a file, where a folder should be")
    assert read(model, in_the_way) == read(model, in_the_way)
    assert parses.times == 2


def test_no_cache(parses: Counted, model: Path) -> None:
    assert read(model, None) == read(model, None)
    assert parses.times == 2


def test_nothing_is_kept_of_a_file_with_errors(model: Path, tmp_path: Path) -> None:
    model.write_text("thread t { x = ; }")
    for _ in range(2):
        with pytest.raises(ModelError):
            read(model, tmp_path / "cache")
    assert stored(tmp_path / "cache") == []


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "srcucheck"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "srcucheck"
