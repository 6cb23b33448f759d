"""What strangers send: never a fault of ours, never a script, never slow."""

import re
import time
from urllib.parse import quote

import pytest

from etown.api import router
from tests import factories, full

pytestmark = pytest.mark.django_db

SECONDS = 10  # far more than it takes, far less than a trap would

HOSTILE = {
    "empty": "",
    "nul": "%00",
    "nul inside": "a%00b",
    "newlines": "%0d%0aSet-Cookie:%20a=b",
    "long": "a" * 10_000,
    "long number": "9" * 10_000,
    "right to left": "%E2%80%AEexe.gpj%E2%80%AC",
    "quotes": "%27%22%60%27",
    "sql": "1%27%20OR%20%271%27=%271%27;--",
    "wildcards": "%25%5F%25",
    "backslash": "%5C",
    "emoji": "%F0%9F%91%A9%E2%80%8D%F0%9F%94%AC",
    "lone surrogate": "%ED%A0%80",
    "bad utf-8": "%FF%FE%C0%AF",
    "not percent": "%zz%",
    "exponent": "1e309",
    "infinity": "-Infinity",
    "not a number": "NaN",
    "negative": "-2147483649",
    "sixty-four bits": "9223372036854775808",
    "script": "%3Cscript%3Ealert(1)%3C/script%3E",
    "template": "%7B%7B7*7%7D%7D%7B%25%20debug%20%25%7D",
    "path": "../../../../etc/passwd%00.webp",
    "json": "%7B%22$ne%22:null%7D",
    "format string": "%25(x)s%25n%25s{0.__class__}",
    "full width": "%EF%BC%91%EF%BC%92",
    "dot": "plasmid.pilot_production.early_rnd",
    "many dots": "." * 500,
    "many words": "%20".join("abcdefghij" * 10),
    "combining": "Z%CC%A7%CC%AE%CD%81" * 300,
}
# The same parameter in other shapes.
SHAPES = ["{name}[]=1", "{name}[a][b]=1", "{name};x=1", "{name}", "{name}=a;{name}=b", "&&{name}==&=", "%00{name}=1"]
SCRIPT = "<script>alert"
CORE = {"q", "ordering", "page", "page_size", "format", "fields", "nothing"}


def ask(client, address):
    began = time.monotonic()
    answer = client.get(address)
    body = answer.getvalue().decode()
    assert answer.status_code < 500, address[:200]
    assert time.monotonic() - began < SECONDS, address[:200]
    if answer["Content-Type"].startswith("text/html"):
        assert SCRIPT not in body
    elif answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json", address[:200]
    return answer


def parameters(prefix):
    viewset = {name: viewset for name, viewset, _base in router.registry}[prefix]
    filters = getattr(getattr(viewset, "filterset_class", None), "base_filters", [])
    return [*filters, "page", "page_size", "format", "fields", "nothing", "", "utm_source", "csrfmiddlewaretoken"]


@pytest.mark.parametrize("prefix", [*full.KINDS, "chain"])
def test_no_value_of_any_parameter_breaks_a_list_of_the_api(client, prefix):
    record = full.KINDS.get(prefix, full.company)()
    values = list(HOSTILE.items())
    for place, name in enumerate(parameters(prefix)):
        # Filters of one kind are alike: a third of the values for each, all of them over all.
        some = values if name in CORE else values[place % 3 :: 3]
        for kind, value in some:
            answer = ask(client, f"/api/v1/{prefix}/?{name}={value}")
            if name in CORE - {"q"} and not (name in {"ordering", "format"} and kind == "empty"):
                assert answer.status_code == 400, (name, kind)
        for shape in SHAPES:
            ask(client, f"/api/v1/{prefix}/?{shape.format(name=name)}")
    for value in HOSTILE.values():
        for name in ("format", "fields", "q"):
            ask(client, f"/api/v1/{prefix}/{record.slug}/?{name}={value}")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("prefix", [prefix for prefix in full.KINDS if prefix != "wanted"])
def test_no_value_of_any_parameter_breaks_a_list_page(client, prefix, language):
    full.KINDS[prefix](slug="still-here")
    # Every page is costly; a third of the values for each parameter, all of them over all parameters.
    values = list(HOSTILE.items())
    for place, name in enumerate(parameters(prefix)):
        for kind, value in values[place % 3 :: 3]:
            answer = ask(client, f"/{language}/{prefix}/?{name}={value}")
            expected = {200, 404} if name == "page" else {200}
            assert answer.status_code in expected, (name, kind)
            # People who write Chinese type such digits, and a year may be one.
            if name != "q" and not (kind == "full width" and name.startswith("founded")):
                assert "/still-here/" in answer.text, (name, kind)
        ask(client, f"/{language}/{prefix}/?{SHAPES[place % len(SHAPES)].format(name=name)}")


@pytest.mark.parametrize(
    "path", ["", "chain/", "corrections/", "companies/{slug}/", "figures/{slug}/", "news/{slug}/"]
)
def test_pages_that_ask_for_nothing_mind_nothing(client, path):
    record = factories.activity().company
    address = f"/en/{path.format(slug=record.slug)}"
    for name in ("by", "chain", "q", "x"):
        for value in HOSTILE.values():
            assert ask(client, f"{address}?{name}={value}").status_code in {200, 404}


