# SPDX-License-Identifier: MIT
"""Variants: every combination, in order, less what ``-D`` fixes."""

from pathlib import Path

import pytest

from srcucheck.base.diagnostic import ModelError
from srcucheck.driver.cache import Cache
from srcucheck.driver.library import Library
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, load_model

MODEL = """
param N = 2;
choice WAIT = in_section | outside;
choice DEPTH = 1 | 2 | 3;
choice LATE = false | true;
thread t { }
"""
SRCU = """
choice EARLY = false | true;
choice SRCU = srcu | srcu_counters;
use SRCU as srcu;
struct srcu_struct s;
thread t { if (EARLY) synchronize_srcu(&s); }
"""


def model(folder: Path, text: str, settings: Settings) -> Model:
    path = folder / "model.srcu"
    path.write_text(text)
    library = Library(settings.spec_folders, Cache(None))
    return Model(library, load_model(library, path, "model.srcu"), settings)


def variants(folder: Path, text: str, *definitions: tuple[str, str]) -> list[dict[str, object]]:
    return [dict(v) for v in model(folder, text, Settings(definitions)).variants()]


def refused(folder: Path, *definitions: tuple[str, str]) -> tuple[str, str, str | None]:
    with pytest.raises(ModelError) as caught:
        variants(folder, MODEL, *definitions)
    (one,) = caught.value.diagnostics
    return one.code, one.message, one.fix


def test_the_last_choice_varies_fastest(tmp_path: Path) -> None:
    found = variants(tmp_path, MODEL)
    assert len(found) == 2 * 3 * 2
    assert found[0] == {"WAIT": "in_section", "DEPTH": 1, "LATE": False}
    assert found[1] == {"WAIT": "in_section", "DEPTH": 1, "LATE": True}
    assert found[2] == {"WAIT": "in_section", "DEPTH": 2, "LATE": False}
    assert found[6] == {"WAIT": "outside", "DEPTH": 1, "LATE": False}


def test_definitions_fix_choices_of_all_sorts(tmp_path: Path) -> None:
    found = variants(tmp_path, MODEL, ("WAIT", "outside"), ("DEPTH", "3"), ("LATE", "true"))
    assert found == [{"WAIT": "outside", "DEPTH": 3, "LATE": True}]


def test_definitions_set_params(tmp_path: Path) -> None:
    found = variants(tmp_path, MODEL, ("N", "0x10"), ("DEPTH", "1"), ("LATE", "true"))
    assert [v["N"] for v in found] == [16, 16]


@pytest.mark.parametrize(
    ("name", "value", "code", "hint"),
    [
        ("WIAT", "outside", "E520", "Did you mean 'WAIT'?"),
        ("UNHEARD", "1", "E520", "It has WAIT, DEPTH, LATE, N."),
        ("WAIT", "outsid", "E521", "Did you mean 'outside'?"),
        ("DEPTH", "4", "E521", "the choice has 1, 2, 3"),
        ("N", "many", "E521", "a param is a number"),
        ("N", "40000", "E521", "out of range: -32768 to 32767"),
    ],
)
def test_definitions_that_fit_nothing(
    tmp_path: Path, name: str, value: str, code: str, hint: str
) -> None:
    found = refused(tmp_path, (name, value))
    assert found[0] == code
    assert hint in found[1]
    assert ("Did you mean" in hint) == (found[2] is not None)


def test_every_wrong_name_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        variants(tmp_path, MODEL, ("X1", "1"), ("X2", "1"))
    assert [d.code for d in caught.value.diagnostics] == ["E520", "E520"]


def test_too_many_variants(tmp_path: Path) -> None:
    text = "".join(f"choice C{n} = false | true;\n" for n in range(13)) + "thread t { }"
    with pytest.raises(ModelError, match="8,192 variants"):
        variants(tmp_path, text)
    assert len(variants(tmp_path, text, ("C0", "true"))) == 4096


def test_a_choice_of_specs_is_an_axis_like_others(tmp_path: Path) -> None:
    made = model(tmp_path, SRCU, Settings())
    found = list(made.variants())
    assert [(v["EARLY"], v["SRCU"]) for v in found] == [
        (False, "srcu"),
        (False, "srcu_counters"),
        (True, "srcu"),
        (True, "srcu_counters"),
    ]
    specs = [made.resolved(v).program.spec_files for v in found[:2]]
    assert "srcu_counters as srcu" not in specs[0]
    assert "srcu_counters as srcu" in specs[1]


def test_a_substitution_on_the_command_line_picks_the_alternative(tmp_path: Path) -> None:
    made = model(tmp_path, SRCU, Settings(substitutes=(("srcu", "srcu_counters"),)))
    assert [v["SRCU"] for v in made.variants()] == ["srcu_counters", "srcu_counters"]


def test_only_a_definition_of_a_choice_leaves_variants_out(tmp_path: Path) -> None:
    assert model(tmp_path, MODEL, Settings((("N", "3"),))).every_variant()
    assert not model(tmp_path, MODEL, Settings((("LATE", "true"),))).every_variant()
