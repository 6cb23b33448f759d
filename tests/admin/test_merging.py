"""Two companies become one, and two again: what moves, what leads on, what is refused, and that nothing is lost."""

import html

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.test import Client
from django.urls import reverse

from companies.models import Activity, Company, CompanyAlias, Product
from companies.views import CompanyListView
from etown import publishing, waiting
from etown.deeds import Deed
from etown.models import Batch, FormerSlug, Revision
from etown.pointers import pointers
from etown.records import Status
from etown.states import snapshot
from facts.models import Citation, Correction
from tests import factories, full
from tests.admin.forms import edit, save, stored
from tests.test_chain_map import compare
from tests.test_documents import answers, rendered
from tests.test_facets import listing_of, naive_count

pytestmark = pytest.mark.django_db

CODES = ("91310000MA1FL0000A", "91310000MA1FL0001B")
WORDS = ("acme", "acme cells", "acme biotech", "old acme", "upon", "told", CODES[1], "plasmid")


@pytest.fixture
def acme():
    made = factories.company("Acme Cells", slug="acme", registration_code=CODES[0], founded_year=2015)
    factories.activity(made, "plasmid", stage="pilot_production")
    return made


@pytest.fixture
def other(acme):
    """The same company once more: entered under another name, once under another address, with all that may belong."""
    made = factories.company(
        "Acme Biotech",
        slug="old-acme",
        name_zh_hans="顶点生物",
        registration_code=CODES[1],
        founded_year=2016,
        website="https://acme.example/",
        logo=full.picture(),
    )
    made.slug = "acme-biotech"
    publishing.save(made)
    factories.activity(made, "plasmid", stage="pilot_production", since="2020")
    factories.activity(made, "cold-chain", stage=None)
    publishing.save(made, lambda: CompanyAlias.objects.create(owner=made, name="Old Acme"))
    return made


@pytest.fixture
def around(other):
    """What points at it from other records."""
    product = factories.product("Upon", slug="upon", company=other)
    draft = factories.product("Hidden", slug="hidden", company=other, status=Status.DRAFT)
    service = factories.service("Served", slug="served", operator_company=other)
    article = factories.article("Told", slug="told", companies=[other])
    correction = Correction(slug="wrong", corrected_on="2024-01-01", statement_en="It was wrong.", record=other)
    correction.status = Status.PUBLISHED
    publishing.save(correction)
    return {"product": product, "draft": draft, "service": service, "article": article, "correction": correction}


def page_of(kept, gone):
    return reverse("admin:companies_company_merge", args=[kept.pk, gone.pk])


def merge(client, kept, gone, **answers):
    """As the page is sent back."""
    seen = client.get(page_of(kept, gone)).context["merge"].digest
    return client.post(
        page_of(kept, gone), {"seen": seen, "why": "One company, entered twice."} | answers, follow=True
    )


def undo(client):
    return client.post(reverse("admin:etown_batch_undo", args=[Batch.objects.get(undone_at=None).pk]), follow=True)


def said(response):
    return " ".join(html.unescape(str(message)) for message in response.context["messages"])


def tables():
    """Every row of every app and every former address, but for when it was written."""
    found = {}
    for model in [*apps.get_models(include_auto_created=True), FormerSlug]:
        if model._meta.app_label not in {"facts", "companies", "services", "news"} and model is not FormerSlug:
            continue
        left = {"updated_at", *(["id"] if model._meta.auto_created or model is FormerSlug else [])}
        columns = [field.attname for field in model._meta.concrete_fields if field.name not in left]
        found[model._meta.label] = sorted(map(repr, model._base_manager.values_list(*columns)))
    return found


