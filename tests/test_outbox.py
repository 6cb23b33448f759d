"""What must happen after a deed happens, once the deed is committed, for as long as it takes, and staff can see it."""

import datetime

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, connection, transaction
from django.tasks.signals import task_finished
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from etown import outbox
from etown.models import ContentVersion, Job
from etown.outbox import faults, leases, running, signs
from etown.outbox.models import State
from etown.outbox.worker import Worker
from etown.records import Status
from tests import factories, outbox_tasks

pytestmark = pytest.mark.django_db
SECOND = datetime.timedelta(seconds=1)
MINUTE = 60 * SECOND


class Clock:
    """Ahead of what the test asks for meanwhile."""

    def __init__(self) -> None:
        self.now = timezone.now() + MINUTE

    def __call__(self) -> datetime.datetime:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def worker(clock):
    return Worker(clock)


@pytest.fixture(autouse=True)
def done():
    outbox_tasks.done.clear()
    outbox_tasks.seen.clear()
    return outbox_tasks.done


def job() -> Job:
    return Job.objects.get()


@pytest.mark.django_db(transaction=True)
def test_a_deed_that_is_rolled_back_asks_for_nothing(done):
    with transaction.atomic():
        outbox_tasks.note.enqueue("never")
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    with transaction.atomic():
        outbox_tasks.note.enqueue("after", then="wards")
    Worker().drain()
    assert done == ["afterwards"]


def test_a_job_tells_what_it_is_for_whom_and_how_far_it_came(worker, done):
    result = outbox_tasks.count.using(recipient="desk@example.org").enqueue()
    found = Job.objects.get(uid=result.id)
    assert (found.title, found.recipient, found.state) == ("Count", "desk@example.org", State.WAITING)
    assert worker.step()
    found = job()
    assert (found.state, found.attempts, found.done, found.total) == (State.DONE, 1, 3, 4)
    assert found.finished_at == found.started_at == worker._clock.now
    assert done == ["attempt 1"]
    assert not worker.step()


def test_what_is_not_json_is_refused_where_it_is_asked_for():
    with pytest.raises(TypeError):
        outbox_tasks.note.enqueue(object())
    assert not Job.objects.exists()


def test_a_job_for_later_waits_for_its_time(worker, clock, done):
    outbox_tasks.note.using(run_after=clock.now + MINUTE).enqueue("late")
    assert not worker.step()
    clock.now += MINUTE
    assert worker.step()
    assert done == ["late"]


def test_pauses_grow_to_an_end_and_differ_a_little():
    for attempts, planned in enumerate([15, 60, 240, 960, 3840, 15360, 21600, 21600], start=1):
        pauses = {leases.pause(attempts).total_seconds() for _again in range(20)}
        assert len(pauses) > 1
        assert all(planned <= seconds <= planned * 1.2 for seconds in pauses)
    assert leases.pause(30_000) <= leases.LONGEST_PAUSE * 1.2


def test_what_fails_is_tried_again_after_growing_pauses_and_then_waits_for_staff(worker, clock, caplog):
    finished = []
    task_finished.connect(lambda task_result, **_rest: finished.append(task_result.status), weak=False, dispatch_uid=1)
    outbox_tasks.fail.enqueue("no answer")
    pauses = []
    for attempt in (1, 2):
        assert worker.step()
        found = job()
        assert (found.state, found.attempts, found.last_error) == (State.WAITING, attempt, "ValueError: no answer")
        assert outbox.failing() == 1
        clock.now = found.next_attempt_at - SECOND
        assert not worker.step()
        pauses.append(found.next_attempt_at - found.started_at)
        clock.now = found.next_attempt_at
    assert pauses[1] > 3 * pauses[0]
    assert not finished
    assert worker.step()
    task_finished.disconnect(dispatch_uid=1)
    assert (job().state, job().finished_at, finished) == (State.FAILED, clock.now, ["FAILED"])
    clock.now += 100 * leases.LONGEST_PAUSE
    assert not worker.step()
    assert outbox.failing() == 1
    assert worker.summary().startswith("0 jobs done, 2 left for another attempt, 1 failed")
    assert "failed for good: ValueError: no answer" in caplog.text


