"""A table is shown before it is imported, imported whole or not at all, and undone as one step."""

import datetime
import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from companies.models import Company
from companies.sheets import COMPANIES
from etown import publishing, undoing
from etown.deeds import Deed
from etown.models import Batch, ContentVersion, FormerSlug, Import, Revision
from etown.outbox import running
from etown.records import Status
from etown.sheets import storage
from news.models import Article
from tests import factories
from tests.admin.forms import stored
from tests.sheets.desk import Desk, person, upload
from tests.sheets.files import csv_file, xlsx_file
from tests.sheets.test_round_trip import exported

pytestmark = pytest.mark.django_db
HEAD = ["slug", "name_en", "role"]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    private = settings.STORAGES["private"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"private": private}
    return tmp_path / "imports"


@pytest.fixture
def desk(admin_client):
    return Desk(admin_client)


@pytest.fixture
def acme(db):
    return factories.company("Acme Cells", slug="acme", role="startup", founded_year=2010)


def waiting(folder) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.exists() else []


def test_the_page_shows_what_would_change_and_nothing_is_changed_yet(desk, acme):
    page = desk.upload("companies", HEAD, ["acme", "Acme Cells", "supplier"], ["beta", "Beta", "biopharma"])
    for text in ("Start-up", "Supplier", "C2", "Beta", "C3", "Import 2 rows", "Acme Cells"):
        assert text in page.text
    assert stored(acme).role == "startup"
    assert Company.objects.count() == 1


def test_an_import_is_one_batch_with_a_version_of_each_record(desk, acme, admin_user, folder):
    before = ContentVersion.current()
    page = desk.bring("companies", HEAD, ["acme", "Acme Cells", "supplier"], ["beta", "Beta", "biopharma"])
    assert "2 rows have been imported" in page.text
    batch = Batch.objects.get()
    assert (batch.kind, batch.author, batch.reason, batch.data["file"]) == (
        "import",
        admin_user,
        "From the survey",
        "table.xlsx",
    )
    changed, new = batch.revisions.order_by("title")
    assert (changed.what, changed.data["role"], changed.base.data["role"]) == ("changed", "supplier", "startup")
    assert (new.what, new.base, new.author) == ("created", None, admin_user)
    assert (stored(acme).role, stored(acme).status) == ("supplier", Status.PUBLISHED)
    beta = Company.objects.get(slug="beta")
    assert (beta.status, beta.sort_en) == (Status.DRAFT, "beta")
    assert ContentVersion.current() == before + 1
    assert waiting(folder) == []


def test_history_says_the_same_as_a_save_in_the_back_office(desk, acme):
    factories.source("other")
    desk.bring(
        "companies",
        [*HEAD, "sources"],
        ["acme", "Acme", "supplier", "other; example-press"],
        ["beta", "Beta", "supplier", "other"],
    )
    from etown.states import snapshot

    for company in Company.objects.all():
        assert Revision.head(company).data == snapshot(company)


def test_one_faulty_cell_and_nothing_is_stored(desk, acme):
    page = desk.upload("companies", HEAD, ["acme", "Acme", "supplier"], ["beta", "Beta", "baker"])
    assert "C3" in page.text
    assert "Choose one of" in page.text
    assert "Import 2 rows" not in page.text
    page = desk.confirm(page)
    assert (stored(acme).name_en, Batch.objects.count()) == ("Acme Cells", 0)


def test_an_edit_since_the_dry_run_is_shown_and_not_overwritten(desk, acme):
    page = desk.upload("companies", HEAD, ["acme", "Acme Cells", "supplier"])
    acme.name_en = "Acme Cell Works"
    publishing.save(acme)
    page = desk.confirm(page)
    assert "have been changed since this table was checked" in page.text
    assert "Acme Cell Works" in page.text
    assert (stored(acme).role, Batch.objects.count()) == ("startup", 0)
    desk.confirm(page)
    assert stored(acme).name_en == "Acme Cells"


