"""The API keeps what its document says, in every format and in every error."""

import csv
import io
import json
import re

import pytest
from django.core.cache import cache
from django.core.management import call_command
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from rest_framework.settings import api_settings
from rest_framework.throttling import AnonRateThrottle

from etown.api import router
from facts.models import Figure
from tests import factories, full

pytestmark = pytest.mark.django_db

KINDS = list(full.KINDS)


@pytest.fixture
def schema(client):
    return client.get("/api/v1/schema/").json()


@pytest.fixture
def everything():
    """Two public records of each kind: one with all that it can have, one with as little as it may."""
    company = full.company()
    product = full.product(company=company)
    service = full.service(operator_company=company)
    full.article(companies=[company], products=[product], services=[service])
    full.figure(state="superseded", superseded_by=full.figure(high=40), review_by="2030-01-01")
    full.want()
    for make in (factories.company, factories.product, factories.service, factories.article, factories.figure):
        make()
    factories.want(modality="dc")


def problem(answer, status, language="en"):
    """The body of an error that is a problem in the reader's language, and not kept for readers of another."""
    assert answer.status_code == status, answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Content-Language"] == language
    assert "Accept-Language" in answer["Vary"]
    body = json.loads(answer.content)
    assert body.keys() - {"errors"} == {"type", "title", "status", "detail"}
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert body["title"]
    assert body["detail"]
    return body


# The document


def test_the_document_is_valid_and_committed(schema, settings, tmp_path):
    validate_schema(schema)
    written = tmp_path / "openapi.yaml"
    call_command("spectacular", "--file", str(written), "--validate", "--fail-on-warn")
    assert written.read_text() == (settings.BASE_DIR / "docs" / "openapi.yaml").read_text()


def test_the_document_is_the_same_for_readers_of_every_language(client):
    answers = [client.get("/api/v1/schema/", headers={"accept-language": language}) for language in ("en", "zh-CN")]
    assert answers[0].content == answers[1].content
    assert "Accept-Language" not in answers[1]["Vary"]


def test_every_address_of_the_api_is_in_the_document(schema):
    lists = {f"/api/v1/{prefix}/" for prefix, _viewset, _name in router.registry}
    assert set(schema["paths"]) == lists | {f"{path}{{slug}}/" for path in lists}
    assert all(set(operations) == {"get"} for operations in schema["paths"].values())


def test_enumerations_have_fixed_names(schema, settings):
    enumerations = {name for name, shape in schema["components"]["schemas"].items() if "enum" in shape}
    named = set(settings.SPECTACULAR_SETTINGS["ENUM_NAME_OVERRIDES"])
    assert named <= enumerations
    # Each of the others stands on one column whose name is its own.
    assert enumerations - named == {"JurisdictionEnum", "LanguageEnum", "CellStateEnum", "BlankEnum"}


def test_the_document_names_every_parameter_that_a_list_knows(schema):
    for prefix, viewset, _name in router.registry:
        if prefix == "chain":
            continue
        told = {parameter["name"] for parameter in schema["paths"][f"/api/v1/{prefix}/"]["get"]["parameters"]}
        assert told == {*viewset.filterset_class.base_filters, "page", "page_size", "format", "fields"}


def validator(schema, path, status="200", media="application/json"):
    shape = schema["paths"][path]["get"]["responses"][status]["content"][media]["schema"]
    return Draft202012Validator({"$defs": _strict(schema["components"]["schemas"]), **_strict(shape)})


def _strict(shape):
    """JSON Schema of an OpenAPI 3.0 shape, in which no field goes unmentioned."""
    if isinstance(shape, list):
        return [_strict(part) for part in shape]
    if not isinstance(shape, dict):
        return shape
    made = {name: _strict(part) for name, part in shape.items() if name != "nullable"}
    if "$ref" in made:
        made["$ref"] = made["$ref"].replace("#/components/schemas/", "#/$defs/")
    if made.get("type") == "object" and "properties" in made:
        made.setdefault("additionalProperties", False)
    return {"anyOf": [made, {"type": "null"}]} if shape.get("nullable") is True else made


