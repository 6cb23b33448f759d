"""Chromium once a session, the starter facts for each test, and a reader who notices everything that goes wrong."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Reader:
    """A page of Chromium in a session of its own, and what its console and its network complained of."""

    page: Page
    host: str
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", self._request)
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._response)

    def open(self, path: str) -> int:
        """The status of the page at `path`."""
        response = self.page.goto(path)
        assert response is not None
        return response.status

    def _console(self, message: ConsoleMessage) -> None:
        # Chromium repeats the status of every answer; those that matter are noticed below.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob"} and address.netloc != self.host:
            self.faults.append(f"another host: {request.url}")

    def _failed(self, request: Request) -> None:
        # Whoever leaves a page ends what it was still loading; what the policy or the network stops says so.
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"failed: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.faults.append(f"{response.status}: {response.url}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not executable:
        pytest.fail("No Chromium found: install it, or name the program in CHROMIUM.")
    # Playwright keeps an event loop in this thread; tests touch the database between its steps, never within one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def new_reader(chromium, live_server, starter) -> Iterator[Callable[..., Reader]]:
    """Opens sessions; `width`, and the options of a Playwright context."""
    contexts = []

    def make(width: int = 1440, **options) -> Reader:
        viewport = {"width": width, "height": 900}
        context = chromium.new_context(base_url=live_server.url, viewport=viewport, **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        return Reader(context.new_page(), urlsplit(live_server.url).netloc)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def reader(new_reader) -> Reader:
    return new_reader()