def test_a_table_that_says_what_is_stored_offers_no_import(desk, acme):
    page = desk.upload("companies", file=exported(COMPANIES, "xlsx"))
    assert "there is nothing to import" in page.text


def test_what_is_public_follows(desk, acme, client):
    factories.source("press")
    rows = ["acme", "Renamed", "supplier", ""], ["beta", "Findable", "supplier", "published"]
    head = [*HEAD, "status", "summary_en", "sources"]
    desk.bring("companies", head[:3], rows[0][:3])
    desk.bring("companies", head, [*rows[1], "Makes things.", "press"])
    found = client.get("/api/v1/companies/?q=Findable").json()["results"]
    assert [company["slug"] for company in found] == ["beta"]
    assert client.get("/api/v1/companies/acme/").json()["name_en"] == "Renamed"
    assert client.get("/api/v1/companies/?q=Acme").json()["count"] == 0


def test_a_new_address_leaves_the_former_one(desk, acme, client):
    Company.objects.update(registration_code="91110302MA01ABCD2X")
    desk.bring("companies", ["registration_code", "slug"], ["91110302MA01ABCD2X", "acme-new"])
    assert FormerSlug.objects.get().slug == "acme"
    assert client.get("/en/companies/acme/").url == "/en/companies/acme-new/"


def test_relations_and_the_words_that_others_carry_follow(desk, acme, client):
    factories.product(slug="made", company=acme)
    article = factories.article(slug="told")
    desk.bring("news", ["slug", "companies", "products"], ["told", "acme", "made"])
    assert list(stored(article).companies.all()) == [acme]
    desk.bring("news", ["slug", "companies", "products"], ["told", "", "made"])
    assert not stored(article).companies.exists()
    desk.bring("companies", HEAD, ["acme", "Zorkworks", "supplier"])
    assert client.get("/api/v1/products/?q=Zorkworks").json()["count"] == 1
    assert client.get("/api/v1/companies/acme/").json()["name_en"] == "Zorkworks"


def test_activities_are_imported_with_a_version_of_their_company(desk, acme):
    known = factories.activity(acme, "plasmid", since="2019")
    factories.segment("cell-bank")
    head = ["company", "segment", "stage", "modality", "since", "source"]
    page = desk.bring(
        "activities",
        head,
        ["acme", "plasmid", "pilot_production", "", "2020", "example-press"],
        ["acme", "cell-bank", "", "", "2021", "example-press"],
    )
    assert "2 rows have been imported" in page.text
    assert stored(known).since == "2020"
    assert acme.activities.count() == 2
    revision = Batch.objects.get().revisions.get()
    assert revision.record == acme
    assert len(revision.data["activities"]) == 2
    undoing.undo(Batch.objects.get(), None)
    [activity] = acme.activities.all()
    assert (activity.since, activity.segment.slug) == ("2019", "plasmid")


# Formatted texts.


LISTED = "<h2>Lines</h2>\n<ul>\n<li>cells</li>\n<li>vectors</li>\n</ul>"


def test_a_formatted_text_stays_as_it_is_where_its_words_do(desk, acme):
    Company.objects.update(description_en=LISTED)
    page = desk.upload("companies", file=exported(COMPANIES, "xlsx"))
    assert "there is nothing to import" in page.text
    desk.bring("companies", [*HEAD, "description_en"], ["acme", "Acme", "startup", "Lines\n\n• cells\n•  vectors "])
    assert (stored(acme).name_en, stored(acme).description_en) == ("Acme", LISTED)


def test_other_words_become_paragraphs_and_what_is_lost_is_told_with_its_cell(desk, acme):
    Company.objects.update(description_en=LISTED, description_zh_hans="<p>细胞</p>")
    head = ["slug", "description_en", "description_zh_hans"]
    page = desk.upload("companies", head, ["acme", "Lines\n\n• cells </b>\n\nNo vectors", "载体"])
    assert "B2, “Description (English)”: the headings, lists, links and other formatting" in page.text
    assert "C2, “Description (Chinese)”" not in page.text
    desk.confirm(page)
    assert stored(acme).description_en == "<p>Lines</p>\n<p>• cells &lt;/b&gt;</p>\n<p>No vectors</p>"
    assert stored(acme).description_zh_hans == "<p>载体</p>"


