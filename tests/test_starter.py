"""The starter facts: loaded once, never over an edit, removable, and true to what their sources say."""

from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.models import Q

from companies.models import Activity, Company, CompanyAlias, Milestone, Product, Want
from etown import publishing
from etown import starter as starter_set
from etown.bilingual import SUFFIXES
from etown.loading import LoadError, Report, load, unload
from etown.models import ContentVersion, LoadedRecord
from etown.records import Publishable, Record, Status
from facts.models import Basis, Cited, Figure, Source, Sourced, Unit
from news.models import Article
from services.models import Service

OURS = [model for _name, model in starter_set.FILES]


def reload() -> Report:
    return load(starter_set.SET_NAME, starter_set.files(), progress=lambda line: None)


def edit(record, **values) -> None:
    for name, value in values.items():
        setattr(record, name, value)
    publishing.save(record)


# Loading


def test_loading_again_changes_nothing(starter):
    counted = {model: model._default_manager.count() for model in OURS}
    version = ContentVersion.current()
    report = reload()
    assert (report.created, report.updated, report.kept) == ([], [], [])
    assert {model: model._default_manager.count() for model in OURS} == counted
    assert ContentVersion.current() == version


def test_an_edited_record_stays_as_edited_when_the_facts_are_loaded_again(folder):
    folder("units.yaml", "- {slug: bed, singular_en: bed, plural_en: beds}")
    edit(Unit.objects.get(), plural_en="hospital beds")
    report = folder("units.yaml", "- {slug: bed, singular_en: bed, plural_en: cots}")
    assert report.kept == ["unit:bed"]
    assert Unit.objects.get().plural_en == "hospital beds"


def test_a_record_that_staff_deleted_does_not_come_back(folder):
    folder("units.yaml", "- {slug: bed, plural_en: beds}")
    publishing.delete(Unit.objects.get())
    report = folder("units.yaml", "- {slug: bed, plural_en: cots}")
    assert report.kept == ["unit:bed"]
    assert not Unit.objects.exists()


def test_a_record_that_staff_made_first_is_theirs(folder):
    publishing.save(Unit(slug="bed", plural_en="hospital beds"))
    assert folder("units.yaml", "- {slug: bed, plural_en: beds}").kept == ["unit:bed"]
    assert unload("test").removed == []
    assert Unit.objects.get().plural_en == "hospital beds"


FIGURE = """
- slug: beds
  label_en: Beds
  label_zh_hans: 床位
  topic: services
  low: {low}
  unit: bed
  source: paper
  as_of: "2024-01-01"
"""
SOURCE = '- {slug: paper, title: As printed, publisher: A paper, tier: press, url: "https://example.org/"}'
UNIT = "- {slug: bed, singular_en: bed, plural_en: beds, name_zh_hans: 张}"


def test_a_changed_file_changes_the_records_that_nobody_edited(folder):
    folder("sources.yaml", SOURCE)
    folder("units.yaml", UNIT)
    folder("figures.yaml", FIGURE.format(low="20"))
    report = folder("figures.yaml", FIGURE.format(low="20.5"))
    assert report.updated == ["figure:beds"]
    assert Figure.objects.get().low == Decimal("20.5")


# Removing


def test_removing_leaves_no_row_of_ours(starter):
    report = unload(starter_set.SET_NAME)
    assert report.kept == []
    left = {model._meta.label: model._default_manager.count() for model in _own_models()}
    # Roles are groups, which migrating makes.
    assert {label for label, number in left.items() if number} == {
        "etown.ContentVersion",
        "etown.Change",
        "etown.Role",
    }


def test_removing_keeps_what_was_edited_and_what_it_rests_on(starter):
    company = Company.objects.get(slug="immunotech-biopharm")
    edit(company, founded_year=1900)
    report = unload(starter_set.SET_NAME)
    assert "company:immunotech-biopharm" in report.kept
    company.refresh_from_db()
    assert company.status == Status.PUBLISHED
    assert company.activities.exists()
    assert company.citations.exists()
    assert Company.objects.count() == 1
    # Its products were not edited, and went; sources that it cites had to stay.
    assert not Product.objects.exists()
    cited = set(company.citations.values_list("source__slug", flat=True))
    assert cited <= set(Source.objects.values_list("slug", flat=True))


def test_what_was_removed_can_be_loaded_again(folder):
    folder("units.yaml", UNIT)
    unload("test")
    assert folder("units.yaml", UNIT).created == ["unit:bed"]


def test_the_commands_say_what_they_did(tmp_path, starter):
    said = StringIO()
    call_command("load_starter", stdout=said)
    assert "0 created, 0 updated." in said.getvalue()
    edit(Unit.objects.get(slug="bed"), plural_en="cots")
    call_command("remove_starter", stdout=said)
    assert "kept, edited or in use: unit:bed" in said.getvalue()


# Faulty files

