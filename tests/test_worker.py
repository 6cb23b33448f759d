"""Workers as processes and beside each other: killed, stopped, racing, and started together with the web server."""

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as site
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from etown import roles
from etown import together as stopping
from etown.models import ContentVersion, Job
from etown.outbox import leases, running, signs
from etown.outbox.models import State
from etown.outbox.worker import Worker
from tests import outbox_tasks
from tests.databases import for_other_processes
from tests.outbox_tasks import until

PATIENCE = 60
Start = Callable[..., subprocess.Popen]


def written():
    """The groups that tasks made; the roles are there before."""
    return Group.objects.exclude(name__in=roles.ROLES)


@pytest.fixture
def environment(transactional_db, tmp_path, settings) -> Iterator[dict[str, str]]:
    settings.DATA_DIR = tmp_path
    outbox_tasks.done.clear()
    with for_other_processes(tmp_path) as found:
        yield found


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a program in a group of its own; nothing of it is left when the test ends."""
    started: list[subprocess.Popen] = []

    def run(*command: str, env: dict[str, str] | None = None) -> subprocess.Popen:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(command, cwd=site.BASE_DIR, env=env, start_new_session=True, **pipes))
        return started[-1]

    yield run
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def in_the_middle(environment, start, tmp_path) -> Callable[..., subprocess.Popen]:
    """A worker that has begun a job and written half of it."""

    def begin(*options: str, attempts: int = 10) -> subprocess.Popen:
        outbox_tasks.steps.enqueue(str(tmp_path))
        Job.objects.update(attempts_allowed=attempts)
        process = start(sys.executable, "manage.py", "worker", *options, env=environment)
        until(lambda: (tmp_path / "in the middle").exists() or process.poll() is not None)
        assert Job.objects.get().state == State.RUNNING
        return process

    return begin


def test_a_killed_worker_loses_nothing_and_leaves_nothing_half_done(in_the_middle, tmp_path):
    process = in_the_middle()
    process.kill()
    process.wait(PATIENCE)
    (tmp_path / "go on").touch()
    held = Job.objects.get()
    assert leases.take("second", held.next_attempt_at - leases.LEASE / 60) is None
    second = Worker(lambda: timezone.now() + 2 * leases.LEASE)
    assert second.step()
    job = Job.objects.get()
    assert (job.state, job.attempts, job.holder) == (State.DONE, 2, "")
    # In the database once; outside, where nothing takes it back, at least once.
    assert [*written().values_list("name", flat=True)] == ["step 2"]
    assert (tmp_path / "lines").read_text() == "begun 1\nbegun 2\n"
    assert not second.step()


def test_a_worker_that_is_asked_to_stop_lets_its_job_come_to_its_end(in_the_middle, tmp_path):
    process = in_the_middle("--grace", str(PATIENCE))
    process.send_signal(signal.SIGTERM)
    (tmp_path / "go on").touch()
    _said, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, told
    assert Job.objects.get().state == State.DONE
    assert told.splitlines()[-1].endswith(
        "1 jobs done, 0 left for another attempt, 0 failed, 0 records published or archived."
    )


def test_a_worker_that_must_stop_hands_its_job_back_at_once(in_the_middle):
    process = in_the_middle("--grace", "0.1")
    process.send_signal(signal.SIGINT)
    _said, told = process.communicate(timeout=PATIENCE)
    job = Job.objects.get()
    assert (process.returncode, job.state, job.attempts, job.last_error) == (0, State.WAITING, 0, ""), told
    assert job.next_attempt_at <= timezone.now()
    assert "was handed back" in told
    assert not written().exists()


def test_what_must_not_be_repeated_waits_for_staff_if_its_worker_must_stop(in_the_middle):
    process = in_the_middle("--grace", "0.1", attempts=1)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)
    job = Job.objects.get()
    assert (job.state, job.last_error) == (State.FAILED, leases.CUT_SHORT)


def test_two_workers_share_fifty_jobs_and_run_each_once(environment):
    for number in range(50):
        outbox_tasks.meet.enqueue(number)
    workers = [Worker(), Worker()]
    failures: list[BaseException] = []

    def work(worker: Worker) -> None:
        try:
            worker.drain()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[worker]) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert failures == []
    assert Counter(outbox_tasks.done) == Counter(f"{number}" for number in range(50))
    assert set(Job.objects.values_list("state", "attempts")) == {(State.DONE, 1)}
    assert sum(worker.counts[State.DONE] for worker in workers) == 50
    assert all(worker.counts[State.DONE] for worker in workers)


def test_a_job_shows_how_far_it_is_while_it_is_the_one_that_writes(environment, monkeypatch):
    monkeypatch.setattr(running, "BEAT", 0.01)
    outbox_tasks.writing.enqueue()
    thread = threading.Thread(target=lambda: (Worker().drain(), connection.close()))
    thread.start()
    try:
        until(lambda: signs.read(Job.objects.get()).done == 7)
        job = Job.objects.get()
        assert signs.read(job).percent == 70
        assert not written().exists()
        assert not [*leases.overdue(signs.read(job).until - leases.LEASE)]
    finally:
        outbox_tasks.may_go_on.set()
        thread.join(PATIENCE)
    job = Job.objects.get()
    assert (job.state, job.done, job.total) == (State.DONE, 7, 10)
    assert written().exists()


def together(start: Start, *programs: str) -> subprocess.Popen:
    command: list[str] = []
    for place, program in enumerate(programs, start=1):
        command += ["--", f"program {place}", sys.executable, "-c", program]
    return start(sys.executable, "-m", "etown.together", *command[1:])


def waiting(folder: Path, name: str, end: str = "") -> str:
    """A program that tells its number, and goes on until it is told to stop."""
    place = str(folder / name)
    return (
        f"name = {name!r}\nimport os, pathlib, signal, time\n{end}\n"
        f"pathlib.Path({place!r} + '.new').write_text(str(os.getpid()))\n"
        f"os.rename({place!r} + '.new', {place!r})\n"
        "time.sleep(600)"
    )


def number(folder: Path, name: str) -> int:
    until(lambda: (folder / name).exists())
    return int((folder / name).read_text())


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:
        # Dead, and its parent has not asked for it yet.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("number_of_signal", [signal.SIGINT, signal.SIGTERM])
def test_one_stop_stops_all_programs(start, tmp_path, number_of_signal):
    process = together(start, waiting(tmp_path, "one"), waiting(tmp_path, "two"))
    children = [number(tmp_path, "one"), number(tmp_path, "two")]
    os.killpg(process.pid, number_of_signal)
    _said, told = process.communicate(timeout=PATIENCE)
    assert (process.returncode, told) == (0, "")
    assert all(is_gone(pid) for pid in children)


def test_if_one_program_dies_the_others_are_stopped_and_one_line_says_so(start, tmp_path):
    process = together(start, waiting(tmp_path, "one"), waiting(tmp_path, "two"))
    children = [number(tmp_path, "one"), number(tmp_path, "two")]
    os.kill(children[1], signal.SIGKILL)
    _said, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert told == "The program 2 ended by itself (killed by SIGKILL); all is stopped.\n"
    assert all(is_gone(pid) for pid in children)


def test_what_does_not_listen_is_killed_with_all_that_it_started(start, tmp_path, monkeypatch):
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nif os.fork() == 0: name += ' child'\n"
    script = waiting(tmp_path, "one", deaf).replace(f"{str(tmp_path / 'one')!r}", f"{str(tmp_path)!r} + '/' + name")
    process = start(sys.executable, "-c", script)
    children = [number(tmp_path, "one"), number(tmp_path, "one child")]
    monkeypatch.setattr(stopping, "PATIENCE", 0.2)
    stopping.stop([process], [])
    assert process.returncode == -signal.SIGKILL
    until(lambda: all(is_gone(pid) for pid in children))


@pytest.fixture
def site_started(environment, start) -> Iterator[tuple[subprocess.Popen, str]]:
    # As if somebody had removed the starter facts, which take a while.
    with transaction.atomic():
        ContentVersion.bump()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = start(sys.executable, "manage.py", "serve", "--port", str(port), env=environment)
    address = f"http://127.0.0.1:{port}/healthz/"
    until(lambda: process.poll() is not None or answers(address))
    assert process.poll() is None
    yield process, address
    connection.close()


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_one_command_serves_and_works_and_if_the_worker_dies_the_server_does_not_stay_alone(site_started):
    process, address = site_started
    call_command("rebuild_search", later=True)
    until(lambda: Job.objects.get().state == State.DONE)
    worker = next(
        pid for pid in children_of(process.pid) if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    )
    os.kill(worker, signal.SIGKILL)
    _said, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert told.splitlines()[-1] == "The background worker ended by itself (killed by SIGKILL); all is stopped."
    assert not answers(address)
