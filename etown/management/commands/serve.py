"""Everything that `make run` does once the packages are there: database, starter facts, administrator, servers."""

import errno
import io
import os
import socket
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.crypto import get_random_string

from etown import documents, starter
from etown.loading import LoadError, load
from etown.models import ContentVersion, LoadedRecord
from etown.search import writing

ADMINISTRATOR = "admin"
# Nothing that a reader could take for something else.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class Command(BaseCommand):
    help = "Bring the database up to date and serve the site; on a laptop with starter facts and an administrator."
    # Run by hand below, after the cheap questions.
    requires_system_checks = ()

    def add_arguments(self, parser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        # Text, so that a wrong one gets our one line instead of a page of usage.
        parser.add_argument("--port", default="8000", help="port to listen on (default: %(default)s)")

    def handle(self, *args, host: str, port: str, **options) -> None:
        refuse_unusable(host, port)
        self.check()
        try:
            self.migrate()
            if settings.LOCAL:
                self.load_starter()
                self.ensure_administrator()
            self.complete_stores()
        except DatabaseError as error:
            raise CommandError(f"The database does not answer as it should: {' '.join(str(error).split())}") from error
        self.prepare_static_files()
        self.start(host, port)

    def migrate(self) -> None:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if pending:
            call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write(f"Database: {len(pending)} migrations applied." if pending else "Database: up to date.")

    def load_starter(self) -> None:
        """Load once, and again where the files changed; whoever removed the starter facts is left in peace."""
        if ContentVersion.current() and not LoadedRecord.objects.filter(set_name=starter.SET_NAME).exists():
            self.stdout.write("Starter facts: removed earlier; `manage.py load_starter` brings them back.")
            return
        self.stdout.write("Starter facts: reading ...")
        self.stdout.flush()
        try:
            report = load(starter.SET_NAME, starter.files(), progress=lambda line: None)
        except LoadError as error:
            raise CommandError(f"Nothing was loaded. {error}") from error
        self.stdout.write(
            f"Starter facts: {len(report.created)} created, {len(report.updated)} updated, "
            f"{len(report.kept)} kept as staff left them."
        )

    def complete_stores(self) -> None:
        """After an upgrade, or over data that came another way; otherwise there is nothing to do."""
        if documents.is_incomplete():
            self.stdout.write("Ready answers: rendering ...")
            call_command("rebuild_documents", stdout=io.StringIO())
        if writing.is_incomplete():
            self.stdout.write("Search: reading ...")
            call_command("rebuild_search", stdout=io.StringIO())

    def ensure_administrator(self) -> None:
        users = get_user_model().objects
        name = users.filter(is_superuser=True).order_by("pk").values_list("username", flat=True).first()
        if name is None and users.filter(username=ADMINISTRATOR).exists():
            self.stdout.write("Administrator: none; `manage.py createsuperuser` makes one.")
        elif name is None:
            password = "-".join(get_random_string(4, LETTERS) for _part in range(4))
            users.create_superuser(ADMINISTRATOR, password=password)
            self.stdout.write(f"Administrator: {ADMINISTRATOR}, password {password} (shown this once)")
        else:
            command = f"ETOWN_LOCAL=true .venv/bin/python manage.py changepassword {name}"
            self.stdout.write(f"Administrator: {name}; a new password: {command}")

    def prepare_static_files(self) -> None:
        # WhiteNoise warns where the folder is missing, even if the finders serve every file.
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
        if not settings.LOCAL:
            call_command("collectstatic", interactive=False, verbosity=0)
            self.stdout.write("Static files: collected.")

    def start(self, host: str, port: str) -> None:
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        self.stdout.write(f"Site: {address}/  Staff: {address}/admin/  API: {address}/api/v1/docs/  (Ctrl-C stops)")
        self.stdout.flush()
        connection.close()
        os.chdir(settings.BASE_DIR)
        # One thread a worker is what measured best.
        flags = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", "1", "--no-ws", "--log-level", "error"]
        # A worker that is told twice to stop may hang.
        flags += ["--workers-kill-timeout", "2", "--host", host, "--port", port]
        worker = ["background worker", sys.executable, "manage.py", "worker"]
        server = ["web server", sys.executable, "-m", "granian", *flags, "etown.wsgi:application"]
        # A small program takes this process's place, so signals reach it, and starts and stops both.
        os.execv(sys.executable, [sys.executable, "-m", "etown.together", *worker, "--", *server])


def refuse_unusable(host: str, port: str) -> None:
    """Say in one line what is wrong with the address before anything else is done."""
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise CommandError(f"“{port}” is not a port: give a number from 1 to 65535, for instance make run PORT=8001.")
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the server does: a port that only lingers from the last run is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandError(f"Port {port} is taken. Choose another one: make run PORT={next_port(port)}") from error
        raise CommandError(f"Cannot listen on {host}, port {port}: {error.strerror or error}.") from error


def next_port(port: str) -> int:
    return int(port) + 1 if int(port) < 65535 else 8000
