"""Whatever is saved in the back office goes through the publishing function, and bad input is told so."""

import datetime
import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from companies.models import Company, Product
from etown.models import ContentVersion, FormerSlug
from etown.records import Status
from facts.models import Correction, Figure, Source
from tests import factories
from tests.admin.forms import CITATION, as_shown, edit, new_row, publish, refusals, save, stored

pytestmark = pytest.mark.django_db


def act(client, action, *records):
    data = {"action": action, "_selected_action": [record.pk for record in records], "why": "It is time."}
    url = reverse(f"admin:{records[0]._meta.app_label}_{records[0]._meta.model_name}_changelist")
    return client.post(url, data, follow=True)


def messages(response):
    return " ".join(str(message) for message in response.context["messages"])


def test_an_edit_of_what_is_public_counts_as_one_change(admin_client, company):
    before = ContentVersion.current()
    assert save(admin_client, company, name_en="Acme Cell Works") == ""
    assert stored(company).name_en == "Acme Cell Works"
    assert stored(company).sort_en == "acme cell works"
    assert ContentVersion.current() == before + 1


def test_saving_without_a_change_counts_as_none(admin_client, company):
    before, written = ContentVersion.current(), company.updated_at
    assert save(admin_client, company) == ""
    assert (ContentVersion.current(), stored(company).updated_at) == (before, written)


def test_a_change_of_a_part_alone_counts(admin_client, company):
    before = ContentVersion.current()
    assert save(admin_client, company, **new_row("aliases", 0, 1, name="ACME", kind="brand")) == ""
    assert [alias.name for alias in company.aliases.all()] == ["ACME"]
    assert ContentVersion.current() == before + 1


def test_an_edit_of_a_draft_is_not_a_public_change(admin_client, draft):
    before = ContentVersion.current()
    assert save(admin_client, draft, name_en="Still drafty") == ""
    assert ContentVersion.current() == before


def test_a_new_record_is_written_with_its_parts_at_once(admin_client):
    source = factories.source()
    page = reverse("admin:companies_company_add")
    data = as_shown(admin_client, page) | {
        "name_en": "New",
        "slug": "new",
        "role": "startup",
        "summary_en": "It is new.",
        **publish(),
        **new_row(CITATION, 0, 1, field="name", source=source.pk, as_of="2024-05", basis="stated"),
    }
    assert refusals(admin_client.post(page, data)) == ""
    company = Company.objects.published().get(slug="new")
    assert company.citations.get().field == "name"
    assert company.published_at
    assert company.registration_code is None


def test_what_is_refused_is_named_on_top_with_a_link_to_its_field(admin_client, company):
    shown = as_shown(admin_client, edit(company)) | {"_save": "publish", "name_en": "Anew", "reason": ""}
    row = new_row("aliases", 0, 1, name="x" * 300)
    text = admin_client.post(edit(company), shown | row).text
    assert '<a href="#id_reason">' in text
    assert '<a href="#id_aliases-0-name">' in text
    assert stored(company).name_en != "Anew"


def test_enter_in_a_field_saves_whatever_buttons_come_first(admin_client, company):
    save(admin_client, company, _save="", name_en="Waits")
    text = admin_client.get(edit(company)).text
    form = text[text.index('id="company_form"') :]
    first = re.search(r"<(?:button|input)[^>]*type=\"submit\"[^>]*>", form)[0]
    assert 'name="_save" value=""' in first


def test_publishing_without_a_citation_is_refused_by_name(admin_client, draft):
    draft.citations.all().delete()
    complaint = save(admin_client, draft, **publish())
    assert complaint == "Add at least one entry before publishing: citations."
    assert stored(draft).status == Status.DRAFT


def test_the_last_citation_of_a_published_record_cannot_be_removed(admin_client, company):
    complaint = save(admin_client, company, **{f"{CITATION}-0-DELETE": "on"})
    assert complaint == "Add at least one entry before publishing: citations."
    assert company.citations.exists()


def test_a_citation_can_be_exchanged_for_another(admin_client, company):
    other = factories.source("other")
    row = new_row(CITATION, 1, 2, field="", source=other.pk, basis="stated")
    assert save(admin_client, company, **{f"{CITATION}-0-DELETE": "on"}, **row) == ""
    assert company.citations.get().source == other


