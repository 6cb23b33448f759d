"""The stored answers against those rendered on the spot, after whatever staff do."""

import random

import pytest
from django.core.management import call_command

from etown import documents, publishing
from etown.models import Document
from etown.records import Publishable, Status
from tests import factories, full

pytestmark = pytest.mark.django_db

LISTS = ("companies", "products", "services", "news", "figures", "wanted")
FORMATS = ("ndjson", "csv")


def answers(client) -> dict[str, str]:
    addresses = [f"/api/v1/{kind}/?format={form}" for kind in LISTS for form in FORMATS]
    return {address: client.get(address).getvalue().decode() for address in addresses}


def rendered(client, settings) -> dict[str, str]:
    """The same answers without the store."""
    settings.DOCUMENTS = False
    found = answers(client)
    settings.DOCUMENTS = True
    return found


def world() -> dict[str, Publishable]:
    company = full.company()
    product = full.product(company=company)
    service = full.service(operator_company=company)
    article = full.article(companies=[company], products=[product], services=[service])
    replaced = full.figure(state="superseded", superseded_by=full.figure())
    want = full.want()
    return {
        "company": company,
        "product": product,
        "service": service,
        "article": article,
        "figure": replaced,
        "want": want,
    }


def rename(record: Publishable, word: str) -> None:
    for column, text in full.texts(type(record), word).items():
        setattr(record, column, text)
    publishing.save(record)


def related(records: dict[str, Publishable]) -> list:
    """Records without a status of their own, whose words stand in the answers of others."""
    company, service = records["company"], records["service"]
    activity = company.activities.get(modality__isnull=False)
    return [
        factories.source(),
        activity.segment,
        activity.modality,
        activity.stage,
        company.logo,
        service.desk,
        records["figure"].unit,
        records["article"].category,
        activity.segment.chain,
    ]


def test_every_public_record_has_its_answer_ready_and_no_other_has(client):
    world()
    full.company(status=Status.DRAFT)
    full.article(status=Status.ARCHIVED)
    assert not documents.is_incomplete()
    assert Document.objects.count() == sum(kind.objects.published().count() for kind in documents.kinds())


def test_stored_answers_are_those_of_the_serializer_after_any_edit(client, settings):
    records = world()
    chance = random.Random("documents")
    for round_ in range(20):
        record = chance.choice(list(records.values()))
        deed = chance.choice(["rename", "move", "withdraw", "publish", "related", "part"])
        if deed == "rename":
            rename(record, f"word{round_}")
        elif deed == "move":
            record.slug = f"moved-{round_}"
            publishing.save(record)
        elif deed in {"withdraw", "publish"}:
            publishing.set_status(record, Status.ARCHIVED if deed == "withdraw" else Status.PUBLISHED)
        elif deed == "part":
            factories.activity(records["company"], f"segment-{round_}")
            factories.milestone(records["product"])
        else:
            row = chance.choice(related(records))
            if hasattr(row, "slug"):
                row.slug = f"key_{round_}"
            if hasattr(row, "credit"):
                row.credit = f"credit {round_}"
            publishing.save(row)
        assert answers(client) == rendered(client, settings), (round_, deed, record)


def test_what_is_deleted_leaves_the_answers_of_others(client, settings):
    records = world()
    for name in ("article", "figure", "service", "product", "company"):
        publishing.delete(records[name])
        assert answers(client) == rendered(client, settings), name
    picture = full.picture()
    company = full.company(logo=picture)
    publishing.delete(picture)
    company.refresh_from_db()
    assert company.logo is None
    assert answers(client) == rendered(client, settings)


def test_addresses_in_answers_are_those_of_the_host_that_was_asked(client, settings):
    settings.ALLOWED_HOSTS = ["one.example", "two.example"]
    full.company()
    for host in settings.ALLOWED_HOSTS:
        for form in FORMATS:
            text = client.get(f"/api/v1/companies/?format={form}", headers={"host": host}).getvalue().decode()
            assert text.count(f"http://{host}/") >= 3
            assert documents.ORIGIN not in text
            assert "testserver" not in text


def test_a_store_that_is_empty_or_of_an_earlier_release_changes_no_answer(client, settings):
    world()
    before = answers(client)
    Document.objects.update(shape="earlier", body="{}", line="\r\n")
    assert answers(client) == before
    Document.objects.all().delete()
    assert answers(client) == before


def test_rebuilding_restores_what_is_missing_and_drops_what_is_not_public(client, settings, capsys):
    records = world()
    before = answers(client)
    Document.objects.filter(pk=Document.key(type(records["want"]), records["want"].pk)).delete()
    type(records["company"]).objects.update(status=Status.DRAFT)
    call_command("rebuild_documents")
    assert "products" in capsys.readouterr().out
    assert not documents.is_incomplete()
    type(records["company"]).objects.update(status=Status.PUBLISHED)
    call_command("rebuild_documents")
    settings.DOCUMENTS = True
    assert answers(client) == before


def test_a_page_of_ready_answers_takes_few_queries_however_many_records(client, django_assert_max_num_queries):
    for _number in range(3):
        full.company()
    for size in (1, 100):
        client.get(f"/api/v1/companies/?page_size={size}")
        with django_assert_max_num_queries(3):
            client.get(f"/api/v1/companies/?page_size={size}")


def test_one_text_too_many_does_not_hide_that_one_is_missing():
    companies = [full.company() for _number in range(2)]
    kind = type(companies[0])
    kind.objects.filter(pk=companies[0].pk).update(status=Status.DRAFT)
    Document.objects.filter(pk=Document.key(kind, companies[1].pk)).delete()
    assert documents.is_incomplete()
    call_command("rebuild_documents")
    assert not documents.is_incomplete()