@pytest.mark.parametrize("kind", [*KINDS, "chain"])
def test_real_answers_are_what_the_document_says(everything, client, schema, kind):
    path = f"/api/v1/{kind}/"
    listed = client.get(path).json()
    validator(schema, path).validate(listed)
    rows = listed if kind == "chain" else listed["results"]
    assert rows
    for row in rows:
        record = client.get(f"{path}{row['slug']}/").json()
        validator(schema, f"{path}{{slug}}/").validate(record)
        assert record == row
    for address, status in ((f"{path}?colour=red", 400), (f"{path}nobody/", 404)):
        shape = path if status == 400 else f"{path}{{slug}}/"
        body = problem(client.get(address), status)
        validator(schema, shape, str(status), "application/problem+json").validate(body)


@pytest.mark.parametrize("kind", [*KINDS, "chain"])
def test_the_starter_facts_are_what_the_document_says(starter, client, schema, kind):
    path = f"/api/v1/{kind}/"
    validator(schema, path).validate(client.get(path if kind == "chain" else f"{path}?page_size=100").json())


# Lists and their parts


def test_fields_leaves_only_what_was_asked_for_in_every_format(everything, client):
    (row, *_rest) = client.get("/api/v1/companies/?fields=slug,name_en").json()["results"]
    assert set(row) == {"slug", "name_en"}
    assert set(client.get(f"/api/v1/companies/{row['slug']}/?fields=role").json()) == {"role"}
    line = client.get("/api/v1/companies/?fields=uid&format=ndjson").getvalue().splitlines()[0]
    assert set(json.loads(line)) == {"uid"}
    head = client.get("/api/v1/companies/?fields=name_en,%20slug&format=csv").getvalue().decode("utf-8-sig")
    assert head.splitlines()[0] == "slug,name_en"


@pytest.mark.parametrize(
    "fields", ["", "id", "status", "slug,", "slug,,role", "SLUG", "company__name_en", "__class__"]
)
@pytest.mark.parametrize("path", ["", "public/", "?format=csv", "?format=ndjson"])
def test_a_field_that_does_not_exist_is_refused_with_those_that_do(client, fields, path):
    full.company(slug="public")
    join = "&" if "?" in path else "?"
    body = problem(client.get(f"/api/v1/companies/{path}{join}fields={fields}"), 400)
    assert body["errors"][0]["parameter"] == "fields"
    assert "registration_code" in body["errors"][0]["detail"]


BAD_NUMBERS = [
    "",
    "0",
    "-1",
    "1e30",
    "9" * 40,
    "1.0",
    "+1",
    "one",
    "1 ",
    "%201",
    "１",
    "²",
    "0x1",
    "1_0",
    "%00",
    "null",
]


@pytest.mark.parametrize("number", [*BAD_NUMBERS, "101", "10000000000"])
@pytest.mark.parametrize("name", ["page", "page_size"])
def test_pages_and_their_size_are_whole_numbers_that_exist(client, name, number):
    full.company()
    body = problem(client.get(f"/api/v1/companies/?{name}={number}"), 400)
    assert [error["parameter"] for error in body["errors"]] == [name]


def test_a_page_beyond_the_end_is_refused_with_the_last_one(client):
    for _number in range(3):
        factories.want()
    body = problem(client.get("/api/v1/wanted/?page=3&page_size=2"), 400)
    assert body["errors"] == [{"parameter": "page", "detail": "The last page is 2."}]
    assert client.get("/api/v1/products/").json() == {"count": 0, "next": None, "previous": None, "results": []}