def test_publishing_without_a_summary_is_refused_beside_the_field(admin_client, draft):
    complaint = save(admin_client, draft, **publish(summary_en=""))
    assert complaint == "summary_en: Needed before this can be published, in one language at least."


def test_an_editor_who_may_not_see_citations_is_told_that_one_is_missing(client, draft, django_user_model):
    draft.citations.all().delete()
    editor = django_user_model.objects.create_user("editor", is_staff=True)
    editor.user_permissions.set(
        Permission.objects.filter(codename__in=["change_company", "view_company", "publish_company"])
    )
    client.force_login(editor)
    data = as_shown(client, edit(draft)) | publish()
    assert "Add at least one entry before publishing: citations." in client.post(edit(draft), data, follow=True).text
    assert stored(draft).status == Status.DRAFT


def test_a_new_address_leads_on_from_the_former_one(admin_client, company):
    assert save(admin_client, company, slug="acme-cells") == ""
    assert FormerSlug.objects.get().slug == "acme"
    assert FormerSlug.objects.get().record == company


def test_records_are_published_withdrawn_and_archived_from_the_list(admin_client, company, draft):
    before = ContentVersion.current()
    assert "1 record is published." in messages(act(admin_client, "publish", company, draft))
    assert stored(draft).status == Status.PUBLISHED
    assert ContentVersion.current() == before + 1
    assert "2 records are drafts." in messages(act(admin_client, "withdraw", company, draft))
    assert "1 record is archived." in messages(act(admin_client, "archive", draft))
    assert [stored(company).status, stored(draft).status] == [Status.DRAFT, Status.ARCHIVED]


def test_what_cannot_be_published_is_named_and_the_rest_is_published(admin_client, draft):
    bare = factories.company("Bare", status=Status.DRAFT, summary_en="")
    uncited = factories.company("Uncited", status=Status.DRAFT)
    uncited.citations.all().delete()
    said = messages(act(admin_client, "publish", bare, uncited, draft))
    assert "1 record is published." in said
    assert "Bare: Summary (English): Needed before this can be published, in one language at least." in said
    assert "Uncited: Add at least one entry before publishing: citations." in said
    assert [stored(record).status for record in (bare, uncited)] == [Status.DRAFT, Status.DRAFT]


def test_a_record_can_be_published_from_its_own_page(admin_client, draft):
    assert save(admin_client, draft, **publish()) == ""
    assert stored(draft).status == Status.PUBLISHED
    assert "Say in a few words why" in save(admin_client, draft, **publish(reason="", name_en="Other"))


def test_a_record_can_be_withdrawn_from_its_own_page_with_a_reason(admin_client, company):
    data = {"CHANGE_FORM-action": "withdraw", "_selected_action": company.pk}
    asked = admin_client.post(edit(company), data, follow=True)
    assert "Why" in asked.text
    assert stored(company).status == Status.PUBLISHED
    assert "Say in a few words why" in admin_client.post(edit(company), data | {"why": " "}).text
    said = messages(admin_client.post(edit(company), data | {"why": "Moved away."}, follow=True))
    assert "1 record is a draft." in said
    assert stored(company).status == Status.DRAFT


def test_who_may_only_look_may_not_publish(client, draft, django_user_model):
    reader = django_user_model.objects.create_user("reader", is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename="view_company"))
    client.force_login(reader)
    act(client, "publish", draft)
    assert stored(draft).status == Status.DRAFT
    assert client.post(edit(draft), {"name_en": "Mine"}).status_code == 403


def test_removing_a_public_record_is_a_public_change(admin_client, company):
    before = ContentVersion.current()
    admin_client.post(reverse("admin:companies_company_delete", args=[company.pk]), {"post": "yes"})
    assert not Company.objects.exists()
    assert ContentVersion.current() == before + 1


def test_removing_several_records_counts_each_public_one(admin_client, company, draft):
    before = ContentVersion.current()
    data = {"action": "delete_selected", "_selected_action": [company.pk, draft.pk], "post": "yes"}
    admin_client.post(reverse("admin:companies_company_changelist"), data)
    assert not Company.objects.exists()
    assert ContentVersion.current() == before + 1


def test_a_source_that_is_cited_cannot_be_removed(admin_client, company):
    source = Source.objects.get()
    response = admin_client.post(reverse("admin:facts_source_delete", args=[source.pk]), {"post": "yes"})
    assert response.context["protected"]
    assert Source.objects.exists()


