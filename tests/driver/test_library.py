# SPDX-License-Identifier: MIT
"""Which file is meant, and what becomes of one that is none."""

import os
from pathlib import Path

import pytest

from srcucheck.base.budget import Silent
from srcucheck.base.diagnostic import ModelError
from srcucheck.check.report import Report
from srcucheck.check.verdict import word
from srcucheck.driver.cache import Cache
from srcucheck.driver.jobs import Interrupt, run
from srcucheck.driver.library import MOST_BYTES, Library, shipped
from srcucheck.driver.settings import Settings

COMPLETION = """
void wait_for_completion(struct completion *c) { await (c->done) ; }
void complete(struct completion *c) { c->done = %s; }
struct completion { bool done; };
"""
MODEL = """
use completion;
struct completion c;
thread a { wait_for_completion(&c); }
thread b { complete(&c); }
check done: completes(a);
"""


def checked(model: Path, settings: Settings) -> Report:
    return run([str(model)], settings, Silent(), [], Interrupt())


def verdict(report: Report) -> str:
    return word(report.files[0].variants[0].judgements[0].verdict)


def codes(report: Report) -> list[str]:
    return [d.code for d in report.files[0].diagnostics]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.srcu"
    path.write_text(MODEL)
    return path


def test_shipped_specs_are_found() -> None:
    assert (shipped("specs") / "drm.srcu").is_file()
    assert (shipped("models") / "fences" / "fence_wait_in_section.srcu").is_file()
    assert {"drm", "srcu", "srcu_counters"} <= set(Library((), Cache(None)).known())


def test_the_users_specs_come_first(model: Path, tmp_path: Path) -> None:
    assert verdict(checked(model, Settings())) == "holds"
    own = tmp_path / "own"
    own.mkdir()
    (own / "completion.srcu").write_text(COMPLETION % "false")
    assert verdict(checked(model, Settings(spec_folders=(own,)))) == "fails"
    first = tmp_path / "first"
    first.mkdir()
    (first / "completion.srcu").write_text(COMPLETION % "true")
    assert verdict(checked(model, Settings(spec_folders=(first, own)))) == "holds"


def test_the_users_specs_are_checked_and_called_by_their_path(model: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "completion.srcu").write_text(COMPLETION % "truth")
    report = checked(model, Settings(spec_folders=(own,)))
    (found,) = report.files[0].diagnostics
    assert found.span is not None
    assert found.span.file == str(own / "completion.srcu")
    assert found.span.file in report.files[0].sources


def test_a_quoted_path_is_beside_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "inside"
    (inside / "parts").mkdir(parents=True)
    (inside / "parts" / "c.srcu").write_text(COMPLETION % "true")
    (inside / "m.srcu").write_text(MODEL.replace("use completion", 'use "parts/c.srcu"'))
    monkeypatch.chdir(tmp_path)
    assert verdict(checked(Path("inside/m.srcu"), Settings())) == "holds"


def test_a_path_on_the_command_line_is_where_one_stands(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.srcu").write_text(COMPLETION % "false")
    monkeypatch.chdir(elsewhere)
    settings = Settings(substitutes=(("completion", "./mine.srcu"),))
    assert verdict(checked(model, settings)) == "fails"


def test_an_unknown_spec_has_a_hint(model: Path) -> None:
    model.write_text(MODEL.replace("use completion", "use completoin"))
    (found,) = checked(model, Settings()).files[0].diagnostics
    assert (found.code, found.fix) == ("E201", "completion")


def test_a_missing_use_is_named(model: Path) -> None:
    model.write_text(MODEL.replace("use completion;", ""))
    found = checked(model, Settings()).files[0].diagnostics
    assert any("use completion;" in (d.fix or "") for d in found)


def test_a_spec_that_does_not_parse_hides_no_hint(model: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "broken.srcu").write_text("int (")
    model.write_text(MODEL.replace("use completion;", ""))
    found = checked(model, Settings(spec_folders=(own,))).files[0].diagnostics
    assert any("use completion;" in (d.fix or "") for d in found)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "E101"),
        (b"  \n// nothing\n", "E101"),
        (b"\xff\xfe\x00", "E102"),
        (b"thread t { }\0", "E102"),
        (bytes(range(256)) * 10, "E102"),
        (b"x" * (MOST_BYTES + 1), "E525"),
        (b"param N = 1;\nparam N = 2;\nthread t { }\n", "E204"),
    ],
)
def test_what_is_no_model(content: bytes, code: str, model: Path) -> None:
    model.write_bytes(content)
    assert codes(checked(model, Settings())) == [code]


def test_what_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone.srcu"
    gone.symlink_to(tmp_path / "nowhere")
    assert codes(checked(gone, Settings())) == ["E525"]
    shut = tmp_path / "shut.srcu"
    shut.write_text("thread t { }")
    shut.chmod(0)
    if os.access(shut, os.R_OK):  # nothing is shut for root: let the system say what it would
        real = open

        def refusing(path: object, *rest: object) -> object:
            if path == shut:
                raise PermissionError(13, "Permission denied")
            return real(path, *rest)  # type: ignore[call-overload]

        monkeypatch.setattr("builtins.open", refusing)
    (found,) = checked(shut, Settings()).files[0].diagnostics
    assert found.code == "E525"
    assert "Permission denied" in found.message


def test_line_ends_of_another_system(model: Path) -> None:
    model.write_bytes(MODEL.replace("\n", "\r\n").encode())
    assert verdict(checked(model, Settings())) == "holds"


def test_a_folder_is_searched_in_order_and_without_what_is_no_file(tmp_path: Path) -> None:
    for name in ("b", "a", "deep/c"):
        path = tmp_path / f"{name}.srcu"
        path.parent.mkdir(exist_ok=True)
        path.write_text("thread t { }")
    os.mkfifo(tmp_path / "pipe.srcu")
    paths = [str(tmp_path), str(tmp_path / "a.srcu")]
    report = run(paths, Settings(), Silent(), [], Interrupt())
    names = [str(Path(f.path).relative_to(tmp_path)) for f in report.files]
    assert names == ["a.srcu", "b.srcu", "deep/c.srcu"]


def test_a_folder_without_models(tmp_path: Path) -> None:
    report = run([str(tmp_path)], Settings(), Silent(), [], Interrupt())
    assert codes(report) == ["E526"]


def test_a_library_reads_a_file_once(model: Path) -> None:
    library = Library((), Cache(None))
    first = library.file(model, "m")
    model.write_text("int (")
    assert library.file(model, "m") is first
    with pytest.raises(ModelError):
        Library((), Cache(None)).file(model, "m")
