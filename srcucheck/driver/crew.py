# SPDX-License-Identifier: MIT
"""A few forked processes that do numbered pieces of work side by side.

They inherit what this process has read so far, so a piece of work is a number and only results
travel.  A worker that dies costs the piece it had, and that is said; Ctrl-C is passed on, and those
at work answer with what they have.
"""

import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import TYPE_CHECKING, Any

from srcucheck.base.budget import Listener, Progress, Silent

GRACE = 5.0
"""So many seconds after Ctrl-C a worker may take to answer, and again as many to end."""
TICK = 0.1
PULSE = 0.4
"""Seconds between two words of how a worker gets on."""

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    Link = Connection[Any, Any]

Work = Callable[[int, Listener], Any]


@dataclass(frozen=True, slots=True)
class Died:
    """What there is in the place of a result whose worker died."""

    why: str


class WorkerError(Exception):
    """A worker broke in a way that it did not expect itself: an internal error."""


def side_by_side(
    pieces: Sequence[int],
    workers: int,
    work: Work,
    listener: Listener,
    interrupted: Callable[[], bool],
    stop: Callable[[], None],
) -> Iterator[tuple[int, Any]]:
    """Yields (piece, result or Died) as they come; pieces not begun at Ctrl-C are left out.

    ``stop`` is called in a worker when it gets SIGINT; it must make ``work`` come to an end soon.

    Raises:
        WorkerError: a result could not be sent.
    """
    crew = _Crew(list(pieces), work, listener, stop)
    try:
        for _ in range(min(workers, len(pieces))):
            crew.hire()
        yield from crew.results(interrupted)
    finally:
        crew.dismiss()


@dataclass(slots=True)
class _Hand:
    process: BaseProcess
    link: "Link"
    piece: int


class _Crew:
    """The parent's side: who is at work on what."""

    def __init__(
        self, pieces: list[int], work: Work, listener: Listener, stop: Callable[[], None]
    ) -> None:
        self._left = pieces[::-1]
        self._work = work
        self._stop = stop
        self._hands: list[_Hand] = []
        self._sum = _Sum(listener)
        self._told = not isinstance(listener, Silent)

    def hire(self) -> None:
        """Starts a process on the next piece."""
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()
        others = [hand.link for hand in self._hands]
        arguments = (theirs, (ours, *others), self._work, self._stop, self._told)
        process = context.Process(target=_labour, args=arguments, daemon=True)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:  # Ctrl-C waits until the worker knows what to do then
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        hand = _Hand(process, ours, self._left.pop())
        ours.send(hand.piece)
        self._hands.append(hand)

    def results(self, interrupted: Callable[[], bool]) -> Iterator[tuple[int, Any]]:
        """All results as they come."""
        deadline: float | None = None
        while self._hands:
            if deadline is None and interrupted():
                deadline = time.monotonic() + GRACE
                self._left.clear()
                self._signal(signal.SIGINT)
            elif deadline is not None and time.monotonic() > deadline:
                late = time.monotonic() > deadline + GRACE
                self._signal(signal.SIGKILL if late else signal.SIGTERM)
            ready = wait([hand.link for hand in self._hands], TICK)
            for hand in [h for h in self._hands if h.link in ready]:
                yield from self._hear(hand)

    def _hear(self, hand: _Hand) -> Iterator[tuple[int, Any]]:
        try:
            kind, value = hand.link.recv()
        except (EOFError, OSError):
            self._hands.remove(hand)
            yield hand.piece, Died(_cause_of_death(hand.process))
            if self._left:
                self.hire()
            return
        match kind:
            case "progress":
                self._sum.heard(hand.piece, value)
            case "error":
                raise WorkerError(value)
            case _:
                self._sum.ended(hand.piece)
                yield hand.piece, value
                self._next(hand)

    def _next(self, hand: _Hand) -> None:
        if self._left:
            hand.piece = self._left.pop()
            with suppress(OSError):  # it died meanwhile: the link will say so
                hand.link.send(hand.piece)
            return
        self._hands.remove(hand)
        with suppress(OSError):
            hand.link.send(None)
        hand.process.join()
        hand.link.close()

    def _signal(self, number: int) -> None:
        for hand in self._hands:
            if hand.process.pid is not None and hand.process.is_alive():
                os.kill(hand.process.pid, number)

    def dismiss(self) -> None:
        """Ends whoever is still there."""
        for hand in self._hands:
            hand.process.terminate()
        for hand in self._hands:
            hand.process.join(GRACE)
            hand.process.kill()  # it was stopped, or has hung
            hand.process.join()


class _Sum:
    """Adds up the figures of all workers."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._began = time.monotonic()
        self._of: dict[int, Progress] = {}
        self._busy: set[int] = set()

    def heard(self, piece: int, progress: Progress) -> None:
        self._of[piece] = progress
        self._busy.add(piece)
        every, busy = self._of.values(), [self._of[p] for p in self._busy]
        self._listener.progress(
            Progress(
                states=sum(p.states for p in every),
                transitions=sum(p.transitions for p in every),
                depth=max(p.depth for p in busy),
                frontier=sum(p.frontier for p in busy),
                seconds=time.monotonic() - self._began,
                megabytes=sum(p.megabytes for p in busy),
            )
        )

    def ended(self, piece: int) -> None:
        self._busy.discard(piece)


def _cause_of_death(process: BaseProcess) -> str:
    process.join()
    code = process.exitcode or 0
    if code >= 0:
        return f"the process that judged it ended with status {code}"
    name = signal.Signals(-code).name
    perhaps = ", perhaps because memory ran out" if -code == signal.SIGKILL else ""
    return f"the process that judged it was ended by {name}{perhaps}"


# --- in the worker --------------------------------------------------------------------------------


class _Teller:
    """A listener that tells the parent, now and then."""

    def __init__(self, link: "Link") -> None:
        self._link = link
        self._last = 0.0

    def progress(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._last >= PULSE:
            self._last = now
            self._link.send(("progress", progress))


def _labour(
    link: "Link", not_mine: "Sequence[Link]", work: Work, stop: Callable[[], None], told: bool
) -> None:
    """Works off pieces until there are no more."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop()

    signal.signal(signal.SIGINT, interrupt)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    for other in not_mine:  # else nobody would notice when the parent is gone
        other.close()
    listener: Listener = _Teller(link) if told else Silent()
    with suppress(EOFError, OSError):
        while (piece := link.recv()) is not None:
            try:
                link.send(("done", work(piece, listener)))
            except OSError:
                raise
            except Exception:  # told to the parent, which raises it again
                link.send(("error", traceback.format_exc()))
