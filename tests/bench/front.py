"""The front cache against nginx serving the same bytes as a file: `python -m tests.bench.front`.

Starts everything itself in a temporary folder and stops it again. Server, limit and load generator share this machine,
so only the ratios of one run mean something; rounds alternate, so that other load hits all alike.
"""

import argparse
import gzip
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

BASE = Path(__file__).resolve().parents[2]
PAGE = "/en/companies/"
CONNECTIONS = 16
WORKERS = 2
GRANIAN = ["--interface", "wsgi", "--workers", str(WORKERS), "--blocking-threads", "1", "--no-ws"]
TARGETS = {"page": 50, "304": 60}
# What nginx writes by itself.
OWN_HEADERS = {"content-length", "content-type", "date", "server", "connection", "etag", "last-modified"}
NGINX = """
worker_processes {workers};
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  gzip off;
  keepalive_requests 100000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  default_type "text/html; charset=utf-8";
  types {{ }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    root {folder}/www;
    index page;
{headers}
  }}
}}
"""


@dataclass
class Contender:
    name: str
    port: int
    headers: dict[str, str]
    status: int
    size: int
    rates: list[float] = field(default_factory=list)
    latencies: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)


def missing() -> str:
    """Why this cannot be measured here; "" if it can."""
    absent = [name for name in ("nginx", "wrk") if shutil.which(name, path=search_path()) is None]
    return f"not installed: {', '.join(absent)}" if absent else ""


def search_path() -> str:
    """Debian keeps nginx where only administrators look."""
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextmanager
def running(arguments: list[str], address: str, **environment: str) -> Iterator[None]:
    """A server as long as it is needed; it has begun once `address` answers."""
    process = subprocess.Popen(
        arguments,
        cwd=BASE,
        env={**os.environ, "PATH": search_path(), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(address, process)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_for(address: str, process: subprocess.Popen) -> None:
    for _attempt in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with {process.returncode}.")
        try:
            urllib.request.urlopen(address, timeout=20).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{address} does not answer.")


def fetch(port: int, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{PAGE}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, lowered(answer), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, lowered(error), error.read()


def lowered(answer) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


def write_nginx(folder: Path, port: int, headers: dict[str, str], body: bytes) -> list[str]:
    """The same bytes under the same address with the same headers, as a file."""
    page = folder / "www" / PAGE.strip("/") / "page"
    page.parent.mkdir(parents=True)
    page.write_bytes(body)
    # Started by an administrator, nginx reads files as another user.
    for part in (folder, *page.parents[:3], page):
        part.chmod(0o755)
    lines = [f'    add_header {name} "{value}";' for name, value in headers.items() if name not in OWN_HEADERS]
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(workers=WORKERS, folder=folder, port=port, headers="\n".join(lines)))
    return ["nginx", "-c", str(config), "-e", str(folder / "nginx.log")]


def load(contender: Contender, seconds: int) -> None:
    """One round; refused unless every answer had the right status."""
    status, _headers, _body = fetch(contender.port, contender.headers)
    if status != contender.status:
        raise RuntimeError(f"{contender.name} answers {status}.")
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
    for name, value in contender.headers.items():
        command += ["-H", f"{name}: {value}"]
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{contender.port}{PAGE}"], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx or 3xx" in said or "Socket errors" in said:
        raise RuntimeError(f"{contender.name}: {said}")
    contender.rates.append(float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]))
    contender.latencies.append(re.search(r"99%\s+(\S+)", said)[1])


@contextmanager
def contenders(database_url: str, granian: list[str]) -> Iterator[list[Contender]]:
    """nginx, the page and its 304, all running."""
    with tempfile.TemporaryDirectory(prefix="etown-bench-") as name:
        folder = Path(name)
        environment = {
            "ETOWN_LOCAL": "true",
            "ETOWN_DEBUG": "false",
            "ETOWN_DATA_DIR": str(folder),
            "ETOWN_DATABASE_URL": database_url,
        }
        for command in (["migrate", "-v0"], ["load_starter"]):
            subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=BASE,
                env={**os.environ, **environment},
                stdout=subprocess.DEVNULL,
                check=True,
            )
        (folder / "static").mkdir(exist_ok=True)
        ours, limit = free_port(), free_port()
        server = [sys.executable, "-m", "granian", *granian, "--port", str(ours), "etown.wsgi:application"]
        with running(server, f"http://127.0.0.1:{ours}/healthz/", **environment):
            # Each worker computes the page once; compressed pages differ in a few random bytes.
            plain = {"Accept-Encoding": "gzip"}
            for _again in range(20):
                _status, headers, body = fetch(ours, plain)
            assert b"</html>" in gzip.decompress(body)
            with running(write_nginx(folder, limit, headers, body), f"http://127.0.0.1:{limit}{PAGE}"):
                yield [
                    Contender("nginx, the same bytes as a file", limit, plain, 200, len(body)),
                    Contender("page", ours, plain, 200, len(body)),
                    Contender("304", ours, {**plain, "If-None-Match": headers["etag"]}, 304, 0),
                ]


def measure(*, database_url: str = "", rounds: int = 3, seconds: int = 3, granian: list[str] = GRANIAN) -> str:
    """A Markdown table."""
    with contenders(database_url, granian) as found:
        for contender in found:
            load(contender, 1)
            contender.rates.clear()
            contender.latencies.clear()
        for _round in range(rounds):
            for contender in found:
                load(contender, seconds)
    limit = found[0]
    setting = f"{CONNECTIONS} connections, {WORKERS} workers, {limit.size:,} bytes"
    lines = [
        f"| {setting} | requests a second (rounds) | p99 (rounds) | ÷ nginx | reach |",
        "| --- | --: | --: | --: | --: |",
    ]
    for contender in found:
        rates = ", ".join(f"{rate:,.0f}" for rate in contender.rates)
        # By pairs: other load moves from round to round.
        pairs = zip(contender.rates, limit.rates, strict=True)
        share = f"{100 * statistics.median(rate / best for rate, best in pairs):.0f} %"
        reach = f"≥ {TARGETS[contender.name]} %" if contender.name in TARGETS else ""
        latencies = ", ".join(contender.latencies)
        lines.append(f"| {contender.name} | {contender.rate:,.0f} ({rates}) | {latencies} | {share} | {reach} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", default="", help="an empty PostgreSQL database; SQLite if left out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--granian", nargs=argparse.REMAINDER, default=[], help="further options of the server")
    asked = parser.parse_args()
    if reason := missing():
        sys.stdout.write(f"Not measured: {reason}.\n")
        return
    more = {"rounds": asked.rounds, "seconds": asked.seconds, "granian": GRANIAN + asked.granian}
    sys.stdout.write(f"{measure(database_url=asked.database_url, **more)}\n")


if __name__ == "__main__":
    main()
