# SPDX-License-Identifier: MIT
"""Worker processes: results come back, death and Ctrl-C are told.

Each test runs in a process of its own, which has one thread and may fork.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

PRELUDE = """
import json, os, signal, sys, time
from srcucheck.base.budget import Progress, Silent
from srcucheck.driver.crew import Died, WorkerError, side_by_side

stopped = []

def go(work, count=6, workers=2, listener=Silent(), interrupted=lambda: False):
    stop = lambda: stopped.append(True)
    found = {}
    for piece, result in side_by_side(range(count), workers, work, listener, interrupted, stop):
        found[piece] = ["died", result.why] if isinstance(result, Died) else result
    return found
"""


def outcome(program: str) -> Any:
    """What the program prints, as JSON; it has to leave nobody behind."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PRELUDE + program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("workers", [1, 2, 9])
def test_all_results_come_back(workers: int) -> None:
    found = outcome(f"print(json.dumps(go(lambda n, _: n * n, workers={workers})))")
    assert found == {str(n): n * n for n in range(6)}


def test_there_may_be_nothing_to_do() -> None:
    assert outcome("print(json.dumps(go(lambda n, _: n, count=0)))") == {}


def test_pieces_are_done_in_other_processes() -> None:
    found = outcome("""
def work(n, _):
    time.sleep(0.05)
    return os.getpid()
found = go(work)
print(json.dumps([len(set(found.values())), os.getpid() in found.values()]))
""")
    assert found == [2, False]


def test_a_death_costs_one_piece() -> None:
    found = outcome("""
def work(n, _):
    if n == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    if n == 2:
        os._exit(7)
    return n
print(json.dumps(go(work)))
""")
    assert found["1"][0] == "died"
    assert "SIGKILL, perhaps because memory ran out" in found["1"][1]
    assert "status 7" in found["2"][1]
    assert {n: found[n] for n in "0345"} == {"0": 0, "3": 3, "4": 4, "5": 5}


@pytest.mark.parametrize("result", ["1 // 0", "lambda: 0"])
def test_what_a_worker_does_not_expect_is_an_error_here(result: str) -> None:
    found = outcome(f"""
try:
    go(lambda n, _: {result})
except WorkerError as error:
    print(json.dumps(str(error)))
""")
    assert "Traceback" in found


def test_figures_are_added_up() -> None:
    found = outcome("""
class Listener:
    heard = []
    def progress(self, progress):
        self.heard.append(progress.states)

def work(n, listener):
    for states in range(10, 60, 10):
        listener.progress(Progress(states, 0, 1, 1, 1.0, 1))
        time.sleep(0.15)
    return n
go(work, count=2, listener=Listener())
print(json.dumps(Listener.heard))
""")
    assert found[-1] > 50
    assert found == sorted(found)


def test_ctrl_c_is_passed_on_and_those_at_work_answer() -> None:
    found = outcome("""
began = time.monotonic()
def work(n, _):
    while not stopped:
        time.sleep(0.01)
    return "so far"
found = go(work, interrupted=lambda: time.monotonic() - began > 0.3)
print(json.dumps(found))
""")
    assert found == {"0": "so far", "1": "so far"}


def test_who_does_not_answer_after_ctrl_c_is_ended() -> None:
    found = outcome("""
import srcucheck.driver.crew as crew
crew.GRACE = 0.3
def work(n, _):
    while True:
        time.sleep(1)
print(json.dumps(go(work, count=2, interrupted=lambda: True)))
""")
    assert [kind for kind, _ in found.values()] == ["died", "died"]


def test_a_worker_that_was_stopped_is_ended_too() -> None:
    """SIGTERM waits until it goes on, which may be never."""
    found = outcome("""
import srcucheck.driver.crew as crew
crew.GRACE = 0.2
def work(n, _):
    os.kill(os.getpid(), signal.SIGSTOP)
print(json.dumps(go(work, count=2, interrupted=lambda: True)))
""")
    assert all("SIGKILL" in why for _, why in found.values())
    found = outcome("""
import srcucheck.driver.crew as crew
crew.GRACE = 0.2
def work(n, _):
    if n:
        os.kill(os.getpid(), signal.SIGSTOP)
    return lambda: 0
try:
    go(work, count=2)
except WorkerError:
    print(json.dumps("ended"))
""")
    assert found == "ended"


def test_workers_end_with_their_parent() -> None:
    """Or a killed run would leave processes that search on for nobody."""
    program = """
def work(n, _):
    os.write(1, f"{os.getpid()}\\n".encode())
    time.sleep(0.5)
    return n
go(work, count=2)
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", PRELUDE + program], stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        children = [int(parent.stdout.readline()) for _ in range(2)]
        parent.kill()
        parent.wait()
    watch = f"""
import os, time
def there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return open(f"/proc/{{pid}}/stat").read().rsplit(")", 1)[1].split()[0] != "Z"
end = time.monotonic() + 10
while any(there(pid) for pid in {children}) and time.monotonic() < end:
    time.sleep(0.05)
print(any(there(pid) for pid in {children}))
"""
    done = subprocess.run([sys.executable, "-c", watch], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