COMPANY = """
- slug: acme
  name_en: Acme
  role: startup
  summary_en: Makes things.
"""
MISSING = "Needed before this can be published"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("units.yaml", "- {slug: bed", ["units.yaml is not valid YAML", "line 1"]),
        ("units.yaml", b"- {slug: \xff}", ["units.yaml is not valid YAML"]),
        ("units.yaml", "slug: bed", ["units.yaml must be a list of entries"]),
        ("units.yaml", "- bed", ["units.yaml must be a list of entries"]),
        ("units.yaml", None, ["units.yaml cannot be read: No such file"]),
        ("units.yaml", "- {slug: bed, slug: cot}", ["units.yaml", "slug stands twice", "line 1"]),
        ("units.yaml", UNIT + "\n- {slug: cot, plural: cots}", ["units.yaml, unit:cot", "“plural”", "“plural_en”"]),
        ("units.yaml", "- {slug: bed, style: italic}", ["units.yaml, unit:bed", "style", "italic"]),
        ("units.yaml", "- {slug: so many beds}", ["units.yaml, unit:so many beds", "slug"]),
        ("units.yaml", "- {singular_en: bed}", ["units.yaml, unit:", "slug"]),
        ("companies.yaml", COMPANY, ["companies.yaml, company:acme", "Add at least one entry", "citations"]),
        (
            "companies.yaml",
            COMPANY + "  citations: [{source: gone}]",
            ["company:acme", "citations, entry 1", "“gone”"],
        ),
        ("companies.yaml", COMPANY + "  aliases: [{nom: A}]", ["company:acme", "aliases, entry 1", "“nom”"]),
        ("companies.yaml", "- {slug: acme, role: startup}", ["companies.yaml, company:acme", "name_en", MISSING]),
        ("companies.yaml", COMPANY.replace("startup", "boss"), ["company:acme", "role", "boss"]),
        ("figures.yaml", FIGURE.format(low="many"), ["figures.yaml, figure:beds", "low", "many"]),
        ("figures.yaml", FIGURE.format(low="20").replace("bed\n", "cot\n"), ["figure:beds", "unit", "“cot”"]),
        ("figures.yaml", FIGURE.format(low="20").replace("2024-01", "24-01"), ["figure:beds", "as_of", "24-01"]),
    ],
)
def test_a_faulty_file_is_named_with_entry_and_field_and_nothing_of_it_stays(folder, name, content, said):
    with pytest.raises(LoadError) as raised:
        folder(**{"sources.yaml": SOURCE, "units.yaml": UNIT} | {name: content})
    for words in said:
        assert words in str(raised.value)
    assert not LoadedRecord.objects.exists()
    assert not Unit.objects.exists()
    assert not Company.objects.exists()


def test_an_entry_that_stands_twice_is_refused(folder):
    with pytest.raises(LoadError, match=r"units\.yaml.*bed"):
        folder("units.yaml", UNIT + "\n" + UNIT)


def test_the_command_reports_a_fault_without_a_traceback(db, tmp_path):
    with pytest.raises(CommandError, match=r"Nothing was loaded\. office\.yaml cannot be read"):
        call_command("load_starter", folder=tmp_path)


@pytest.fixture
def folder(db, tmp_path):
    """Loads files given by name and content, None being a file that is not there, in the starter set's order."""
    models = dict(starter_set.FILES)

    def write_and_load(name: str = "", content: str | bytes | None = "", **files: str | bytes | None) -> Report:
        files = files or {name: content}
        for file, text in files.items():
            if text is not None:
                (tmp_path / file).write_bytes(text if isinstance(text, bytes) else text.encode())
        wanted = [(tmp_path / file, models[file]) for file in models if file in files]
        return load("test", wanted, progress=lambda line: None)

    return write_and_load


def _own_models() -> list:
    labels = {model._meta.app_label for model in OURS} | {"etown"}
    return [model for model in apps.get_models() if model._meta.app_label in labels]


# What the facts must say


def test_there_are_25_companies_each_with_a_source(starter):
    assert Company.objects.count() == 25
    assert not Company.objects.filter(citations=None).exists()


def test_only_novartis_and_biottt_are_service_users(starter):
    users = Company.objects.filter(presence=Company.Presence.SERVICE_USER)
    assert set(users.values_list("slug", flat=True)) == {"novartis", "biottt"}


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("CelArtics BioPharma", "celarts"),
        ("Celartics Biopharma", "celarts"),
        ("CelArts", "celarts"),
        ("昕传生物科技（北京）有限公司", "celarts"),
        ("TsingkBiotechnology", "tsingke"),
        ("擎科生物", "tsingke"),
    ],
)
def test_a_company_is_known_by_every_name_that_was_printed(starter, name, slug):
    found = Company.objects.filter(Q(name_en=name) | Q(name_zh_hans=name) | Q(aliases__name=name))
    assert set(found.values_list("slug", flat=True)) == {slug}


