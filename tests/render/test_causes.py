# SPDX-License-Identifier: MIT
"""What the lines under a picture say of a report's condition, and which reads make a row."""

from pathlib import Path

from srcucheck.render.mail import render
from tests.render.reports import model, report_of

OVERSHOOT = """
use context;
property never_below "level below zero";
struct tank { int level = 1; int limit = 2; };
struct tank t;
thread drain { %s }
thread worker { atomic { int l = t.level; WARN_ON(l + t.limit < 2, never_below); } }
"""


def flat(text: str) -> str:
    return " ".join(text.split())


def test_who_unmapped_is_said_with_the_way_there() -> None:
    mail = flat(render(report_of(model("where_to_shut_down"))))
    assert (
        "*** SPLAT: no_mmio_after_unmap *** since drm_device#1.mapped = false, by admin in "
        "iounmap <- devm_ioremap_release <- devres_release_all <- device_unbind_cleanup <- "
        "device_unbind, line"
    ) in mail


def test_what_the_model_wrote_itself_is_a_row_and_needs_no_line(tmp_path: Path) -> None:
    path = tmp_path / "tank.srcu"
    path.write_text(OVERSHOOT % "t.level = -1;")
    mail = render(report_of(path))
    assert "t.level = -1" in mail
    assert "since" not in mail


def test_reads_of_another_statement_in_a_step_make_no_row() -> None:
    assert "i = nr" not in render(report_of(model("where_to_shut_down")))


def test_a_leak_shows_where_the_object_was_made_and_what_was_undone() -> None:
    rows = flat(render(report_of(model("register_fails"))))
    assert (
        "i915_init() i915_globals_init() kmem_cache_create() i915_pmu_init() = 0 "
        "i915_register_pci_driver() = -ENOMEM i915_pmu_exit() returns -ENOMEM *** LEAK ***"
    ) in rows
