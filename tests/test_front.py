"""The store in front of Django: what it keeps, for whom, and how long."""

import datetime
import re
import threading
from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from etown import publishing, versions
from etown.front import VARIANTS, Front
from etown.models import ContentVersion
from etown.records import Status
from etown.versions import ConnectionReader, Editions, Row, VersionUnknownError
from etown.wsgi import django
from tests import factories, full
from tests.wsgi import ask

pytestmark = pytest.mark.django_db

MB = 2**20
PAGES = [
    "/en/",
    "/zh-hans/companies/",
    "/en/companies/?q=bio",
    "/en/companies/acme/",
    "/en/news/feed/",
    "/sitemap.xml",
]
PAGES += ["/sitemap-company.xml", "/api/v1/companies/", "/api/v1/companies/acme/", "/api/v1/schema/", "/en/chain/"]
HOUR = datetime.timedelta(hours=1)


@pytest.fixture(autouse=True)
def just_changed(monkeypatch):
    """No answer begins to tell its time of change in the middle of a slow test."""
    monkeypatch.setattr(versions, "SETTLING", 10**6)


@pytest.fixture
def company():
    return full.company(slug="acme")


@pytest.fixture
def front(company):
    return Front(django, Editions(ConnectionReader(believed=0)), 8 * MB)


@pytest.fixture
def settled(monkeypatch, company):
    """The last change and the last start lie some time back."""
    monkeypatch.setattr(versions, "STARTED", 0)
    monkeypatch.setattr(versions, "SETTLING", 3)
    changed = timezone.now().replace(microsecond=0) - HOUR
    ContentVersion.objects.update(changed_at=changed)
    return changed


@pytest.mark.parametrize("address", PAGES)
def test_the_second_reader_gets_the_same_answer_without_any_query_but_the_look_up(
    front, address, django_assert_num_queries
):
    first = ask(front, address)
    assert first.status == 200
    with django_assert_num_queries(1):
        assert ask(front, address) == first


def test_the_permanent_redirect_of_a_former_address_is_kept(front, company, django_assert_num_queries):
    company.slug = "new"
    publishing.save(company)
    first = ask(front, "/en/companies/acme/")
    assert (first.status, first.headers["Location"]) == (301, "/en/companies/new/")
    with django_assert_num_queries(1):
        assert ask(front, "/en/companies/acme/") == first


def test_a_publication_shows_on_the_next_request_and_a_withdrawal_too(front, company):
    assert ask(front, "/en/companies/acme/").status == 200
    company.name_en = "Renamed"
    publishing.save(company)
    assert "Renamed" in ask(front, "/en/companies/acme/").text
    publishing.set_status(company, Status.DRAFT)
    assert ask(front, "/en/companies/acme/").status == 404


def test_the_edit_of_a_draft_changes_nothing_and_computes_nothing(front, django_assert_num_queries):
    draft = full.company(status=Status.DRAFT)
    first = ask(front, "/en/companies/")
    publishing.save(draft)
    with django_assert_num_queries(1):
        assert ask(front, "/en/companies/") == first


def test_a_new_day_computes_anew(front, monkeypatch):
    day = datetime.datetime(2031, 5, 4, tzinfo=timezone.get_default_timezone())
    clock = {"now": day + datetime.timedelta(hours=23, minutes=59)}
    monkeypatch.setattr("etown.front.time", SimpleNamespace(time=lambda: clock["now"].timestamp()))
    asked = []
    front.app = lambda environ, start: asked.append(1) or django(environ, start)
    for _again in range(2):
        ask(front, "/en/")
    assert len(asked) == 1
    clock["now"] += datetime.timedelta(minutes=2)
    ask(front, "/en/")
    assert len(asked) == 2


def test_words_of_campaigns_neither_part_readers_nor_show(front, django_assert_num_queries):
    first = ask(front, "/en/companies/?utm_source=xq7word&q=bio&from=xq7word&isappinstalled=0&%75tm_x=xq7word")
    assert "xq7word" not in first.text
    with django_assert_num_queries(1):
        assert ask(front, "/en/companies/?q=bio") == first
    assert ask(front, "/en/companies/?q=bio&utm_campaign=other") == first


def test_the_api_refuses_words_of_campaigns_as_before(front):
    assert ask(front, "/api/v1/companies/?utm_source=letter").status == 400