def test_a_text_that_no_cell_can_hold_is_not_cut_off(desk, acme):
    Company.objects.update(description_en=f"<p>{'word ' * 8_000}end</p>")
    cut = ("word " * 8_000)[:32_766]
    page = desk.upload("companies", [*HEAD, "description_en"], ["acme", "Acme", "startup", cut])
    assert "Import 1 row" in page.text
    page = desk.upload("companies", ["slug", "description_en"], ["acme", f"Other {cut[6:]}"])
    assert "longer than a cell can hold" in page.text


# Who may.


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_links_stand_beside_the_list_for_those_who_may(desk, acme):
    for sheet in ("companies", "products", "news", "figures"):
        text = desk.client.get(desk.page(sheet, "changelist")).text
        assert desk.page(sheet, "export") in text
        assert desk.page(sheet, "import") in text
    viewer = Desk(client_of(person("viewer", "view_company")))
    text = viewer.client.get(viewer.page("companies", "changelist")).text
    assert viewer.page("companies", "export") in text
    assert viewer.page("companies", "import") not in text
    assert viewer.client.get(viewer.page("companies", "import")).status_code == 403
    assert viewer.client.get(viewer.page("companies", "download", "companies", "csv")).status_code == 200
    stranger = Desk(client_of(person("stranger", "view_source")))
    for role, *args in (("export",), ("import",), ("download", "companies", "xlsx")):
        assert stranger.client.get(stranger.page("companies", role, *args)).status_code == 403


def test_a_change_of_a_published_record_waits_for_whoever_may_publish(acme):
    editor = Desk(client_of(person("editor", "view_company", "add_company", "change_company")))
    page = editor.upload("companies", HEAD, ["acme", "Acme Cells", "supplier"], ["beta", "Beta", "supplier"])
    assert "will wait until somebody publishes it" in page.text
    editor.confirm(page)
    waits = Revision.waiting_for(acme)
    assert (waits.data["role"], stored(acme).role) == ("supplier", "startup")
    assert waits.batch == Batch.objects.get()
    assert Company.objects.get(slug="beta").status == Status.DRAFT
    page = editor.upload("companies", HEAD, ["acme", "Acme Cells", "biopharma"])
    assert "waits to be published: publish or discard it first" in page.text
    undoing.undo(Batch.objects.get(), None)
    assert Revision.waiting_for(acme) is None
    assert not Company.objects.filter(slug="beta").exists()


def test_nobody_sees_the_table_of_somebody_else(desk, acme):
    page = desk.upload("companies", HEAD, ["acme", "Acme", "supplier"])
    other = client_of(person("editor", "view_company", "change_company"))
    assert other.get(page.request["PATH_INFO"]).url == desk.page("companies", "import")


# The files.


def test_what_cannot_be_read_is_told_and_not_kept_longer_than_a_day(desk, folder):
    page = desk.upload("companies", file=io.BytesIO(b"\x89PNG and more"))
    assert "This is a picture" in page.text
    assert waiting(folder)
    storage.forget_old(timezone.now() + datetime.timedelta(days=1, minutes=1))
    assert (waiting(folder), Import.objects.count()) == ([], 0)


def test_an_upload_of_fifty_megabytes_is_refused(desk, folder):
    page = desk.client.post(
        desk.page("companies", "import"),
        {"sheet": "companies", "file": SimpleUploadedFile("table.csv", bytes(50 * 2**20))},
    )
    assert "larger than 20 MB" in page.text
    assert waiting(folder) == []


def test_a_table_is_discarded_with_its_files(desk, acme, folder):
    page = desk.upload("companies", HEAD, ["acme", "Acme", "supplier"])
    assert len(waiting(folder)) == 2
    desk.confirm(page, discard="1")
    assert (waiting(folder), Import.objects.count(), stored(acme).name_en) == ([], 0, "Acme Cells")


