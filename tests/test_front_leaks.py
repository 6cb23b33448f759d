"""A hunt for leaks: whoever read before, each reader gets what Django would have computed for them alone."""

import random
import re
from dataclasses import dataclass
from http.cookies import SimpleCookie

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from etown import publishing
from etown.front import Front
from etown.records import Status
from etown.versions import ConnectionReader, Editions
from etown.wsgi import django
from tests import full
from tests.wsgi import Answer, ask

pytestmark = pytest.mark.django_db

STEPS, WALKS = 100, 6
MARK = "xq7leak"
ENCODINGS = ["gzip", "gzip, deflate, br", "br, gzip", None, "identity", "br"]
LANGUAGES = [None, "en", "zh-CN,zh;q=0.9", "fr", "*"]
ACCEPTS = [
    None,
    "*/*",
    "text/html,*/*;q=0.8",
    "application/json",
    "application/json; indent=4",
    "text/csv",
    "image/png",
]
HOSTS = [*["127.0.0.1"] * 12, "localhost", "LocalHost", "127.0.0.1:8000"]
ADDRESSES = ["/{language}/", "/{language}/chain/", "/{language}/companies", "/{language}/no/such/page/"]
ADDRESSES += ["/{language}/" + kind + "/" for kind in ("companies", "products", "news", "figures")]
ADDRESSES += ["/{language}/companies/?stage=pilot_production", "/{language}/companies/?q=acme&page=1"]
ADDRESSES += ["/{language}/companies/?nonsense=1", "/{language}/companies/?page=99", "/{language}/companies/feed/"]
ADDRESSES += ["/{language}/companies/acme-{number}/", "/api/v1/companies/acme-{number}/", "/api/v1/companies/"]
ADDRESSES += ["/api/v1/", "/api/v1/chain/", "/api/v1/companies/?format=csv", "/api/v1/companies/?colour=red"]
ADDRESSES += ["/api/v1/docs/", "/sitemap.xml", "/sitemap-company.xml", "/", "/companies/", "/admin/", "/healthz/"]
# Compression adds some random bytes; the time of change is the front's own; what the admin sends expires at once.
NOT_COMPARED = {"Content-Length", "Last-Modified", "Expires"}
IN_304 = {"ETag", "Cache-Control", "Vary"}


@dataclass
class Reader:
    """Somebody with a word of their own in all that they send."""

    mark: str
    cookie: str = ""

    def headers(self, chance: random.Random) -> dict[str, str]:
        sent = {
            "user_agent": self.mark,
            "referer": f"https://{self.mark}.example/",
            "x_forwarded_for": self.mark,
            "x_forwarded_host": f"{self.mark}.example",
            "x_requested_with": self.mark,
            "hx_request": "true",
            "host": chance.choice(HOSTS),
            "cookie": self.cookie,
            "accept_encoding": chance.choice(ENCODINGS),
            "accept_language": chance.choice(LANGUAGES),
            "accept": chance.choice(ACCEPTS),
            "authorization": chance.choice([*[None] * 7, f"Bearer {self.mark}"]),
        }
        return {name: value for name, value in sent.items() if value}


@pytest.fixture
def companies():
    return [full.company(slug=f"acme-{number}") for number in range(3)]


@pytest.fixture
def readers():
    made = [Reader(f"{MARK}{number}") for number in range(3)]
    made.append(Reader(f"{MARK}-stale", f"sessionid={MARK}-stale"))
    made.append(Reader(f"{MARK}-chinese", f"django_language=zh-hans; visitor={MARK}-chinese"))
    for number in range(2):
        officer = get_user_model().objects.create_superuser(f"{MARK}-officer-{number}", first_name=f"{MARK}-o{number}")
        browser = Client()
        browser.force_login(officer)
        session = browser.session
        session["note"] = f"{MARK}-session"
        session.save()
        made.append(Reader(f"{MARK}-staff{number}", f"sessionid={browser.cookies['sessionid'].value}"))
    return made


def campaign(chance: random.Random, address: str, mark: str) -> str:
    """The link as some other site or mail spelt it."""
    word = chance.choice([None, f"utm_source={mark}", f"from={mark}", f"utm_x={mark}&isappinstalled=0"])
    if word is None or not address.startswith(("/en/", "/zh-hans/")):
        return address
    path, _mark, query = address.partition("?")
    parts = [part for part in (word, query) if part]
    chance.shuffle(parts)
    return f"{path}?{'&'.join(parts)}"


def change(chance: random.Random, companies) -> None:
    """What staff do meanwhile."""
    company = chance.choice(companies)
    company.name_en = f"Acme {chance.randrange(1000)}"
    company.status = chance.choice([Status.PUBLISHED, Status.PUBLISHED, Status.DRAFT])
    publishing.save(company)


def comparable(answer: Answer) -> tuple:
    text = answer.text
    # A form's token is new each time, for whoever asks.
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    if answer.status == 304:
        return 304, {name: value for name, value in answer.headers.items() if name in IN_304}, text
    kept = {name: value for name, value in answer.headers.items() if name not in NOT_COMPARED}
    if "Set-Cookie" in kept:
        kept["Set-Cookie"] = sorted(SimpleCookie(kept["Set-Cookie"]))
    return answer.status, kept, text


@pytest.mark.parametrize("seed", range(WALKS))
def test_whoever_read_before_each_reader_gets_what_is_meant_for_them(companies, readers, seed):
    chance = random.Random(seed)
    computed: list[str] = []

    def counted(environ, start):
        computed.append(environ["PATH_INFO"])
        return django(environ, start)

    front = Front(counted, Editions(ConnectionReader(believed=0)), 2**20)
    tags: dict[str, str] = {}
    # Few addresses, so that many readers meet at each; all walks together visit all.
    visited = ADDRESSES[seed::WALKS]
    for _step in range(STEPS):
        if chance.random() < 0.02:
            change(chance, companies)
        reader = chance.choice(readers[:3] if chance.random() < 0.75 else readers)
        address = chance.choice(visited).format(
            language=chance.choice(["en", "en", "zh-hans"]), number=chance.randrange(len(companies))
        )
        headers, method = reader.headers(chance), chance.choice(["GET", "GET", "GET", "HEAD"])
        if (tag := tags.get(address)) and chance.random() < 0.3:
            headers["if_none_match"] = tag
        got = ask(front, campaign(chance, address, reader.mark), method, **headers)
        alone = ask(django, address, method, **headers)
        if method == "HEAD":
            alone.body = b""
            got.body = b""
        assert comparable(got) == comparable(alone), (address, method, headers)
        tags[address] = got.headers.get("ETag", "")
        told = f"{got.headers}{got.text}"
        if not address.startswith("/admin/"):
            assert MARK not in told, (address, headers)
        else:
            assert not set(re.findall(rf"{MARK}[\w-]*\d", told)) - {f"{MARK}-o{reader.mark[-1]}"}
    assert STEPS - len(computed) >= 5, "hardly anything was kept"