def test_positions_are_edited_in_the_list(admin_client):
    desk = factories.desk()
    before = ContentVersion.current()
    rows = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": desk.pk, "form-0-position": 7, "_save": "1"}
    admin_client.post(reverse("admin:office_desk_changelist"), rows)
    assert stored(desk).position == 7
    assert ContentVersion.current() == before + 1


def test_only_published_records_link_to_the_site(admin_client, company, draft):
    assert admin_client.get(edit(company)).context["absolute_url"] == company.get_absolute_url()
    assert not admin_client.get(edit(draft)).context["has_absolute_url"]
    assert not admin_client.get(edit(factories.source())).context["has_absolute_url"]


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("slug", "a" * 10_000, "at most 80 characters"),
        ("slug", "no spaces", "valid “slug”"),
        ("slug", "", "required"),
        ("name_en", "nul\x00byte", "Null characters are not allowed"),
        ("registration_code", "123", "18 characters"),
        ("founded_year", "1" * 40, "less than or equal to"),
        ("founded_year", "soon", "whole number"),
        ("website", "javascript:alert(1)", "valid URL"),
        ("role", "emperor", "valid choice"),
        ("logo", "999999", "valid choice"),
    ],
)
def test_bad_input_is_refused_beside_the_field(admin_client, company, field, value, complaint):
    said = save(admin_client, company, **{field: value})
    assert said.startswith(f"{field}: ")
    assert complaint in said


@pytest.mark.parametrize("value", ["2024-13", "24", "2024-02-30", "soon", "2024-1-1", "９９９９"])
def test_a_date_that_is_none_is_refused_beside_the_field(admin_client, company, value):
    assert "as_of: “" in save(admin_client, company, **{f"{CITATION}-0-as_of": value})


def test_an_address_taken_by_another_record_is_refused(admin_client, company, draft):
    assert "slug: Another record has this address already." in save(admin_client, draft, slug="acme")


def test_an_unknown_registration_code_is_stored_as_unknown_each_time(admin_client, company, draft):
    assert save(admin_client, company, registration_code="", founded_year="2001") == ""
    assert save(admin_client, draft, registration_code=" ", founded_year="2001") == ""
    assert stored(company).registration_code is stored(draft).registration_code is None


def test_a_number_too_large_for_a_figure_is_refused(admin_client):
    figure = factories.figure()
    assert "low: Ensure that there are no more than 24 digits" in save(admin_client, figure, low="1e999")
    assert "low: Enter a number." in save(admin_client, figure, low="NaN")
    assert "The upper end must be larger" in save(admin_client, figure, low="5", high="4")
    assert stored(figure) == Figure.objects.get(low=20)


def test_a_product_in_the_wrong_chain_is_refused_beside_the_field(admin_client):
    product = factories.product(modality="car-t")
    assert "chain: Choose the chain of the modality." in save(admin_client, product, chain=factories.chain("other").pk)
    assert stored(product) == Product.objects.get(chain__slug="cgt")


def test_a_correction_names_its_record_by_the_address(admin_client, company):
    correction = Correction(slug="mended", corrected_on=datetime.date(2024, 1, 1), statement_en="It was less.")
    correction.save()
    shown = admin_client.get(edit(correction)).context["adminform"].form.fields["content_type"]
    kind = next(str(value) for value, label in shown.choices if label == "Company")
    assert "There is no such record" in save(admin_client, correction, content_type=kind, object_id="nobody")
    assert "or neither" in save(admin_client, correction, content_type=kind)
    assert save(admin_client, correction, content_type=kind, object_id="acme") == ""
    assert stored(correction).record == company
    assert as_shown(admin_client, edit(correction))["object_id"] == "acme"
    assert save(admin_client, correction, content_type="", object_id="") == ""
    assert stored(correction).record is None


@pytest.mark.parametrize("key", ["[]", "١٢x", "-1", "9" * 40])
def test_what_is_no_key_of_a_record_is_refused_beside_the_field(admin_client, company, key):
    article, product = factories.article(companies=[company]), factories.product(company=company)
    assert "companies" in save(admin_client, article, companies=[key])
    assert "company" in save(admin_client, product, company=key)
    assert list(article.companies.all()) == [company]
    assert stored(product).company == company