def test_eal_was_refused_and_is_not_shown_as_near_the_market(starter):
    eal = Product.objects.get(slug="eal")
    assert eal.current_milestone.event == Milestone.Event.REFUSED
    assert eal.current_milestone.date == ""
    assert eal.milestones.get(event=Milestone.Event.BLA_ACCEPTED).date == "2025-03-31"
    # The company has a factory; that it does not mean an approval is said beside it.
    for activity in Activity.objects.filter(company=eal.company, stage__slug="industrialization"):
        assert activity.basis == Basis.INFERRED
        assert "refused" in activity.note_en
        assert "未获批准" in activity.note_zh_hans


def test_amimestrocel_has_conditional_approval(starter):
    milestone = Product.objects.get(slug="amimestrocel").current_milestone
    assert (milestone.event, milestone.date) == (Milestone.Event.CONDITIONAL_APPROVAL, "2025-01-02")


def test_milestones_without_a_date_keep_their_place(starter):
    for product in Product.objects.prefetch_related("milestones"):
        sequence = [milestone.sequence for milestone in product.milestones.all()]
        assert sequence == list(range(1, len(sequence) + 1)), product.slug
        dates = [milestone.date for milestone in product.milestones.all() if milestone.date]
        assert dates == sorted(dates), product.slug


def test_undated_news_and_figures_are_drafts(starter):
    assert set(Article.objects.filter(date=None).values_list("status", flat=True)) == {Status.DRAFT}
    assert set(Figure.objects.filter(as_of="").values_list("status", flat=True)) == {Status.DRAFT}


def test_every_source_has_an_address_except_the_offices_own_assessment(starter):
    assert list(Source.objects.filter(url="").values_list("slug", flat=True)) == ["office-assessment"]


def test_an_assessment_of_the_office_is_never_passed_off_as_stated(starter):
    for model in apps.get_models():
        if issubclass(model, Sourced):
            assert not model._default_manager.filter(source__slug="office-assessment", basis=Basis.STATED).exists(), (
                model._meta.label
            )


def test_different_measures_are_not_merged(starter):
    areas = Figure.objects.filter(slug__startswith="biopark-area", unit__slug="square_kilometre")
    assert sorted(areas.values_list("low", flat=True)) == [Decimal("5.8"), Decimal("6.5")]
    drugs = Figure.objects.published().filter(unit__slug="drug", low__in=[27, 106])
    assert len({(figure.low, figure.label_en, figure.scope_en) for figure in drugs}) == 2


def test_the_office_looks_for_dendritic_cells_and_stem_cells(starter):
    wants = Want.objects.published().values_list("modality__slug", "segment", "stage", "as_of")
    assert set(wants) == {("dc", None, None, "2023-04-28"), ("stem-cell-therapy", None, None, "2023-04-28")}


def test_the_clearance_claims_are_figures_each_quoted_with_its_own_date(starter):
    centre = Service.objects.get(slug="zgc-reagent-logistics")
    claims = list(centre.claims.published())
    assert {claim.before.as_of for claim in claims} == {"2023-04-28", "2023-05-09"}
    for claim in claims:
        assert {claim.before.kind, claim.after.kind} == {Figure.Kind.CLAIM}
        assert (claim.before.low, claim.before.high, claim.before.unit.slug) == (1, 2, "month")
        assert (claim.after.low, claim.after.unit.slug) == (1, "week")
        assert claim.before.source == claim.after.source


def test_a_name_that_no_source_gives_stays_empty_and_is_labelled(starter):
    nameless = Company.objects.filter(Q(name_en="") | Q(name_zh_hans=""))
    assert nameless.exists()
    for company in nameless:
        assert any(company.name.plain == getattr(company, f"name_{suffix}") for suffix in SUFFIXES.values())


def test_every_public_record_has_texts_in_both_languages(starter):
    for model in _own_models():
        if not (issubclass(model, Record) and hasattr(model._default_manager, "published")):
            continue
        for record in model._default_manager.published():
            for field in model._meta.fields:
                # Names are registered, not translated.
                if field.name.endswith("_en") and not field.name.startswith(("name", "sort", "alternative")):
                    chinese = getattr(record, f"{field.name.removesuffix('_en')}_zh_hans", None)
                    if chinese is not None:
                        assert bool(getattr(record, field.name)) == bool(chinese), f"{record!r} {field.name}"


def test_every_citation_supports_a_field_that_is_filled(starter):
    for model in _own_models():
        if not issubclass(model, Cited):
            continue
        for record in model._default_manager.prefetch_related("citations"):
            for citation in record.citations.all():
                citation.full_clean()


def test_everything_public_may_be_published(starter):
    for model in _own_models():
        if issubclass(model, Publishable):
            for record in model._default_manager.published():
                record.full_clean()
                assert record.needs.missing_parts(record) == [], record


def test_no_alias_repeats_the_name_it_stands_for(starter):
    for alias in CompanyAlias.objects.select_related("owner"):
        assert alias.name not in {alias.owner.name_en, alias.owner.name_zh_hans}


def test_starter_files_stand_in_the_folder_and_no_other(db):
    named = {name for name, _model in starter_set.FILES}
    assert {path.name for path in Path(starter_set.DATA).iterdir()} == named
