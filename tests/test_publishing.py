"""The publishing function: what is public follows every write, and nothing incomplete gets out."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from companies.models import Activity, Company, CompanyAlias, Milestone, Modality, Want
from etown import publishing
from etown.models import ContentVersion, FormerSlug, Picture
from etown.records import Status
from etown.states import digest, state
from facts.models import Citation, Figure, Source
from news.models import Article
from services.models import Claim
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_content_version_counts_public_changes_only() -> None:
    company = factories.company()
    start = ContentVersion.current()
    draft = Company(slug="draft", name_en="Draft", role=Company.Role.STARTUP)
    publishing.save(draft)
    draft.summary_en = "Still nobody's business."
    publishing.save(draft)
    assert ContentVersion.current() == start
    company.summary_en = "Changed."
    publishing.save(company)
    assert ContentVersion.current() == start + 1
    publishing.set_status(company, Status.ARCHIVED)
    assert ContentVersion.current() == start + 2
    company.summary_en = "Changed out of sight."
    publishing.save(company)
    publishing.delete(company)
    assert ContentVersion.current() == start + 2


def test_a_change_of_the_chain_is_public_at_once() -> None:
    factories.activity()
    start = ContentVersion.current()
    modality = factories.activity(modality="dc").modality
    modality.name_en = "Dendritic cells"
    publishing.save(modality)
    assert ContentVersion.current() > start


def test_a_failed_write_changes_nothing() -> None:
    company = factories.company()
    start = ContentVersion.current()

    def write() -> None:
        company.summary_en = "Half written."
        company.save()
        raise ValueError("the rest cannot be written")

    with pytest.raises(ValueError, match="the rest"):
        publishing.save(company, write)
    assert ContentVersion.current() == start
    assert Company.objects.get(pk=company.pk).summary_en != "Half written."


def test_a_record_without_source_is_not_published() -> None:
    company = Company(slug="unsourced", name_en="Unsourced", summary_en="Somebody said so.", role=Company.Role.STARTUP)
    publishing.save(company)
    with pytest.raises(ValidationError, match="citations"):
        publishing.set_status(company, Status.PUBLISHED)
    assert not Company.objects.published().exists()


def test_what_is_missing_is_named_by_field() -> None:
    figure = factories.figure(status=Status.DRAFT, label_en="", as_of="")
    with pytest.raises(ValidationError) as caught:
        publishing.set_status(figure, Status.PUBLISHED)
    assert set(caught.value.message_dict) == {"label_en", "as_of"}


def test_publishing_remembers_when_it_was_first() -> None:
    company = factories.company()
    first = company.published_at
    assert first is not None
    publishing.set_status(company, Status.DRAFT)
    publishing.set_status(company, Status.PUBLISHED)
    assert company.published_at == first


def test_a_public_address_that_changes_leads_on_and_can_be_used_again() -> None:
    company = factories.company(slug="old-name")
    company.slug = "new-name"
    publishing.save(company)
    assert FormerSlug.objects.get().record == company
    company.slug = "old-name"
    publishing.save(company)
    assert list(FormerSlug.objects.values_list("slug", flat=True)) == ["new-name"]


def test_the_address_of_a_draft_leaves_no_trace() -> None:
    company = factories.company(slug="secret-plan", status=Status.DRAFT)
    company.slug = "other-plan"
    publishing.save(company)
    assert not FormerSlug.objects.exists()


def test_a_former_address_taken_by_another_record_belongs_to_that_one() -> None:
    company = factories.company(slug="wanted-word")
    company.slug = "something-else"
    publishing.save(company)
    other = factories.company(slug="wanted-word")
    assert not FormerSlug.objects.exists()
    assert other.slug == "wanted-word"


def test_the_state_of_a_record_tells_every_edit_and_no_bookkeeping() -> None:
    company = factories.company()
    before = digest(state(company))
    publishing.save(company)
    assert digest(state(Company.objects.get(pk=company.pk))) == before
    factories.activity(company)
    assert digest(state(company)) != before


REFUSED = {
    "a published company without a name": lambda: Company.objects.create(
        slug="x", role=Company.Role.STARTUP, summary_en="Said.", status=Status.PUBLISHED
    ),
    "a published figure without a date": lambda: Figure.objects.filter(pk=factories.figure().pk).update(as_of=""),
    "a published article without a date": lambda: Article.objects.filter(pk=factories.article().pk).update(date=None),
    "a published want without a desk": lambda: Want.objects.filter(pk=factories.want().pk).update(desk=None),
    "a want for two things": lambda: Want.objects.filter(pk=factories.want(modality="dc").pk).update(
        segment=factories.activity().segment
    ),
    "a milestone without event": lambda: Milestone.objects.filter(pk=factories.milestone().pk).update(event=""),
    "two milestones in one place": lambda: Milestone.objects.create(
        product=(first := factories.milestone()).product,
        sequence=first.sequence,
        event="approval",
        source=first.source,
    ),
    "a figure without source": lambda: Figure.objects.filter(pk=factories.figure().pk).update(source=None),
    "a figure that ends below its start": lambda: Figure.objects.filter(pk=factories.figure(low=5).pk).update(high=4),
    "a replaced figure that is current": lambda: Figure.objects.filter(pk=factories.figure().pk).update(
        superseded_by=factories.figure()
    ),
    "a citation without source": lambda: Citation.objects.filter(object_id=factories.company().pk).update(source=None),
    "a citation twice": lambda: factories.company().citations.create(source=factories.source()),
    "a source without headline or description": lambda: Source.objects.filter(pk=factories.source().pk).update(
        title=""
    ),
    "a claim with one figure for both": lambda: Claim.objects.create(
        service=factories.service(), before=(same := factories.figure()), after=same
    ),
    "a nameless alias": lambda: CompanyAlias.objects.create(owner=factories.company(), name=""),
    "a picture described in one language": lambda: Picture.objects.create(title="x", alternative_en="A hall"),
    "a modality that is its own class": lambda: Modality.objects.filter(
        pk=(own := factories.activity(modality="dc").modality).pk
    ).update(parent=own.pk),
    "an empty registration code": lambda: Company.objects.filter(pk=factories.company().pk).update(
        registration_code=""
    ),
    "a second content version": lambda: ContentVersion.objects.create(pk=2),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_database_itself_refuses(what) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        REFUSED[what]()


@pytest.mark.parametrize("stage", ["pilot_production", None])
@pytest.mark.parametrize("modality", ["dc", None])
def test_the_database_refuses_an_activity_twice_whatever_is_unknown(stage, modality) -> None:
    first = factories.activity(stage=stage, modality=modality)
    with pytest.raises(IntegrityError), transaction.atomic():
        Activity.objects.create(
            company=first.company,
            segment=first.segment,
            stage=first.stage,
            modality=first.modality,
            source=first.source,
        )


def test_an_address_changed_while_a_record_is_archived_leads_on_once_it_is_back(client):
    company = factories.company("Acme", slug="first")
    publishing.set_status(company, Status.ARCHIVED)
    company.refresh_from_db()
    company.slug = "second"
    publishing.save(company)
    assert [client.get(f"/en/companies/{slug}/").status_code for slug in ("first", "second")] == [410, 410]
    publishing.set_status(company, Status.PUBLISHED)
    moved = client.get("/en/companies/first/")
    assert (moved.status_code, moved["Location"]) == (301, "/en/companies/second/")