@pytest.mark.parametrize(
    ("accepted", "sent"),
    [("gzip, deflate, br", "gzip"), ("br;q=1.0, gzip;q=0.5", "gzip"), ("GZIP", "gzip")]
    + [(plain, None) for plain in ("", "identity", "br", "gzip;q=0", "gzip; q=0.0, identity")],
)
def test_a_reader_gets_the_encoding_that_they_accept(front, accepted, sent):
    plain, packed = ask(front, "/en/"), ask(front, "/en/", accept_encoding="gzip")
    answer = ask(front, "/en/", accept_encoding=accepted)
    assert answer.headers.get("Content-Encoding") == sent
    assert answer == (packed if sent else plain)
    assert packed.text == plain.text


def test_the_api_answers_each_accepted_format_apart(front):
    as_json = ask(front, "/api/v1/companies/", accept="application/json")
    indented = ask(front, "/api/v1/", accept="application/json; indent=8")
    assert ask(front, "/api/v1/companies/", accept="text/csv").headers["Content-Type"].startswith("text/csv")
    assert ask(front, "/api/v1/companies/", accept="image/png").status == 406
    assert ask(front, "/api/v1/companies/", accept="application/json") == as_json
    assert ask(front, "/api/v1/").body != indented.body


@pytest.mark.parametrize("address", ["/en/", "/api/v1/companies/"])
def test_head_is_answered_from_what_get_kept(front, address, django_assert_num_queries):
    before = ask(front, address, "HEAD")
    whole = ask(front, address)
    with django_assert_num_queries(1):
        head = ask(front, address, "HEAD")
    assert (head.status, head.headers, head.body) == (200, whole.headers, b"")
    assert before.headers == head.headers
    assert ask(front, address, "HEAD", if_none_match=whole.headers["ETag"]).status == 304


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "new"])
def test_who_has_the_answer_already_is_told_so(front, settled, is_kept):
    tag = ask(front, "/en/").headers["ETag"]
    for tags in (tag, tag.removeprefix("W/"), f'"a", {tag}, W/"b"', "*"):
        if not is_kept:
            front = Front(django, front.editions, 0)
        answer = ask(front, "/en/", if_none_match=tags, if_modified_since="Thu, 01 Jan 1970 00:00:00 GMT")
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers.keys() == {"ETag", "Cache-Control", "Vary", "Last-Modified"}


@pytest.mark.parametrize("tags", ['"other"', 'W/"a", "b"', "nonsense", ""])
def test_who_has_another_answer_gets_the_whole_one(front, settled, tags):
    modified = ask(front, "/en/").headers["Last-Modified"]
    # The time does not count beside a tag.
    assert ask(front, "/en/", if_none_match=tags, if_modified_since=modified).status == 200


def test_a_conditional_request_fills_the_store_for_the_next_reader(front, django_assert_num_queries):
    tag = ask(Front(django, front.editions, 0), "/en/").headers["ETag"]
    assert ask(front, "/en/", if_none_match=tag).status == 304
    with django_assert_num_queries(1):
        assert ask(front, "/en/").status == 200


@pytest.mark.parametrize("address", [*PAGES, "/api/v1/companies/?format=csv"])
def test_every_public_answer_tells_when_it_last_changed(front, settled, address):
    answer = ask(front, address)
    modified = answer.headers["Last-Modified"]
    expected = max(settled, timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0))
    assert datetime.datetime.strptime(modified, "%a, %d %b %Y %H:%M:%S %Z").replace(tzinfo=datetime.UTC) == expected
    assert ask(front, address, if_modified_since=modified).status == 304
    assert ask(front, address, if_modified_since="Thu, 01 Jan 1970 00:00:00 GMT").status == 200
    assert ask(front, address, if_modified_since="yesterday").status == 200


def test_a_time_of_change_is_not_told_while_another_change_could_share_its_second(front, settled, company):
    modified = ask(front, "/en/companies/").headers["Last-Modified"]
    publishing.save(company)
    answer = ask(front, "/en/companies/", if_modified_since=modified)
    assert answer.status == 200
    assert "Last-Modified" not in answer.headers
    far = "Fri, 01 Jan 2100 00:00:00 GMT"
    assert ask(front, "/en/companies/", if_modified_since=far).status == 200


