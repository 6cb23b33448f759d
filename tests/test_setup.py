"""The command line as operators meet it: one clear line for every mistake, and one command to start."""

import os
import re
import socket
import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from companies.models import Company
from etown import starter as starter_set
from etown.loading import unload
from etown.management.commands import serve
from office.models import Office

PRODUCTION = {"ETOWN_SECRET_KEY": "k" * 60, "ETOWN_HOSTS": "invest.example.com"}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ETOWN_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({}, "ETOWN_SECRET_KEY"),
        ({"ETOWN_SECRET_KEY": "k" * 60}, "ETOWN_HOSTS"),
        ({"ETOWN_LOCAL": "yes"}, "ETOWN_LOCAL"),
        ({"ETOWN_LOCAL": "true", "ETOWN_DEBUG": "1"}, "ETOWN_DEBUG"),
        ({"ETOWN_LOCAL": "true", "ETOWN_PROXIES": "one"}, "ETOWN_PROXIES"),
        ({"ETOWN_LOCAL": "true", "ETOWN_SECOND_FACTOR": "yes"}, "ETOWN_SECOND_FACTOR"),
        ({"ETOWN_LOCAL": "true", "ETOWN_FRONT_CACHE_MB": "64 MB"}, "ETOWN_FRONT_CACHE_MB"),
        ({"ETOWN_LOCAL": "true", "ETOWN_DATABASE_URL": "mysql://user@host/name"}, "ETOWN_DATABASE_URL"),
        ({"ETOWN_LOCAL": "true", "ETOWN_DATABASE_URL": "postgres://user@host:port/name"}, "ETOWN_DATABASE_URL"),
        ({"ETOWN_LOCAL": "true", "ETOWN_DATABASE_URL": "postgres://[::1/name"}, "ETOWN_DATABASE_URL"),
        ({"ETOWN_LOCAL": "true", "ETOWN_DATABASE_URL": "postgres://host"}, "ETOWN_DATABASE_URL"),
        ({"ETOWN_LOCAL": "true", "ETOWN_DATA_DIR": "/dev/null/folder"}, "ETOWN_DATA_DIR"),
    ],
    ids=lambda value: " ".join(f"{k}={v[:30]}" for k, v in value.items()) if isinstance(value, dict) else value,
)
def test_a_wrong_or_missing_setting_stops_the_start_with_one_line_that_names_it(environment, variable):
    answer = manage("serve", "--port", "1", **environment)
    assert answer.returncode != 0
    assert answer.stderr.count("\n") == 1, answer.stderr
    assert variable in answer.stderr


def test_production_needs_nothing_but_a_key_and_host_names(tmp_path):
    answer = manage("check", ETOWN_DATA_DIR=str(tmp_path), **PRODUCTION)
    assert answer.returncode == 0, answer.stderr


def test_every_variable_of_the_settings_is_documented_and_no_other():
    read = set(re.findall(r"ETOWN_[A-Z_]+", (settings.BASE_DIR / "etown" / "settings.py").read_text()))
    documented = (settings.BASE_DIR / "docs" / "operations.md").read_text()
    assert set(re.findall(r"^\| `(ETOWN_[A-Z_]+)`", documented, re.MULTILINE)) == read


def test_a_taken_port_is_refused_in_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = manage("serve", "--port", str(port), ETOWN_LOCAL="true", ETOWN_DATA_DIR=str(tmp_path))
    assert answer.returncode == 1
    assert answer.stderr == f"CommandError: Port {port} is taken. Choose another one: make run PORT={port + 1}\n"
    assert not (tmp_path / "etown.sqlite3").exists()


@pytest.mark.parametrize("port", ["", "0", "65536", "-1", "http", "８０００", "80 00"])
def test_what_is_not_a_port_is_refused(port):
    with pytest.raises(CommandError, match="is not a port"):
        call_command("serve", port=port)


def test_an_address_that_this_machine_does_not_have_is_refused():
    # Set aside for documentation: RFC 5737.
    with pytest.raises(CommandError, match=r"Cannot listen on 192\.0\.2\.1, port 8000: "):
        call_command("serve", host="192.0.2.1")


@pytest.fixture
def start(monkeypatch, capsys):
    """Runs `serve` up to the moment where the web server would take over; returns what was said and started."""
    monkeypatch.setattr(serve, "refuse_unusable", lambda host, port: None)
    started = []
    monkeypatch.setattr(serve.os, "execv", lambda program, arguments: started.append(arguments))
    monkeypatch.setattr(serve.connection, "close", lambda: None)

    def run() -> tuple[str, str]:
        call_command("serve", port="8001")
        return capsys.readouterr().out, " ".join(started[-1])

    return run


def test_a_first_start_loads_the_facts_and_creates_an_administrator(db, start, monkeypatch):
    # The first three files stand for all: the others take seconds and are tested with the starter facts.
    monkeypatch.setattr(starter_set, "FILES", starter_set.FILES[:3])
    said, started = start()
    assert Office.current() is not None
    (password,) = re.findall(r"Administrator: admin, password (\S+)", said)
    assert get_user_model().objects.get(is_superuser=True).check_password(password)
    assert "http://127.0.0.1:8001/ " in said
    assert "http://127.0.0.1:8001/admin/" in said
    assert "http://127.0.0.1:8001/api/v1/docs/" in said
    assert "-m granian --interface wsgi" in started
    assert started.endswith("--host 127.0.0.1 --port 8001 etown.wsgi:application")


def test_a_second_start_changes_nothing_and_tells_how_to_set_a_new_password(starter, start):
    get_user_model().objects.create_superuser("boss", password="long and secret")
    said, _started = start()
    assert "0 created, 0 updated" in said
    assert "changepassword boss" in said
    assert get_user_model().objects.count() == 1


def test_starter_facts_that_were_removed_do_not_come_back_by_themselves(starter, start):
    unload(starter_set.SET_NAME)
    said, _started = start()
    assert "removed earlier" in said
    assert not Company.objects.exists()


def test_nobody_is_made_an_administrator_unasked(starter, start):
    get_user_model().objects.create_user("admin", password="long and secret")
    said, _started = start()
    assert "createsuperuser" in said
    assert not get_user_model().objects.filter(is_superuser=True).exists()


def test_a_server_on_the_internet_gets_neither_facts_nor_an_administrator(db, start, settings):
    settings.LOCAL = False
    said, _started = start()
    assert "Static files: collected." in said
    assert not Company.objects.exists()
    assert not get_user_model().objects.exists()