def test_pages_lead_to_each_other_in_body_and_header(client):
    for _number in range(5):
        factories.want()
    address, seen = "http://testserver/api/v1/wanted/?basis=stated&page_size=2", []
    while address:
        answer = client.get(address)
        seen += [row["slug"] for row in answer.json()["results"]]
        rels = {"prev": answer.json()["previous"], "next": answer.json()["next"]}
        assert answer["Link"] == ", ".join(f'<{url}>; rel="{rel}"' for rel, url in rels.items() if url)
        address = rels["next"]
    assert len(seen) == len(set(seen)) == 5
    assert "Link" not in client.get("/api/v1/wanted/")


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_holds_the_whole_filtered_list(client, kind):
    for _number in range(3):
        full.KINDS[kind]()
    rows = client.get(f"/api/v1/{kind}/?page_size=100").json()["results"]
    assert len(rows) >= 3
    lines = client.get(f"/api/v1/{kind}/?format=ndjson").getvalue().decode().splitlines()
    assert [json.loads(line) for line in lines] == rows
    answer = client.get(f"/api/v1/{kind}/?format=csv")
    table = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [row["slug"] for row in table] == [row["slug"] for row in rows]
    assert list(table[0]) == list(rows[0])
    query = f"q={rows[0]['slug']}"
    assert client.get(f"/api/v1/{kind}/?format=ndjson&{query}").getvalue() == b""
    assert client.get(f"/api/v1/{kind}/?format=csv&{query}").getvalue().decode("utf-8-sig").count("\r\n") == 1


def test_an_export_has_no_pages_and_says_so(client):
    answer = client.get("/api/v1/companies/?format=csv&page=99&page_size=2")
    assert answer.status_code == 400
    assert [error["parameter"] for error in answer.json()["errors"]] == ["page", "page_size"]


def test_streams_are_streams_with_their_own_type_and_name(client):
    full.company()
    for form, kind in (("csv", "text/csv"), ("ndjson", "application/x-ndjson")):
        for answer in (
            client.get(f"/api/v1/companies/?format={form}"),
            client.get("/api/v1/companies/", headers={"accept": kind}),
        ):
            assert answer.streaming
            assert answer["Content-Type"] == f"{kind}; charset=utf-8"
            assert re.fullmatch(
                rf'attachment; filename="companies-\d{{4}}-\d\d-\d\d\.{form}"', answer["Content-Disposition"]
            )
        record = client.get(f"/api/v1/companies/{full.company().slug}/?format={form}")
        assert record["Content-Type"] == f"{kind}; charset=utf-8"


def test_a_stream_longer_than_a_chunk_repeats_and_loses_nothing(client, monkeypatch):
    monkeypatch.setattr("etown.viewsets.CHUNK", 2)
    slugs = [full.company().slug for _number in range(5)]
    lines = client.get("/api/v1/companies/?format=ndjson&fields=slug,aliases").getvalue().splitlines()
    rows = [json.loads(line) for line in lines]
    assert sorted(row["slug"] for row in rows) == sorted(slugs)
    assert all(row["aliases"] for row in rows)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＠", "-1+", "=cmd|'/C calc'!A0"])
def test_no_cell_of_a_table_is_run_by_a_spreadsheet(client, start):
    evil = f'{start}HYPERLINK("http://evil","x"),\n"y"'
    factories.company(summary_en=evil, summary_zh_hans="数据")
    raw = client.get("/api/v1/companies/?format=csv").getvalue()
    assert raw.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    assert row["summary_en"] == f"'{evil}"
    assert row["summary_zh_hans"] == "数据"
    for cell in row.values():
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＠"))


def test_a_negative_number_stays_a_number(client):
    factories.figure(low=-5, slug="fall")
    table = client.get("/api/v1/figures/?format=csv").getvalue().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(table))
    assert row["low"] == "-5.000000"
    assert row["value_en"].startswith("'-5 ")


def test_both_languages_stand_in_one_answer_that_is_the_same_for_everybody(everything, client):
    for address in ["/api/v1/", *(f"/api/v1/{kind}/" for kind in [*KINDS, "chain"])]:
        answers = [client.get(address, headers={"accept-language": language}) for language in ("en", "zh-CN")]
        assert answers[0].content == answers[1].content
        assert answers[0]["ETag"] == answers[1]["ETag"]
        assert {name.strip() for name in answers[0]["Vary"].split(",")} <= {"Accept", "Accept-Encoding"}
    (row, *_rest) = client.get("/api/v1/companies/").json()["results"]
    assert row["url_en"] == f"http://testserver/en/companies/{row['slug']}/"
    assert row["url_zh_hans"] == f"http://testserver/zh-hans/companies/{row['slug']}/"