def test_an_export_is_streamed_and_not_sent_to_who_has_it(front):
    first = ask(front, "/api/v1/companies/?format=csv")
    assert ask(front, "/api/v1/companies/?format=csv", if_none_match=first.headers["ETag"]).status == 304
    assert front.size == 0


@pytest.mark.parametrize("header", ["cookie", "authorization", "range"])
def test_who_could_be_known_neither_fills_the_store_nor_is_served_from_it(front, header):
    personal = {header: "sessionid=xq7"}
    assert ask(front, "/en/", **personal).status == 200
    assert front.size == 0
    asked = []
    front.app = lambda environ, start: asked.append(1) or django(environ, start)
    ask(front, "/en/")
    assert ask(front, "/en/", **personal).status == 200
    assert len(asked) == 2


def test_a_condition_that_only_django_knows_is_left_to_it(front):
    ask(front, "/en/")
    assert ask(front, "/en/", if_match='"other"').status == 412
    assert ask(front, "/en/").status == 200


def test_public_pages_are_the_same_for_staff_and_look_up_no_session(front, client):
    client.force_login(get_user_model().objects.create_superuser("officer"))
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    plain = ask(front, "/en/figures/")
    for value in (cookie, "sessionid=stale"):
        with CaptureQueriesContext(connection) as queries:
            assert ask(front, "/en/figures/", cookie=value) == plain
        assert not [query["sql"] for query in queries if re.search("session|auth_user", query["sql"])]
    assert "officer" in ask(front, "/admin/", cookie=cookie).text
    assert ask(front, "/admin/").status == 302


def test_two_host_names_do_not_share(front):
    mine, other = ask(front, "/en/", host="127.0.0.1"), ask(front, "/en/", host="localhost")
    assert "http://127.0.0.1/" in mine.text
    assert "127.0.0.1" not in other.text
    assert ask(front, "/en/", host="evil.example").status == 400
    assert ask(front, "/en/", host="localhost") == other


