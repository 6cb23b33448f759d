"""Runs several programs as one: when one of them ends, or a stop is asked for, all of them stop.

    python -m etown.together NAME PROGRAM ARGUMENT... -- NAME PROGRAM ARGUMENT...

A process of its own that imports nothing of the site: it must be small, and outlive what the others do to themselves.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

# How soon the end of a program is noticed, and how long it may take to stop.
POLL = 0.1
PATIENCE = 10.0
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    asked: list[int] = []
    for number in STOPPING:
        signal.signal(number, lambda number, frame: asked.append(number))
    # Ctrl-C goes to the whole group of the terminal. In groups of their own, the programs are told once, by us.
    names, children = [], []
    for name, *command in _split(arguments):
        names.append(name)
        children.append(subprocess.Popen(command, start_new_session=True, preexec_fn=_end_with_parent))  # noqa: S603
    while not asked and all(child.poll() is None for child in children):
        time.sleep(POLL)
    ended = [(name, child.returncode) for name, child in zip(names, children, strict=True) if child.poll() is not None]
    stop(children, asked)
    if asked:
        return 0
    name, status = ended[0]
    print(f"The {name} ended by itself ({_how(status)}); all is stopped.", file=sys.stderr)  # noqa: T201
    return 1


def stop(children: list[subprocess.Popen], asked: list[int]) -> None:
    """Each is asked once; what does not listen, or was left behind by one that ended, is killed with its group."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    told, end = len(asked), time.monotonic() + PATIENCE
    # Whoever asks again does not want to wait.
    while time.monotonic() < end and len(asked) == told and any(child.poll() is None for child in children):
        time.sleep(POLL)
    for child in children:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _split(arguments: list[str]) -> Iterator[list[str]]:
    while "--" in arguments:
        place = arguments.index("--")
        yield arguments[:place]
        arguments = arguments[place + 1 :]
    yield arguments


def _end_with_parent() -> None:
    """Linux tells the programs to stop even if this process is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _how(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