def test_a_task_can_say_that_trying_again_is_of_no_use(worker):
    outbox_tasks.refuse.enqueue()
    worker.step()
    assert (job().state, job().last_error) == (State.FAILED, "GiveUpError: The address does not exist.")


def test_what_must_not_be_repeated_is_not(worker):
    outbox_tasks.once.enqueue()
    worker.step()
    assert (job().state, job().attempts) == (State.FAILED, 1)


def test_a_task_that_this_release_does_not_know_waits_for_one_that_does(worker):
    outbox_tasks.note.enqueue("word")
    Job.objects.update(task="tests.outbox_tasks.gone")
    worker.step()
    assert job().state == State.WAITING
    assert job().last_error.startswith("ImportError")
    assert job().title == "tests.outbox_tasks.gone"
    Job.objects.update(task="tests.outbox_tasks.until")
    worker.drain()
    leases.try_again(job(), worker._clock.now)
    worker.step()
    assert "is no task" in job().last_error


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("a\n  b\x00c", "a b c"),
        ("cannot reach https://user:hunter22@host/path", "cannot reach https://***@host/path"),
        ("token=abc123&page=2", "token=***&page=2"),
        ("{'api_key': 'abc', 'name': 'x'}", "{'api_key': ***, 'name': 'x'}"),
        ('the header "Authorization: Bearer abc.def-ghi" was refused', "Authorization: ***"),
        ("sent Bearer abcdefgh", "sent Bearer ***"),
        ("/track/Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZmdoaWprbA/ is gone", "/track/***/ is gone"),
        ("only-for-a-laptop", "***"),
        ("half a \ud800 pair", "half a ? pair"),
        ("x" * 2000, "x" * 499 + "…"),
    ],
)
def test_what_is_remembered_of_an_error_is_one_line_without_secrets(said, told):
    found = faults.told(ValueError(said))
    assert found.startswith("ValueError: ")
    assert told in found
    assert not {"hunter22", "abc123", "abc.def", "abcdefgh"} & {
        word for word in ("hunter22", "abc123") if word in found
    }
    assert "\n" not in found


def test_the_log_shows_where_it_failed_and_no_secret(worker, caplog):
    outbox_tasks.fail.enqueue("password: hunter22")
    worker.step()
    assert "in fail" in caplog.text
    assert "hunter22" not in caplog.text + job().last_error


