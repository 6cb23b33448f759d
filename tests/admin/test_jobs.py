"""What runs in the background, as staff see it: who may look, who may decide, and what is said."""

import datetime

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from etown.models import Job
from etown.outbox import leases, signs
from etown.outbox.models import State
from etown.outbox.worker import Worker
from tests import outbox_tasks
from tests.admin.test_chinese import english

pytestmark = pytest.mark.django_db
LIST = reverse("admin:etown_job_changelist")


@pytest.fixture
def job():
    """One that has failed once."""
    outbox_tasks.fail.using(recipient="desk@example.org").enqueue("password=hunter22 refused")
    Worker().step()
    return Job.objects.get()


@pytest.fixture
def staff(client, django_user_model):
    """Signs in somebody who may do this and nothing else."""

    def sign_in(*names: str):
        user = django_user_model.objects.create_user("officer", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=names))
        client.force_login(user)
        return client

    return sign_in


def detail(job: Job) -> str:
    return reverse("admin:etown_job_change", args=[job.pk])


def progress(job: Job) -> str:
    return reverse("admin:etown_job_progress", args=[job.uid])


def decide(client, job: Job, action: str):
    return client.post(LIST, {"action": action, "_selected_action": [job.pk]}, follow=True)


def test_the_list_says_what_failed_why_how_often_and_when_it_is_tried_again(admin_client, job):
    text = admin_client.get(LIST).text
    for said in ("Fail", "desk@example.org", "waiting", "ValueError: password=*** refused", "1 of 3"):
        assert said in text
    assert "hunter22" not in text
    assert admin_client.get(LIST, {"state": "failed"}).context["cl"].result_count == 0
    assert admin_client.get(LIST, {"q": "desk@"}).context["cl"].result_count == 1


def test_nothing_can_be_typed_and_what_sounds_secret_is_hidden(admin_client, job):
    Job.objects.update(arguments={"args": [5], "kwargs": {"token": "hunter22", "word": "plain"}})
    text = admin_client.get(detail(job)).text
    assert "plain" in text
    assert "hunter22" not in text
    for url in (reverse("admin:etown_job_add"), reverse("admin:etown_job_delete", args=[job.pk])):
        assert admin_client.get(url).status_code == 403
    assert admin_client.post(detail(job), {"recipient": "x"}).status_code == 403


def test_whoever_may_only_look_decides_nothing(staff, job):
    client = staff("view_job")
    page = client.get(LIST)
    assert page.status_code == 200
    assert page.context["action_form"] is None
    assert client.get(detail(job)).status_code == 200
    decide(client, job, "give_up")
    job.refresh_from_db()
    assert job.state == State.WAITING


def test_whoever_may_not_look_is_refused(staff, job):
    client = staff("decide_job")
    assert client.get(LIST).status_code == 403
    assert client.get(detail(job)).status_code == 403


def test_staff_give_up_and_try_again_and_are_told_what_that_means(staff, job):
    client = staff("view_job", "decide_job")
    assert "there will be no further attempt" in decide(client, job, "give_up").text
    job.refresh_from_db()
    assert job.state == State.GIVEN_UP
    assert "nothing was changed" in decide(client, job, "give_up").text
    assert "has all its attempts anew" in decide(client, job, "try_again").text
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.WAITING, 0)
    Job.objects.update(state=State.DONE)
    assert "nothing was changed" in decide(client, job, "try_again").text
    history = client.get(reverse("admin:etown_job_history", args=[job.pk])).text
    assert history.index("given up") < history.index("tried again")


def test_a_job_can_be_decided_on_its_own_page(staff, job):
    client = staff("view_job", "decide_job")
    data = {"CHANGE_FORM-action": "give_up", "_selected_action": [job.pk]}
    assert "there will be no further attempt" in client.post(detail(job), data, follow=True).text


def test_a_list_without_a_worker_says_so(admin_client, job):
    assert "no worker seems to run" not in admin_client.get(LIST).text
    Job.objects.update(next_attempt_at=timezone.now() - datetime.timedelta(minutes=5))
    assert "due for 5 minutes: no worker seems to run" in admin_client.get(LIST).text


def test_progress_is_asked_for_while_the_job_is_open_and_no_longer(staff, job):
    client = staff()
    leases.try_again(job)
    held = leases.take("worker", timezone.now())
    signs.give(held, "worker", signs.Sign(timezone.now() + leases.LEASE, 1500, 3000))
    answer = client.get(progress(job))
    assert "no-store" in answer["Cache-Control"]
    assert f'hx-get="{progress(job)}"' in answer.text
    assert '<progress max="3000" value="1500"' in answer.text
    assert "1500 of 3000" in answer.text
    assert "(50 %)" in answer.text
    leases.finish(held, "worker", timezone.now(), signs.Sign(timezone.now(), 3000, 3000))
    answer = client.get(progress(job))
    assert "hx-get" not in answer.text
    assert "done" in answer.text
    for text in (answer.text, client.get(progress(job)).text):
        assert " style=" not in text
        assert "<script>" not in text


def test_progress_is_for_staff_alone(client, job, django_user_model):
    assert client.get(progress(job)).url.startswith("/admin/login/")
    client.force_login(django_user_model.objects.create_user("reader"))
    assert client.get(progress(job)).url.startswith("/admin/login/")


def test_progress_of_no_job_is_not_found(admin_client):
    nowhere = reverse("admin:etown_job_progress", args=["00000000-0000-0000-0000-000000000000"])
    assert admin_client.get(nowhere).status_code == 404


def test_the_pages_speak_chinese(admin_client, job):
    admin_client.cookies["django_language"] = "zh-hans"
    Job.objects.update(task="etown.rebuilding.rebuild_search", last_error=leases.CUT_SHORT, recipient="")
    left = set()
    for url in (LIST, detail(job), progress(job)):
        left |= english(admin_client.get(url))
    for action in ("give_up", "try_again"):
        left |= english(decide(admin_client, job, action))
    left |= english(admin_client.get(reverse("admin:etown_job_history", args=[job.pk])))
    assert left - {"etown.rebuilding.rebuild_search"} <= {Worker().name.rpartition(":")[0]} | {
        text for text in left if text.startswith("{")
    }