def test_no_upload_has_an_address(desk, acme, client, settings):
    desk.upload("companies", HEAD, ["acme", "Acme", "supplier"])
    assert client.get(f"/media/{upload().file}").status_code == 404
    assert not storage.private().path(upload().file).startswith(str(settings.MEDIA_ROOT))


def test_a_script_in_a_table_is_text_on_the_page(desk, acme):
    page = desk.upload("companies", HEAD, ["acme", "<script>alert(1)</script>", "supplier"])
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


def test_a_long_difference_has_pages(desk):
    page = desk.upload("companies", HEAD, *[[f"row-{number}", f"Name {number}", "supplier"] for number in range(120)])
    assert "page 1 of 3" in page.text
    page = desk.client.get(page.request["PATH_INFO"], {"kind": "new", "p": "3"})
    assert "Name 119" in page.text
    assert "Name 99" not in page.text


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_remedies_are_in_the_language_of_the_reader(desk, acme, language):
    page = desk.upload("companies", HEAD, ["acme", "Acme", "baker"])
    desk.client.cookies["django_language"] = language
    text = desk.client.get(page.request["PATH_INFO"]).text
    assert ("供应商" if language == "zh-hans" else "Choose one of: Leading enterprise") in text


def test_the_filtered_list_is_exported(desk, acme):
    factories.company("Beta", slug="beta", role="supplier")
    address = desk.page("companies", "download", "companies", "csv")
    lines = b"".join(desk.client.get(address, {"role__exact": "supplier"}).streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("beta,")
    empty = desk.client.get(address, {"template": "1"}).streaming_content
    assert len(b"".join(empty).splitlines()) == 1
    assert "1 record, as the list is filtered" in desk.client.get(desk.page("companies", "export"), {"q": "Beta"}).text


def test_a_gbk_file_is_imported(desk, acme):
    desk.confirm(desk.upload("companies", file=csv_file(["网址", "名称（中文）"], ["acme", "艾克美"], encoding="gbk")))
    assert stored(acme).name_zh_hans == "艾克美"


# Undoing.


@pytest.fixture
def batch(desk, acme):
    factories.source("press")
    head = [*HEAD, "status", "summary_en", "sources"]
    desk.bring(
        "companies",
        head,
        ["acme", "Renamed", "supplier", "draft", "Other.", "press"],
        ["beta", "Beta", "supplier", "published", "Makes.", "press"],
    )
    return Batch.objects.get()


def undo(desk, batch):
    return desk.client.post(f"/admin/etown/batch/{batch.pk}/undo/", follow=True)


def test_an_import_is_undone_as_one_step(desk, acme, batch, client, admin_user):
    assert client.get("/en/companies/beta/").status_code == 200
    assert client.get("/en/companies/acme/").status_code == 404
    assert "Undo this import" in desk.client.get(f"/admin/etown/batch/{batch.pk}/undo/").text
    assert "has been undone" in undo(desk, batch).text
    assert not Company.objects.filter(slug="beta").exists()
    again = stored(acme)
    assert (again.name_en, again.role, again.status, again.summary_en) == (
        "Acme Cells",
        "startup",
        "published",
        acme.summary_en,
    )
    assert [citation.source.slug for citation in again.citations.all()] == ["example-press"]
    assert client.get("/en/companies/beta/").status_code == 404
    assert client.get("/api/v1/companies/?q=Acme").json()["count"] == 1
    assert Batch.objects.get().undone_by == admin_user
    assert Revision.objects.of(acme).first().what == "reverted"
    with pytest.raises(ValidationError, match="undone already"):
        undoing.undo(batch, admin_user)


def test_an_import_is_not_undone_over_somebody_s_edit(desk, acme, batch):
    beta = Company.objects.get(slug="beta")
    beta.name_en = "Beta and more"
    publishing.save(beta, deed=Deed(reason="mine"))
    page = undo(desk, batch)
    assert "changed or built upon since" in page.text
    assert "Beta" in page.text
    assert (stored(acme).name_en, Batch.objects.get().undone_at) == ("Renamed", None)


def test_an_import_is_not_undone_under_what_was_built_upon_it(desk, batch):
    factories.product("Upon", company=Company.objects.get(slug="beta"))
    assert "Upon" in undo(desk, batch).text
    assert Company.objects.filter(slug="beta").exists()


def test_only_who_may_publish_undoes(batch, acme):
    editor = client_of(person("editor", "view_batch", "view_company", "add_company", "change_company"))
    assert editor.get("/admin/etown/batch/").status_code == 200
    assert editor.post(f"/admin/etown/batch/{batch.pk}/undo/").status_code == 403
    assert stored(acme).name_en == "Renamed"


def test_news_with_relations_are_undone(desk, acme):
    article = factories.article(slug="told", companies=[acme])
    desk.bring("news", ["slug", "title_en", "companies"], ["told", "Other", ""])
    undo(desk, Batch.objects.get())
    assert list(Article.objects.get().companies.all()) == [acme]
    assert stored(article).title_en == article.title_en


def test_a_workbook_says_which_sheets_are_not_read(desk, acme):
    page = desk.upload("companies", file=xlsx_file(HEAD, ["acme", "Acme", "supplier"], sheets=("Companies", "Notes")))
    assert "these are not: Notes" in page.text


# What the public sees at once.


def test_what_becomes_public_at_once_is_told_and_asks_for_a_reason(desk, acme):
    page = desk.upload("companies", HEAD, ["acme", "Acme", "supplier"], ["beta", "Beta", "supplier"], reason="")
    assert "1 row changes what the public sees, as soon as it is imported" in page.text
    assert 'name="why"' in page.text
    page = desk.confirm(page)
    assert "Say in a few words why" in page.text
    assert (stored(acme).name_en, Batch.objects.count()) == ("Acme Cells", 0)
    desk.confirm(page, **{"import": "1", "why": "The survey says so."})
    assert stored(acme).name_en == "Acme"
    assert Revision.head(acme).reason == "The survey says so."


def test_drafts_are_imported_without_a_reason(desk):
    page = desk.upload("companies", HEAD, ["beta", "Beta", "supplier"], reason="")
    assert 'name="why"' not in page.text
    desk.confirm(page)
    assert Company.objects.get().slug == "beta"


def test_only_who_can_undo_an_import_is_told_of_it(acme):
    for name, rights, promise in (("one", ["publish_company"], True), ("two", [], False)):
        user = person(name, "view_company", "add_company", "change_company", "view_batch", *rights)
        page = Desk(client_of(user)).bring("companies", HEAD, [f"beta-{name}", "Beta", "supplier"])
        assert ("where it can be undone" in page.text) is promise
        assert "among the changes of many records" in page.text


# More rows than a person waits for.


def test_a_long_table_is_checked_imported_and_undone_by_the_worker(desk, client, monkeypatch):
    # A database in memory has no second connection for signs of life.
    monkeypatch.setattr(running, "BEAT", 600)
    rows = [[f"row-{number}", f"Name {number}", "supplier"] for number in range(1100)]
    page = desk.upload("companies", file=csv_file(HEAD, *rows))
    address = page.request["PATH_INFO"]
    assert upload().state == Import.State.CHECKING
    assert f'hx-get="{address}"' in page.text

    def asked():
        return desk.client.get(address, headers={"HX-Request": "true"})

    assert 'id="job-progress"' in asked().text
    call_command("worker", "--drain")
    assert asked()["HX-Refresh"] == "true"
    page = desk.client.get(address)
    assert "Import 1100 rows" in page.text
    desk.confirm(page)
    assert (upload().state, Company.objects.count()) == (Import.State.WRITING, 0)
    call_command("worker", "--drain")
    assert asked()["HX-Refresh"] == "true"
    assert Company.objects.count() == 1100
    progress = undo(desk, Batch.objects.get())
    assert 'id="job-progress"' in progress.text
    call_command("worker", "--drain")
    assert Company.objects.count() == 0
