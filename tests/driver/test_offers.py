# SPDX-License-Identifier: MIT
"""What the catalogue lists of a spec."""

from pathlib import Path

from srcucheck.driver.cache import Cache
from srcucheck.driver.library import Library
from srcucheck.driver.offers import offer

SPEC = """
/*
 * A mailbox.  And more.
 */
use locks;
param SIZE = 3;
event delivered;
property no_lost_letter in mail "a letter was lost";
struct mailbox { bool full; };
struct mailbox_later;
static void hidden(void) { }
extern int route(int letter);
bool peek(struct mailbox *m,
		int letter)
{
	return m->full;
}
"""


def test_what_a_spec_offers(tmp_path: Path) -> None:
    (tmp_path / "mailbox.srcu").write_text(SPEC)
    found = offer(Library((tmp_path,), Cache(None)), "mailbox")
    assert found is not None
    assert found.title.startswith("A mailbox.")
    assert found.uses == ("locks",)
    assert found.lines == (
        "param SIZE = 3",
        "event delivered",
        'property no_lost_letter in mail "a letter was lost"',
        "struct mailbox",
        "extern int route(int letter)  (the model defines it)",
        "bool peek(struct mailbox *m, int letter)",
    )


def test_there_may_be_no_such_spec() -> None:
    assert offer(Library((), Cache(None)), "nothing") is None


def test_every_shipped_spec_has_a_title_and_something_to_use() -> None:
    library = Library((), Cache(None))
    for name in library.known():
        found = offer(library, name)
        assert found is not None
        assert found.title, name
        assert found.lines or found.uses, name