def test_looking_for_work_in_vain_only_reads(worker):
    outbox_tasks.note.using(run_after=worker._clock.now + MINUTE).enqueue("later")
    ContentVersion.expect(worker._clock.now + MINUTE)
    worker.step()
    with CaptureQueriesContext(connection) as asked:
        assert not worker.step()
    told = [query["sql"].split()[0] for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert told == ["SELECT", "SELECT"]
    if connection.vendor == "sqlite":
        assert len(asked) == 2


def test_nobody_takes_what_another_holds_until_the_lease_is_over(clock):
    outbox_tasks.note.enqueue("word")
    first = leases.take("first", clock.now)
    clock.now += leases.LEASE - SECOND
    assert leases.take("second", clock.now) is None
    clock.now += SECOND
    second = leases.take("second", clock.now)
    assert (second.attempts, second.last_error) == (2, leases.LOST)
    with pytest.raises(leases.LostError):
        leases.finish(first, "first", clock.now, signs.Sign(clock.now))
    leases.finish(second, "second", clock.now, signs.Sign(clock.now))
    assert job().state == State.DONE


def test_what_kills_its_worker_each_time_has_an_end_too(clock, worker):
    outbox_tasks.note.enqueue("word")
    for _attempt in range(3):
        assert leases.take("killed", clock.now)
        clock.now += leases.LEASE
    outbox_tasks.note.enqueue("another")
    worker.drain()
    assert outbox_tasks.done == ["another"]
    assert sorted(Job.objects.values_list("state", "last_error")) == [(State.DONE, ""), (State.FAILED, leases.LOST)]


def test_a_sign_of_life_keeps_the_lease_and_tells_how_far_it_is(clock):
    outbox_tasks.note.enqueue("word")
    held = leases.take("first", clock.now)
    clock.now += leases.LEASE
    assert signs.give(held, "first", signs.Sign(clock.now + leases.LEASE, 5, 10))
    assert leases.take("second", clock.now) is None
    assert (signs.read(job()).percent, outbox.lag(clock.now)) == (50, datetime.timedelta())
    clock.now += leases.LEASE
    assert outbox.lag(clock.now) > datetime.timedelta() or connection.vendor == "postgresql"
    assert leases.take("second", clock.now)
    assert signs.read(job()).done is None
    assert not signs.give(held, "first", signs.Sign(clock.now + leases.LEASE))


def test_a_job_that_runs_gives_signs_by_itself(clock, worker, monkeypatch):
    given = []
    monkeypatch.setattr(running, "BEAT", 0.001)
    monkeypatch.setattr(running, "RENEWAL", 0)
    monkeypatch.setattr(running.signs, "give", lambda job, holder, sign: given.append((holder, sign)) or True)

    def task(context):
        context.progress(1, 2)
        outbox_tasks.until(lambda: any(sign.done == 1 for _holder, sign in given))
        clock.now += MINUTE
        outbox_tasks.until(lambda: any(sign.until == clock.now + leases.LEASE for _holder, sign in given))

    outbox_tasks.seen["test"] = task
    outbox_tasks.call.enqueue("test")
    worker.step()
    assert job().state == State.DONE
    assert {holder for holder, _sign in given} == {worker.name}


def test_a_running_job_that_staff_give_up_stops_at_its_next_step(worker, monkeypatch, caplog):
    monkeypatch.setattr(running, "BEAT", 0.001)
    monkeypatch.setattr(running, "RENEWAL", 0)
    # As in a connection of its own.
    monkeypatch.setattr(running.signs, "give", lambda job, holder, sign: False)

    def task(context):
        Group.objects.create(name="before")
        assert leases.give_up(job())
        outbox_tasks.until(lambda: context.beat.is_lost)
        context.progress(1)
        outbox_tasks.done.append("too far")

    outbox_tasks.seen["test"] = task
    outbox_tasks.call.enqueue("test")
    worker.step()
    assert (job().state, outbox_tasks.done) == (State.GIVEN_UP, [])
    assert Group.objects.filter(name="before").exists()


def test_what_is_finished_in_its_own_transaction_happens_once_or_not_at_all(worker, clock):
    written = Group.objects.filter(name__startswith="written")

    def task(context):
        with transaction.atomic():
            Group.objects.create(name=f"written {context.attempt}")
            if context.attempt == 1:
                # Meanwhile somebody gave it up, or another worker has it.
                Job.objects.update(holder="another")
            context.finish()
            assert job().state == State.DONE
            if context.attempt == 2:
                raise ValueError("after all")

    outbox_tasks.seen["test"] = task
    outbox_tasks.call.enqueue("test")
    worker.step()
    assert (job().state, written.count()) == (State.RUNNING, 0)
    clock.now += leases.LEASE
    worker.step()
    assert (job().state, written.count()) == (State.WAITING, 0)
    leases.try_again(job(), clock.now)
    worker.step()
    assert job().state == State.DONE
    assert written.get().name == "written 3"


def test_staff_can_try_again_and_give_up(worker, clock, done):
    outbox_tasks.once.enqueue()
    assert leases.give_up(job())
    assert not leases.give_up(job())
    assert (job().state, outbox.failing(), worker.step()) == (State.GIVEN_UP, 0, False)
    assert leases.try_again(job(), clock.now)
    worker.step()
    assert (job().state, outbox.failing()) == (State.FAILED, 1)
    Job.objects.update(task="tests.outbox_tasks.note", arguments={"args": ["word"], "kwargs": {}})
    assert leases.try_again(job(), clock.now)
    assert (job().attempts, outbox.failing()) == (0, 1)
    worker.step()
    assert (done, outbox.failing(), leases.try_again(job())) == (["word"], 0, False)


def test_finished_jobs_are_removed_after_a_month_and_failed_ones_never(worker, clock):
    old = clock.now - Job.KEPT - SECOND
    for state, finished in [
        (State.DONE, old),
        (State.DONE, clock.now - Job.KEPT),
        (State.GIVEN_UP, old),
        (State.FAILED, old),
    ]:
        Job.objects.create(task="x", state=state, finished_at=finished)
    worker.step()
    assert sorted(Job.objects.values_list("state", flat=True)) == [State.DONE, State.FAILED]


def test_the_worker_publishes_on_time(worker, clock):
    article = factories.article(status=Status.DRAFT, publish_at=clock.now + MINUTE)
    worker.step()
    article.refresh_from_db()
    assert article.status == Status.DRAFT
    clock.now += MINUTE
    worker.step()
    article.refresh_from_db()
    assert (article.status, worker.published) == (Status.PUBLISHED, 1)


def test_a_fault_in_the_schedule_stops_no_job(worker, clock, monkeypatch, caplog, done):
    def broken(now):
        raise AttributeError("a fault of ours")

    ContentVersion.expect(clock.now)
    monkeypatch.setattr("etown.outbox.worker.apply_due", broken)
    outbox_tasks.note.enqueue("word")
    outbox_tasks.note.enqueue("another")
    worker.drain()
    assert done == ["word", "another"]
    assert caplog.text.count("could not be carried out") == 1


def test_a_worker_survives_a_database_that_is_away(worker, monkeypatch, caplog, done):
    outbox_tasks.note.enqueue("word")
    asked = []

    def away(execute, sql, *rest):
        asked.append(sql)
        if len(asked) < 4:
            raise OperationalError("server closed the connection; password=hunter22")
        return execute(sql, *rest)

    monkeypatch.setattr("etown.outbox.worker.connection.close", lambda: None)
    monkeypatch.setattr(worker, "_sleep", lambda seconds: setattr(worker, "is_stopping", bool(done)))
    with connection.execute_wrapper(away):
        worker.run()
    assert done == ["word"]
    assert caplog.text.count("does not answer") == 3
    assert "hunter22" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_what_has_happened_is_written_down_once_the_database_is_back(worker, monkeypatch, done):
    monkeypatch.setattr(running, "BEAT", 0.001)
    outbox_tasks.note.enqueue("word")
    refused = []

    def away(execute, sql, *rest):
        if done and len(refused) < 2:
            refused.append(sql)
            raise DatabaseError("gone")
        return execute(sql, *rest)

    monkeypatch.setattr("etown.outbox.running.connection.close", lambda: None)
    with connection.execute_wrapper(away):
        worker.step()
    assert (done, len(refused), job().state) == (["word"], 2, State.DONE)


def test_the_command_line_tells_how_the_outbox_stands(capsys, worker):
    outbox_tasks.fail.using(recipient="desk@example.org").enqueue("no answer")
    call_command("rebuild_search", later=True)
    assert "tells how it stands" in capsys.readouterr().out
    call_command("rebuild_documents", later=True)
    call_command("worker", once=True)
    call_command("worker", drain=True)
    said = capsys.readouterr().out
    assert "0 jobs done, 1 left for another attempt" in said
    assert "2 jobs done, 0 left for another attempt" in said
    call_command("outbox")
    said = capsys.readouterr().out
    assert "1 waiting, 0 running, 0 failed, 2 done, 0 given up\n1 failing; due for 0 s\n" in said
    assert "waiting: Fail  desk@example.org  attempt 1 of 3  next attempt" in said
    call_command("outbox", str(Job.objects.filter(state=State.DONE).first().uid))
    assert "done: " in capsys.readouterr().out
    with pytest.raises(CommandError, match="There is no job"):
        call_command("outbox", "00000000-0000-0000-0000-000000000000")


def test_rebuilding_in_the_background_counts_records(worker):
    for _each in range(2):
        factories.company()
    call_command("rebuild_documents", later=True)
    call_command("rebuild_search", later=True)
    worker.drain()
    for found in Job.objects.all():
        assert (found.state, found.last_error) == (State.DONE, "")
        assert found.done == found.total >= 2


def test_readiness_tells_how_far_the_worker_is_behind_and_stays_ready(client):
    assert client.get("/readyz/").json() == {"status": "ok", "queue": {"lag_seconds": 0, "failing": 0}}
    outbox_tasks.once.enqueue()
    Job.objects.update(next_attempt_at=timezone.now() - MINUTE)
    answer = client.get("/readyz/")
    assert answer.status_code == 200
    assert 60 <= answer.json()["queue"]["lag_seconds"] < 90
    Worker().drain()
    assert client.get("/readyz/").json()["queue"] == {"lag_seconds": 0, "failing": 1}