def person(*permissions):
    user = User.objects.create_user("person", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_all_that_belonged_to_the_other_belongs_to_the_one_that_stays(admin_client, acme, other, around):
    assert "has been merged into" in said(merge(admin_client, acme, other))
    kept = stored(acme)
    assert (kept.name_en, kept.name_zh_hans, kept.founded_year) == ("Acme Cells", "顶点生物", 2015)
    assert (kept.website, kept.logo) == ("https://acme.example/", other.logo)
    assert {alias.name for alias in kept.aliases.all()} == {"Old Acme", "Acme Biotech", CODES[1]}
    assert {str(activity) for activity in kept.activities.all()} == {"plasmid · pilot_production", "cold-chain"}
    assert {record.pk for record in kept.products.all()} == {around["product"].pk, around["draft"].pk}
    assert stored(around["service"]).operator_company == kept
    assert list(around["article"].companies.all()) == [kept]
    assert stored(around["correction"]).record == kept


def test_both_are_told_by_the_names_that_they_had(admin_client, acme, other):
    admin_client.cookies["django_language"] = "zh-hans"
    assert "已将“顶点生物”并入“Acme Cells”" in said(merge(admin_client, acme, other))


def test_the_page_shows_before_what_would_become_of_both(admin_client, acme, other, around):
    before = tables()
    page = admin_client.get(page_of(acme, other))
    found = page.context["merge"]
    choices = {column.name: column.is_choice for column in found.columns}
    expected = {"name_en", "registration_code", "founded_year"}
    assert {name for name, is_choice in choices.items() if is_choice} == expected
    assert set(choices) == expected | {"name_zh_hans", "website", "logo_id"}
    assert {rows.label: rows.names for rows in found.coming} == {
        "Other names": ["Old Acme"],
        "Activities": ["cold-chain"],
        "Products": ["Hidden", "Upon"],
        "Services": ["Served"],
        "Articles": ["Told"],
        "Corrections": ["2024-01-01: It was wrong."],
    }
    assert [(rows.label, rows.names) for rows in found.left_out] == [
        ("Activities", ["plasmid · pilot_production"]),
        ("Citations", ["* ← Example Press: As printed"]),
    ]
    assert "they may be two legal entities" in page.text
    assert tables() == before


def test_each_value_is_taken_from_the_company_that_was_chosen(admin_client, acme, other):
    looked = admin_client.post(page_of(acme, other), {"name_en": "other", "look": "1", "why": "Because"})
    assert looked.context["merge"].other_names == ["Acme Cells", CODES[1]]
    assert 'value="Because"' in looked.text
    assert Company.objects.get(pk=acme.pk).name_en == "Acme Cells"
    merge(admin_client, acme, other, name_en="other", registration_code="other", founded_year="own")
    kept = stored(acme)
    assert (kept.name_en, kept.registration_code, kept.founded_year) == ("Acme Biotech", CODES[1], 2015)
    assert {alias.name for alias in kept.aliases.all()} == {"Old Acme", "Acme Cells", CODES[0]}


def test_a_source_goes_with_the_value_that_it_supports(admin_client, acme, other):
    for company, slug in ((acme, "ours"), (other, "theirs")):
        source = factories.source(slug)
        publishing.save(company, lambda c=company, s=source: c.citations.create(source=s, field="founded_year"))
    merge(admin_client, acme, other, founded_year="other")
    fields = {(citation.field, citation.source.slug) for citation in acme.citations.all()}
    assert fields == {("", "example-press"), ("founded_year", "theirs")}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_address_of_the_other_leads_to_the_one_that_stays(admin_client, client, acme, other, language):
    merge(admin_client, acme, other)
    for slug in ("acme-biotech", "old-acme"):
        page = client.get(f"/{language}/companies/{slug}/")
        assert (page.status_code, page["Location"]) == (301, f"/{language}/companies/acme/")
        assert client.get(f"/api/v1/companies/{slug}/").status_code in {301, 302, 308}
    assert client.get(f"/{language}/companies/acme/").status_code == 200
    # The one that is gone may be looked at and saved in the archive; the address goes on leading.
    gone = stored(other)
    assert (gone.status, gone.slug, gone.registration_code) == ("archived", "acme-biotech-merged", None)
    publishing.save(gone)
    assert client.get(f"/{language}/companies/acme-biotech/").status_code == 301


def test_the_history_of_each_record_tells_of_it_once(admin_client, admin_user, acme, other, around):
    counts = {record: Revision.objects.of(record).count() for record in (acme, other, *around.values())}
    merge(admin_client, acme, other)
    batch = Batch.objects.get()
    assert (batch.kind, batch.author, batch.reason) == ("merge", admin_user, "One company, entered twice.")
    for record, count in counts.items():
        versions = Revision.objects.of(record)
        assert versions.count() == count + 1
        assert (versions.first().batch, versions.first().author) == (batch, admin_user)
    assert batch.revisions.count() == len(counts)
    for record in (acme, other):
        history = admin_client.get(reverse("admin:companies_company_history", args=[record.pk])).text
        assert history.count(reverse("admin:etown_batch_change", args=[batch.pk])) == 1
        assert history.count("One company, entered twice.") == 1


def test_a_merge_is_undone_as_one_step_with_nothing_left_of_it(admin_client, admin_user, client, acme, other, around):
    before = tables()
    states = {record: snapshot(record) for record in (acme, other, *around.values())}
    merge(admin_client, acme, other, name_en="other", registration_code="other")
    assert tables() != before
    batch = Batch.objects.get()
    page = admin_client.get(reverse("admin:etown_batch_change", args=[batch.pk]))
    assert "Acme Biotech → Acme Cells" in page.text
    assert "Undo this merge?" in admin_client.get(page.context["undo_address"]).text
    assert "The merge has been undone" in said(undo(admin_client))
    assert tables() == before
    assert {record: snapshot(record) for record in states} == states
    assert client.get("/en/companies/acme-biotech/").status_code == 200
    assert client.get("/en/companies/old-acme/")["Location"] == "/en/companies/acme-biotech/"
    assert Batch.objects.get().undone_by == admin_user
    assert admin_client.post(page.context["undo_address"]).status_code == 403


def test_what_is_derived_follows_a_merge_and_its_undoing(admin_client, client, settings, acme, other, around):
    def truth():
        assert answers(client) == rendered(client, settings)
        compare(client)
        listing = listing_of(CompanyListView, "")
        for facet in listing.facets:
            for option in facet.options:
                assert option.count == naive_count(CompanyListView, "", facet.name, option.value)
        found = {word: hits(word) for word in WORDS}
        settings.SEARCH_INDEX = False
        assert {word: hits(word) for word in WORDS} == found
        settings.SEARCH_INDEX = True
        return found

    def hits(word):
        return {
            kind: {row["slug"] for row in client.get(f"/api/v1/{kind}/", {"q": word}).json()["results"]}
            for kind in ("companies", "products", "services", "news")
        }

    before = truth()
    assert before["acme"]["companies"] == {"acme", "acme-biotech"}
    merge(admin_client, acme, other)
    after = truth()
    assert after["acme biotech"] == {"companies": {"acme"}, "products": {"upon"}, "services": set(), "news": set()}
    assert after[CODES[1]]["companies"] == {"acme"}
    undo(admin_client)
    assert truth() == before


def test_it_is_not_undone_over_somebody_s_later_change(admin_client, acme, other, around):
    merge(admin_client, acme, other)
    assert save(admin_client, around["article"], title_en="Told again") == ""
    before = tables()
    text = said(undo(admin_client))
    assert "changed or built upon since" in text
    assert "Told again" in text
    assert "Acme" not in text
    assert (tables(), Batch.objects.get().undone_at) == (before, None)


def test_an_address_that_is_in_use_again_stays_with_its_new_owner_after_undoing(admin_client, client, acme, other):
    merge(admin_client, acme, other)
    factories.company("Newcomer", slug="old-acme")
    assert "has been undone" in said(undo(admin_client))
    assert client.get("/en/companies/old-acme/").context["record"].name_en == "Newcomer"


@pytest.mark.parametrize("whose", ["kept", "gone", "product", "elsewhere"])
def test_a_change_that_waits_stops_it_and_is_named(admin_client, acme, other, around, whose):
    elsewhere = factories.article("Elsewhere", slug="elsewhere")
    record = {"kept": acme, "gone": other, "product": around["product"], "elsewhere": elsewhere}[whose]
    data = snapshot(record)
    # Of the last one nothing but the change that waits names the company.
    waiting.keep(record, data | ({"companies": [other.pk]} if whose == "elsewhere" else {}), deed=Deed(reason="Soon"))
    before = tables()
    page = admin_client.get(page_of(acme, other))
    assert "publish or discard them first" in page.text
    assert f'<a href="{edit(record)}">' in page.text
    assert 'name="why"' not in page.text
    assert "publish or discard them first" in said(merge(admin_client, acme, other))
    assert tables() == before
    assert not Batch.objects.exists()


def test_a_draft_leaves_no_trace_of_its_own_to_the_public(admin_client, client, acme, draft):
    hidden = factories.product("Secret", slug="secret", company=draft, status=Status.DRAFT)
    page = admin_client.get(page_of(acme, draft))
    assert "becomes public at once" in page.text
    merge(admin_client, acme, draft)
    assert stored(hidden).company == acme
    for language in ("en", "zh-hans"):
        for slug in ("drafty", "drafty-merged"):
            assert client.get(f"/{language}/companies/{slug}/").status_code == 404
        assert "Secret" not in client.get(f"/{language}/companies/acme/").text
    undo(admin_client)
    assert (stored(draft).status, stored(draft).slug) == ("draft", "drafty")
    assert "Drafty" not in client.get("/en/companies/acme/").text


def test_two_drafts_become_one_that_nobody_sees(admin_client, client, draft):
    second = factories.company("Draftier", slug="draftier", status=Status.DRAFT, website="https://d.example/")
    merge(admin_client, draft, second)
    assert (stored(draft).status, stored(draft).website) == ("draft", "https://d.example/")
    assert client.get("/api/v1/companies/").json()["count"] == 0
    assert client.get("/en/companies/drafty/").status_code == client.get("/en/companies/draftier/").status_code == 404


def test_a_public_company_does_not_go_up_in_one_that_nobody_sees(admin_client, acme, draft):
    page = admin_client.get(page_of(draft, acme))
    assert "let the public one stay" in page.text
    assert page_of(acme, draft) in page.text
    assert "let the public one stay" in said(merge(admin_client, draft, acme))
    assert stored(acme).status == "published"


def test_a_reason_is_asked_for_and_what_was_chosen_is_kept(admin_client, acme, other):
    answer = merge(admin_client, acme, other, why=" ", name_en="other")
    assert "Say in a few words why" in said(answer)
    taken = {column.name for column in answer.context["merge"].columns if column.takes_other}
    assert "name_en" in taken
    assert stored(other).status == "published"


def test_what_has_been_changed_since_it_was_looked_at_is_looked_at_again(admin_client, acme, other):
    seen = admin_client.get(page_of(acme, other)).context["merge"].digest
    assert save(admin_client, other, founded_year="2017") == ""
    answer = merge(admin_client, acme, other, seen=seen)
    assert "has been changed since you looked" in said(answer)
    assert "2017" in answer.text
    assert stored(other).status == "published"


def test_what_is_refused_in_the_middle_leaves_nothing_behind(admin_client, acme, other, around):
    """A company must have a citation to be public, and both of these support only what is not taken."""
    for company, field in ((acme, "name_en"), (other, "founded_year")):
        publishing.save(company, lambda c=company, f=field: c.citations.update(field=f))
    before = tables()
    answer = merge(admin_client, acme, other, name_en="other", founded_year="own")
    assert "Add at least one entry before publishing: citations" in said(answer)
    assert tables() == before
    assert not Batch.objects.exists()
    assert "(published, /acme-biotech/)" in answer.text


def test_two_companies_are_chosen_in_the_list_the_public_one_stays(admin_client, acme, other, draft):
    def choose(*companies):
        data = {"action": "merge", "_selected_action": [company.pk for company in companies]}
        return admin_client.post(reverse("admin:companies_company_changelist"), data)

    assert choose(draft, acme).url == page_of(acme, draft)
    assert choose(other, acme).url == page_of(acme, other)
    for wrong in ([acme], [acme, other, draft]):
        response = admin_client.get(choose(*wrong).url)
        assert "Choose exactly two companies" in said(response)


def test_the_other_company_is_chosen_on_a_page_of_its_own(admin_client, acme, draft):
    address = reverse("admin:companies_company_merge_with", args=[draft.pk])
    assert address in admin_client.get(edit(draft)).text
    assert admin_client.get(address, {"other": acme.pk}).url == page_of(acme, draft)
    assert "Select a valid choice" in admin_client.get(address, {"other": draft.pk}).text
    found = reverse("admin:autocomplete")
    query = {"app_label": "companies", "model_name": "product", "field_name": "company", "term": "Acme"}
    assert [row["text"] for row in admin_client.get(found, query).json()["results"]] == ["Acme Cells"]


def test_nobody_merges_who_may_not_publish_and_change(acme, other):
    few = person("view_company", "change_company", "view_batch")
    assert "/merge/" not in few.get(edit(acme)).text
    choose = reverse("admin:companies_company_merge_with", args=[acme.pk])
    for address in (page_of(acme, other), choose):
        assert few.get(address).status_code == few.post(address).status_code == 403
    listed = few.post(
        reverse("admin:companies_company_changelist"), {"action": "merge", "_selected_action": [acme.pk, other.pk]}
    )
    assert page_of(acme, other) not in listed.get("Location", "")
    assert stored(other).status == "published"


def test_nobody_undoes_who_may_not_publish_and_change(admin_client, acme, other):
    merge(admin_client, acme, other)
    few = person("view_company", "change_company", "view_batch")
    assert few.post(reverse("admin:etown_batch_undo", args=[Batch.objects.get().pk])).status_code == 403
    enough = Client()
    kind = ContentType.objects.get_for_model(Company)
    right, _is_new = Permission.objects.get_or_create(codename="publish_company", content_type=kind)
    User.objects.get(username="person").user_permissions.add(right)
    enough.force_login(User.objects.get(username="person"))
    assert "has been undone" in said(undo(enough))


def test_a_company_is_not_merged_with_itself_or_with_none(admin_client, acme):
    assert "two different companies" in said(merge(admin_client, acme, acme))
    assert admin_client.get(reverse("admin:companies_company_merge", args=[acme.pk, 999_999])).status_code == 404
    assert stored(acme).status == "published"


def test_merged_companies_merge_on_and_are_undone_one_after_the_other(admin_client, client, acme, other, around):
    third = factories.company("Third", slug="third")
    before = tables()
    merge(admin_client, acme, other)
    between = tables()
    merge(admin_client, third, acme)
    assert {client.get(f"/en/companies/{slug}/").get("Location") for slug in ("acme", "acme-biotech", "old-acme")} == {
        "/en/companies/third/"
    }
    first, second = Batch.objects.order_by("pk")
    refused = admin_client.post(reverse("admin:etown_batch_undo", args=[first.pk]), follow=True)
    assert "changed or built upon since" in said(refused)
    admin_client.post(reverse("admin:etown_batch_undo", args=[second.pk]))
    assert tables() == between
    admin_client.post(reverse("admin:etown_batch_undo", args=[first.pk]))
    assert tables() == before


@pytest.fixture
def later():
    """A model of an app that is yet to come, with rows that have no history of their own."""

    class Later(models.Model):
        id = models.BigIntegerField(primary_key=True)
        company = models.ForeignKey(Company, models.CASCADE, related_name="+")

        class Meta:
            app_label = "companies"

        def __str__(self):
            return f"Later {self.pk}"

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE companies_later (id BIGINT PRIMARY KEY, company_id BIGINT NOT NULL UNIQUE)")
    yield Later
    del apps.all_models["companies"]["later"]
    apps.clear_cache()


def test_a_relation_of_a_later_app_follows_without_a_word_about_it_here(admin_client, acme, other, later):
    later.objects.create(id=7, company=other)
    coming = {rows.label: rows.names for rows in admin_client.get(page_of(acme, other)).context["merge"].coming}
    assert coming["Laters"] == ["Later 7"]
    merge(admin_client, acme, other)
    assert later.objects.get().company == acme
    undo(admin_client)
    assert later.objects.get().company == other


def test_entries_that_may_exist_once_and_do_twice_stop_it(admin_client, acme, other, later):
    later.objects.create(id=7, company=other)
    later.objects.create(id=8, company=acme)
    assert "may exist only once: Laters" in said(merge(admin_client, acme, other))
    assert stored(other).status == "published"


def test_every_relation_to_companies_is_followed():
    """Django's own list of what points at a company, against what the page of a full one names."""
    known = {field.related_model for field in Company._meta.related_objects} | {Citation}
    assert known == {Activity, CompanyAlias, Citation, Product, *(found.model for found in pointed())}


def pointed():
    return [found for found in pointers(Company) if not found.kind_column]


@pytest.mark.parametrize(
    ("language", "title", "words"),
    [("en", "Merge two companies", "What goes over"), ("zh-hans", "合并两家企业", "转入的内容")],
)
def test_the_page_speaks_both_languages(admin_client, acme, other, language, title, words):
    admin_client.cookies["django_language"] = language
    page = admin_client.get(page_of(acme, other)).text
    assert title in page
    assert words in page
