"""Activities, milestones, steps, claims and citations are edited with their record and refused as a whole."""

import pytest

from companies.models import Company, Milestone
from facts.models import Citation
from services.models import Service, Step
from tests import factories
from tests.admin.forms import CITATION, as_shown, edit, new_row, refusals, save, stored

pytestmark = pytest.mark.django_db


def test_an_activity_without_a_segment_is_refused_beside_the_field(admin_client, company):
    source = factories.source()
    assert "segment: This field is required." in save(
        admin_client, company, **new_row("activities", 0, 1, segment="", source=source.pk, basis="stated")
    )


def test_the_same_activity_twice_is_refused_even_if_both_are_new(admin_client, company):
    kept = factories.activity(company, stage=None)
    row = {"segment": kept.segment_id, "stage": "", "modality": "", "source": kept.source_id, "basis": "stated"}
    stage = factories.activity(company, "cro").stage
    once = new_row("activities", 2, 4, **row | {"stage": stage.pk})
    assert "This activity is listed already." in save(
        admin_client, company, **new_row("activities", 3, 4, **row | {"stage": stage.pk}) | once
    )
    assert "This activity is listed already." in save(admin_client, company, **new_row("activities", 2, 3, **row))
    assert save(admin_client, company, **new_row("activities", 2, 3, **row | {"stage": stage.pk})) == ""
    assert company.activities.count() == 3


def test_the_same_citation_twice_is_refused(admin_client, company):
    row = new_row(CITATION, 1, 2, field="", source=factories.source().pk, basis="stated")
    assert "This source is cited for this field already." in save(admin_client, company, **row)


def test_a_citation_for_a_field_that_the_record_has_not_is_refused(admin_client, company):
    assert "field: Select a valid choice." in save(admin_client, company, **{f"{CITATION}-0-field": "wealth"})


def test_a_stored_citation_keeps_a_field_that_is_not_offered(admin_client, company):
    Citation.objects.update(field="slug")
    assert save(admin_client, company, name_en="Renamed") == ""
    assert company.citations.get().field == "slug"


def test_citations_offer_the_fields_of_the_record_by_their_labels(admin_client, company):
    forms = admin_client.get(edit(company)).context["inline_admin_formsets"]
    choices = dict(forms[-1].formset.empty_form.fields["field"].choices)
    assert choices[""] == "The whole record"
    assert choices["summary"] == "Summary"
    assert choices["summary_zh_hans"] == "Summary (Chinese)"
    assert choices["activities"] == "Activities"
    assert not choices.keys() & {"id", "uid", "slug", "status", "sort_en", "citations", "products", "articles"}
    assert all(Citation.supports(Company, field) for field in choices if field)


def milestones(product):
    return {row.event: row.sequence for row in product.milestones.all()}


@pytest.fixture
def product():
    made = factories.product("Cellicel")
    for event in (Milestone.Event.IND_ACCEPTED, Milestone.Event.PHASE_1, Milestone.Event.PHASE_2):
        factories.milestone(made, event)
    return made


def test_milestones_may_trade_places(admin_client, product):
    places = {"milestones-0-sequence": 2, "milestones-1-sequence": 3, "milestones-2-sequence": 1}
    assert save(admin_client, product, **places) == ""
    assert milestones(product) == {"ind_accepted": 2, "phase_1": 3, "phase_2": 1}


def test_a_milestone_may_take_the_place_of_one_that_is_removed(admin_client, product):
    assert save(admin_client, product, **{"milestones-0-sequence": 2, "milestones-1-DELETE": "on"}) == ""
    assert milestones(product) == {"ind_accepted": 2, "phase_2": 3}


def test_two_milestones_at_one_place_are_refused(admin_client, product):
    complaint = "Two milestones cannot have the same place in the sequence."
    assert complaint in save(admin_client, product, **{"milestones-0-sequence": 2})
    row = {"sequence": 4, "event": "phase_3", "source": factories.source().pk, "basis": "stated"}
    row |= {"route": "drug_registration", "jurisdiction": "CN"}
    both = new_row("milestones", 3, 5, **row) | new_row("milestones", 4, 5, **row)
    assert complaint in save(admin_client, product, **both)
    assert milestones(product) == {"ind_accepted": 1, "phase_1": 2, "phase_2": 3}


def test_a_milestone_added_meanwhile_by_somebody_else_is_seen(admin_client, product):
    data = as_shown(admin_client, edit(product))
    factories.milestone(product, Milestone.Event.PHASE_3)
    row = {"sequence": 4, "event": "approval", "source": factories.source().pk, "basis": "stated"}
    row |= {"route": "drug_registration", "jurisdiction": "CN"}
    said = refusals(admin_client.post(edit(product), data | new_row("milestones", 3, 4, **row)))
    assert "Two milestones cannot have the same place in the sequence." in said


def test_a_row_of_another_record_cannot_be_edited_here(admin_client, product):
    other = factories.milestone(factories.product("Other"))
    save(admin_client, product, **{"milestones-0-id": other.pk, "milestones-0-sequence": 9})
    assert (stored(other).product.name_en, stored(other).sequence) == ("Other", 1)


@pytest.mark.parametrize("total", ["", "many", "-1", "3.5"])
def test_a_form_that_was_tampered_with_is_no_server_error(admin_client, product, total):
    data = as_shown(admin_client, edit(product)) | {"milestones-TOTAL_FORMS": total}
    assert admin_client.post(edit(product), data).status_code in {200, 302}
    assert product.milestones.count() == 3


def test_a_step_needs_a_name_and_a_place_of_its_own(admin_client):
    service = factories.service()
    Step(service=service, position=1, title_en="Ask").save()
    assert "Name the step." in save(admin_client, service, **new_row("steps", 1, 2, position=2))
    again = new_row("steps", 1, 2, position=1, title_en="Ask again")
    assert "Two steps cannot have the same position." in save(admin_client, service, **again)
    assert Service.objects.get().steps.count() == 1


def test_a_claim_needs_two_figures(admin_client):
    service, figure = factories.service(), factories.figure()
    row = new_row("claims", 0, 1, before=figure.pk, after=figure.pk)
    assert "Before and after must be two figures." in save(admin_client, service, **row)