def test_behind_a_proxy_plain_and_encrypted_requests_do_not_share(front, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    front = Front(django, front.editions, MB)
    plain = ask(front, "/en/", x_forwarded_proto="http")
    assert "https://127.0.0.1" in ask(front, "/en/", x_forwarded_proto="https").text
    assert ask(front, "/en/", x_forwarded_proto="http") == plain


def test_errors_are_never_kept(front, settings):
    for address, status in {
        "/en/companies/nobody/": 404,
        "/en/companies/?page=99": 404,
        "/api/v1/companies/?x=1": 400,
    }.items():
        assert ask(front, address).status == status
    assert front.size == 0


# What follows asks an application that answers as the test wants.
PUBLIC = {"Cache-Control": "public, max-age=0, s-maxage=60", "Content-Type": "text/html"}


class Backend:
    """Counts how often it is asked; the row of the content version is its own too."""

    def __init__(self, status="200 OK", body=b"page", **headers) -> None:
        self.status, self.body, self.asked, self.row = status, body, 0, Row(1)
        self.headers = PUBLIC | {name.replace("_", "-"): value for name, value in headers.items()}

    def __call__(self, environ, start):
        self.asked += 1
        start(self.status, list(self.headers.items()))
        return [self.body]

    def front(self, limit=MB) -> Front:
        return Front(self, Editions(lambda: self.row), limit)


@pytest.mark.parametrize(
    "backend",
    [
        Backend(Set_Cookie="a=b"),
        Backend(Cache_Control="no-store"),
        Backend(Cache_Control="private, s-maxage=60"),
        Backend(Cache_Control="public, max-age=60"),
        Backend(Cache_Control="public, s-maxage=60, no-store"),
        Backend(Vary="Cookie"),
        Backend(Vary="Accept, HX-Request"),
        Backend(Vary="*"),
        Backend(RateLimit='"anon";r=5'),
        *(Backend(status) for status in ("302 Found", "404 Not Found", "429 Too Many Requests", "500 Error")),
        Backend(body=b"x" * (MB // 8)),
    ],
    ids=lambda backend: f"{backend.status} {list(backend.headers.items())[-1]} {len(backend.body)}",
)
def test_what_is_not_for_everybody_is_not_kept(backend):
    front = backend.front()
    for _again in range(2):
        answer = ask(front, "/en/")
        assert answer.body == backend.body
        assert answer.headers == backend.headers
    assert (backend.asked, front.size) == (2, 0)


def test_what_may_be_kept_is_asked_for_once():
    backend = Backend(Vary="Accept-Encoding")
    front = backend.front()
    assert ask(front, "/en/") == ask(front, "/en/")
    assert backend.asked == 1


@pytest.mark.parametrize(
    "request_", [("/en/", "POST"), ("/admin/",), ("/static/x.css",), ("/",), ("/healthz/",)], ids=str
)
def test_what_is_no_public_page_passes(request_):
    backend = Backend()
    front = backend.front()
    for _again in range(2):
        ask(front, *request_)
    assert backend.asked == 2


def test_without_a_version_nothing_kept_is_served():
    backend = Backend()
    front = backend.front()
    ask(front, "/en/")

    def unknown():
        raise VersionUnknownError

    front.editions = Editions(unknown)
    for _again in range(2):
        assert ask(front, "/en/").body == b"page"
    assert backend.asked == 3


def test_what_changes_while_it_is_computed_is_computed_again():
    class Changing(Backend):
        def __call__(self, environ, start):
            if not self.asked:
                self.row = Row(2)
            return super().__call__(environ, start)

    backend = Changing()
    front = backend.front()
    for _again in range(3):
        ask(front, "/en/")
    assert backend.asked == 2


def test_a_slow_answer_tells_no_time_that_a_change_meanwhile_could_share(monkeypatch):
    monkeypatch.setattr(versions, "SETTLING", 3)
    clock = [versions.STARTED + 1]
    monkeypatch.setattr("etown.front.time", SimpleNamespace(time=lambda: clock[0]))

    class Slow(Backend):
        def __call__(self, environ, start):
            clock[0] += 10
            return super().__call__(environ, start)

    front = Slow().front()
    assert "Last-Modified" not in ask(front, "/en/").headers
    assert "Last-Modified" in ask(front, "/en/").headers


def test_the_store_stays_within_its_bytes_and_forgets_what_nobody_asks_for():
    backend = Backend(body=b"x" * 10_000)
    front = backend.front(limit=200_000)
    for number in range(100):
        ask(front, f"/en/?q={number}")
        ask(front, "/en/?q=popular")
        assert 0 < front.size <= 200_000
    assert backend.asked == 101


def test_one_address_has_only_so_many_variants():
    backend = Backend(Vary="Accept-Language")
    front = backend.front()
    for number in range(50):
        ask(front, "/api/v1/", accept_language=f"x-{number}")
    assert front.size < 15_000


def test_a_new_variant_pushes_out_no_more_than_the_oldest():
    backend = Backend(Vary="Accept-Language")
    front = backend.front()
    for number in range(VARIANTS + 1):
        ask(front, "/api/v1/", accept_language=f"x-{number}")
    for number in range(1, VARIANTS + 1):
        ask(front, "/api/v1/", accept_language=f"x-{number}")
    assert backend.asked == VARIANTS + 1


def test_many_threads_get_their_own_answers_and_the_bytes_add_up():
    class Echo(Backend):
        def __call__(self, environ, start):
            start(self.status, list(self.headers.items()))
            return [environ["QUERY_STRING"].encode() * 300]

    backend = Echo()
    front, wrong = backend.front(limit=60_000), []

    def read(seed):
        for step in range(300):
            query = f"q={(step * seed) % 37}"
            if step % 50 == seed:
                backend.row = Row(step * 10 + seed)
            if ask(front, f"/en/?{query}").body != query.encode() * 300:
                wrong.append(query)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert front.size <= 60_000
    backend.row = Row(10**6)
    ask(front, "/en/?q=1")
    assert front.size < 3000


def test_nothing_is_kept_when_the_store_is_switched_off():
    backend = Backend()
    front = backend.front(limit=0)
    for _again in range(2):
        ask(front, "/en/")
    assert (backend.asked, front.size) == (2, 0)


def test_other_sites_may_load_the_api_and_shared_pictures_only(client):
    company = factories.company()
    for address, policy in {
        company.get_absolute_url(): "same-origin",
        "/en/nothing/": "same-origin",
        "/admin/login/": "same-origin",
        "/static/css/site.css": "same-origin",
        "/static/share/home.png": "cross-origin",
        "/media/pictures/none.webp": "cross-origin",
        "/api/v1/companies/": "cross-origin",
    }.items():
        answer = client.get(address)
        answer.getvalue()
        assert answer["Cross-Origin-Resource-Policy"] == policy, address