def test_the_address_of_a_record_carries_nothing_of_the_query(client):
    full.company()
    for form in ("json", "ndjson"):
        text = client.get(f"/api/v1/companies/?format={form}&page_size=1").getvalue().decode()
        assert "?" not in text


# Errors


ERRORS = [
    ("get", "/api/v1/companies/?colour=red", {}, 400),
    ("get", "/api/v1/companies/?format=xml", {}, 400),
    ("get", "/api/v1/companies/nobody/?format=xml", {}, 400),
    ("get", "/api/v1/chain/?format=csv", {}, 400),
    ("get", "/api/v1/chain/cgt/?x=1", {}, 400),
    ("get", "/api/v1/?x=1", {}, 400),
    ("get", "/api/v1/?format=csv", {}, 400),
    ("get", "/api/v1/schema/?lang=zh", {}, 400),
    ("get", "/api/v1/schema/?version=%0a1", {}, 400),
    ("get", "/api/v1/docs/?lang=%0a", {}, 400),
    ("get", "/api/v1/companies/", {"host": "evil.example"}, 400),
    ("get", "/api/v1/companies/?" + "&".join(f"p{n}=1" for n in range(2000)), {}, 400),
    ("get", "/api/v1/companies/nobody/", {}, 404),
    ("get", "/api/v1/companies/nobody/?format=csv", {}, 404),
    ("get", "/api/v1/chain/none/", {}, 404),
    ("get", "/api/v1/nothing/", {}, 404),
    ("get", "/api/v1/companies/a/b/", {}, 404),
    ("get", "/api/v2/companies/", {}, 404),
    ("get", "/api/", {}, 404),
    ("get", "/api", {}, 404),
    ("post", "/api/v1/companies/", {}, 405),
    ("put", "/api/v1/companies/nobody/", {}, 405),
    ("patch", "/api/v1/companies/nobody/", {}, 405),
    ("delete", "/api/v1/companies/nobody/", {}, 405),
    ("trace", "/api/v1/companies/", {}, 405),
    ("post", "/api/v1/chain/", {}, 405),
    ("post", "/api/v1/", {}, 405),
    ("post", "/api/v1/schema/", {}, 405),
    ("get", "/api/v1/companies/", {"accept": "application/xml"}, 406),
    ("get", "/api/v1/companies/nobody/", {"accept": "image/png"}, 406),
    ("get", "/api/v1/chain/", {"accept": "text/csv"}, 406),
]