SLUG_PATHS = [f"/en/{prefix}/" for prefix in full.KINDS] + [f"/api/v1/{prefix}/" for prefix in [*full.KINDS, "chain"]]


@pytest.mark.parametrize("prefix", [*SLUG_PATHS, "/en/", "/", "/api/v1/", "/api/", "/media/", "/media/pictures/"])
def test_no_address_breaks_anything(client, prefix):
    full.company()
    for kind, value in HOSTILE.items():
        if kind != "empty":
            answer = ask(client, f"{prefix}{value}/")
            assert answer.status_code in {301, 302, 400, 404}, (prefix, kind)
        ask(client, f"{prefix}{value}")


def test_media_serves_nothing_but_pictures(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "pictures").mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "pictures" / "page.html").write_text("<script>alert(1)</script>")
    (tmp_path / "pictures" / ".webp").write_text("secret")
    names = ["secret.txt", "pictures/page.html", "pictures/", "pictures", "", "pictures/.webp", "/etc/passwd"]
    names += ["pictures/../secret.txt", "..%2fsecret.txt", "pictures/%2e%2e/secret.txt", "pictures/x.webp%0a"]
    for name in names:
        assert client.get(f"/media/{name}").status_code == 404, name


@pytest.mark.parametrize("count", [900, 2000])
@pytest.mark.parametrize("query", ["role=startup", "role=x{n}", "x{n}=1", "q=a{n}", "segment=plasmid", "cell=a.b{n}"])
def test_a_thousand_parameters_are_answered_or_refused_soon(client, count, query):
    factories.activity()
    text = "&".join(query.format(n=number) for number in range(count))
    for path in ("/en/companies/", "/api/v1/companies/", "/api/v1/companies/?format=csv&"):
        began = time.monotonic()
        answer = ask(client, f"{path}{'' if '?' in path else '?'}{text}")
        assert time.monotonic() - began < SECONDS
        if count > 1000:
            assert answer.status_code == 400
        assert len(answer.getvalue()) < 1_000_000


def test_the_longest_search_is_answered_on_many_rows(client):
    for number in range(50):
        factories.company(f"Company {number}", description_en="a b c d e f g h i j " * 50)
    words = [one + other for one in "abcdefgh" for other in "abcdefgh"]
    longest, too_many = "%20".join(words[:12]), "%20".join(words)
    for path in ("/en/companies/", "/api/v1/companies/", "/en/products/", "/en/services/", "/en/news/"):
        assert ask(client, f"{path}?q={longest}").status_code == 200
    assert client.get(f"/en/companies/?q={longest}&founded_year_min=1").context["listing"].problems == []
    assert [p.parameter for p in client.get(f"/en/companies/?q={too_many}").context["listing"].problems] == ["q"]
    assert client.get(f"/api/v1/companies/?q={too_many}").status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"accept": "a/b;q=x, */*;q=;" + "x" * 5000},
        {"accept": "*/*;" * 500},
        {"accept-language": "zh-" + "a" * 5000},
        {"accept-language": "../../x,%00"},
        {"accept-encoding": "gzip;q=zero,\x01"},
        {"if-none-match": '"' * 3000},
        {"if-none-match": "W/" * 2000},
        {"if-modified-since": "Thu, 99 Foo 99999 99:99:99 GMT"},
        {"if-modified-since": "x" * 5000},
        {"range": "bytes=9-1,-0"},
        {"x-forwarded-for": "'; --," * 200},
        {"cookie": "django_language=../../../x; sessionid=%00;" + "a=b;" * 500},
        {"cookie": "django_language=zh-" + "x" * 3000},
        {"host": "testserver:99999999"},
        {"host": "testserver:80:80"},
        {"host": "[::1"},
        {"x-http-method-override": "DELETE"},
        {"content-length": "many"},
        {"content-type": "multipart/form-data; boundary=" + "x" * 500},
    ],
    ids=lambda value: " ".join(f"{name} {text[:20]}" for name, text in value.items()),
)
def test_no_header_breaks_anything(client, headers):
    company = full.company()
    addresses = ["/", "/en/companies/", f"/en/companies/{company.slug}/", "/api/v1/companies/", "/api/v1/nothing/"]
    for address in [*addresses, "/api/v1/companies/?format=csv", "/media/pictures/x.webp", "/healthz/"]:
        answer = client.get(address, headers=headers)
        assert answer.status_code < 500, address
        # A session that does not exist is forgotten; nothing is ever given.
        assert not [cookie for cookie in answer.cookies.values() if cookie.value]


def test_what_is_repeated_from_a_request_is_escaped(client):
    full.company()
    evil = quote("\"><script>alert(1)</script><img src=x onerror=alert(1)>'")
    for address in (
        f"/en/companies/?{evil}=1",
        f"/en/companies/?q={evil}",
        f"/en/companies/?role={evil}",
        f"/en/companies/?founded_year_min={evil}",
        f"/en/companies/?page={evil}",
        f"/en/companies/?cell={evil}&role=startup",
        f"/en/chain/?by={evil}&{evil}=1",
        f"/en/{evil}/",
    ):
        text = ask(client, address).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert " onerror=" not in re.sub(r"&lt;.*?&gt;", "", text)