@pytest.mark.parametrize(("method", "path", "headers", "status"), ERRORS, ids=lambda value: str(value)[:60])
@pytest.mark.parametrize(("accepted", "language"), [("en", "en"), ("zh-CN", "zh-hans")], ids=["en", "zh"])
def test_every_error_is_a_problem_in_the_reader_s_language(client, method, path, headers, status, accepted, language):
    answer = client.generic(method.upper(), path, headers={**headers, "accept-language": accepted})
    problem(answer, status, language)
    if status == 405:
        assert answer["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("form", ["json", "csv", "ndjson", "xlsx"])
@pytest.mark.parametrize("accept", ["text/html", "text/html,application/xhtml+xml", "image/png"])
def test_a_format_in_the_address_outweighs_what_a_browser_accepts(client, form, accept):
    company = full.company()
    for path in ("", f"{company.slug}/"):
        asked = client.get(f"/api/v1/companies/{path}?format={form}", headers={"accept": accept})
        assert asked.status_code == 200
        assert asked["Content-Type"] == client.get(f"/api/v1/companies/{path}?format={form}")["Content-Type"]
        assert asked.getvalue()


def test_only_what_can_be_archived_is_said_to_be_gone(schema):
    for path, operations in schema["paths"].items():
        is_record = path.endswith("{slug}/") and "/chain/" not in path
        assert ("410" in operations["get"]["responses"]) is is_record, path


def test_a_body_makes_no_difference_to_what_is_only_read(client):
    for kind, body in (("application/json", "[" * 100_000), ("text/plain", "\x00"), ("application/json", '{"a":')):
        problem(client.generic("POST", "/api/v1/companies/", body, content_type=kind), 405)
        assert client.generic("GET", "/api/v1/companies/", body, content_type=kind).status_code == 200
        assert client.generic("OPTIONS", "/api/v1/companies/", body, content_type=kind).status_code == 200


def test_who_asks_too_often_is_told_when_to_come_again(client, monkeypatch):
    cache.clear()
    monkeypatch.setattr(AnonRateThrottle, "THROTTLE_RATES", {**api_settings.DEFAULT_THROTTLE_RATES, "anon": "3/min"})
    addresses = ["/api/v1/companies/", "/api/v1/chain/", "/api/v1/wanted/?format=csv", "/api/v1/schema/"]
    answers = [client.get(address) for address in addresses]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    body = problem(answers[-1], 429)
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert re.search(rf"Please come again in {answers[-1]['Retry-After']} seconds?\.", body["detail"])
    told = client.get("/api/v1/companies/", headers={"accept-language": "zh-CN"})
    assert told["Retry-After"] in problem(told, 429, "zh-hans")["detail"]
    # An address that a stranger writes into the request does not make somebody else of him; another machine does.
    assert client.get("/api/v1/companies/", headers={"x-forwarded-for": "192.0.2.7"}).status_code == 429
    assert client.get("/api/v1/companies/", REMOTE_ADDR="192.0.2.8").status_code == 200
    assert client.get("/en/companies/").status_code == 200
    cache.clear()


def test_a_fault_of_ours_is_a_problem_too_and_tells_nothing(client, monkeypatch, settings):
    client.raise_request_exception = False
    factories.figure()
    settings.DOCUMENTS = False
    monkeypatch.setattr(Figure, "spell", lambda *arguments: 1 / 0)
    body = problem(client.get("/api/v1/figures/"), 500)
    assert "division" not in str(body)


# Methods and keys


@pytest.mark.parametrize("path", ["", "public/"])
@pytest.mark.parametrize("form", ["json", "csv", "ndjson"])
def test_head_is_get_without_the_body(client, path, form):
    full.company(slug="public")
    address = f"/api/v1/companies/{path}?format={form}"
    got, head = client.get(address), client.head(address)
    assert head.status_code == 200
    assert head.getvalue() == b""
    for name in ("Content-Type", "ETag", "Vary", "Cache-Control"):
        assert head[name] == got[name]


@pytest.mark.parametrize("path", ["", *(f"{kind}/" for kind in KINDS), "companies/nobody/", "chain/", "schema/"])
def test_options_tells_what_is_possible(client, path):
    answer = client.options(f"/api/v1/{path}")
    assert answer.status_code == 200
    assert answer["Allow"] == "GET, HEAD, OPTIONS"


def test_no_number_of_the_database_leaves_the_site(client):
    number = 987_654_300
    records = []
    for make in full.KINDS.values():
        number += 1
        records.append(make(id=number))
    company, product, service, article, *_others = records
    product.company, service.operator_company = company, company
    article.companies.add(company)
    for record in (product, service):
        record.save()
    for kind, record in zip(KINDS, records, strict=True):
        for address in (f"{kind}/", f"{kind}/{record.slug}/"):
            for form in ("json", "csv", "ndjson"):
                text = client.get(f"/api/v1/{address}?format={form}").getvalue().decode()
                assert "9876543" not in text
                assert str(record.uid) in text
        for language in ("en", "zh-hans"):
            assert "9876543" not in client.get(f"/{language}/{kind}/{record.slug}/").text
            assert kind == "wanted" or "9876543" not in client.get(f"/{language}/{kind}/").text
