"""What staff do most, as they do it: write and schedule, correct what is live, settle a conflict, bring back."""

import datetime
import os
from pathlib import Path

import pytest
from django.utils import timezone

from companies.models import Company
from etown import schedule
from etown.records import Status
from etown.revisions import Revision
from news.models import Article, Category
from tests import factories
from tests.browser.conftest import Reader
from tests.browser.test_admin import log_in, officer  # noqa: F401 (a fixture)

pytestmark = pytest.mark.browser
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Where the pages are drawn for somebody to look at, if anywhere.
PICTURES = os.environ.get("SCREENSHOTS", "")


@pytest.fixture
def staff(new_reader, officer) -> Reader:  # noqa: F811
    found = new_reader(width=1280)
    log_in(found, officer)
    return found


def looked_at(reader: Reader, name: str) -> None:
    """The page fits, in both languages."""
    assert reader.page.evaluate(SIDEWAYS) <= 0, name
    if PICTURES:
        reader.page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def form_of(record) -> str:
    return f"/admin/{record._meta.app_label}/{record._meta.model_name}/{record.pk}/change/"


def press(reader: Reader, button: str) -> None:
    with reader.page.expect_navigation():
        reader.page.get_by_role("button", name=button, exact=True).first.click()


def stored(record):
    return type(record)._default_manager.get(pk=record.pk)


def test_an_article_is_written_and_planned_and_appears_on_its_day(staff):
    page = staff.page
    begin = (timezone.localtime() + datetime.timedelta(days=2)).replace(hour=9, minute=0, second=0, microsecond=0)
    staff.open("/admin/news/article/add/")
    page.locator("#id_title_en").fill("A new hall opens")
    page.locator("#id_title_zh_hans").fill("新楼启用")
    page.locator("#id_date").fill(f"{begin:%Y-%m-%d}")
    page.locator("#id_category").select_option(index=1)
    page.locator(".field-source .select2-selection").click()
    page.locator(".select2-dropdown .select2-search__field").fill("Beijing")
    page.locator(".select2-results__option--highlighted").first.click()
    page.locator("#id_summary_en").fill("Forty companies move in.")
    press(staff, "Save the draft")
    looked_at(staff, "saved")
    article = Article.objects.get(title_en="A new hall opens")
    assert article.status == Status.DRAFT
    assert staff.open(article.get_absolute_url()) == 404
    staff.open(form_of(article))
    looked_at(staff, "draft")
    page.locator("#id_publish_at_0").fill(f"{begin:%Y-%m-%d}")
    page.locator("#id_publish_at_1").fill("09:00:00")
    page.locator("#id_reason").fill("The hall opens that day.")
    press(staff, "Save the draft")
    assert "It will appear on the site on" in page.locator(".messagelist").inner_text()
    staff.open("/admin/")
    looked_at(staff, "first-page")
    assert page.get_by_role("heading", name="Planned for the next seven days").is_visible()
    schedule.apply_due(begin)
    assert staff.open(article.get_absolute_url()) == 200
    assert page.get_by_text("Forty companies move in.").first.is_visible()
    assert staff.faults == []


def test_a_company_is_corrected_while_it_is_live(staff, new_reader):
    page = staff.page
    company = factories.company("Newcomer Bio", summary_en="Grows cells.", summary_zh_hans="培养细胞。")
    staff.open(form_of(company))
    page.locator("#id_summary_en").fill("Grows plasmids.")
    page.locator("#id_summary_zh_hans").fill("生产质粒。")
    press(staff, "Keep the change")
    public = new_reader()
    public.open(company.get_absolute_url())
    assert public.page.get_by_text("Grows cells.").first.is_visible()
    staff.open(form_of(company))
    looked_at(staff, "waiting")
    for link, text in (("Preview in English", "Grows plasmids."), ("Preview in Chinese", "生产质粒。")):
        with page.context.expect_page() as opened:
            page.get_by_role("link", name=link).first.click()
        assert opened.value.get_by_text(text).first.is_visible()
        opened.value.close()
    page.locator("#id_reason").fill("They moved to plasmids.")
    press(staff, "Publish the change")
    public.open(company.get_absolute_url())
    assert public.page.get_by_text("Grows plasmids.").first.is_visible()
    assert Revision.head(company).reason == "They moved to plasmids."
    assert staff.faults + public.faults == []


def test_two_editors_settle_what_both_have_changed(staff, new_reader, officer):  # noqa: F811
    company = factories.company("Newcomer Bio", status=Status.DRAFT)
    other = new_reader(width=1280)
    log_in(other, officer)
    for reader in (staff, other):
        reader.open(form_of(company))
    other.page.locator("#id_name_en").fill("Theirs Bio")
    other.page.locator("#id_founded_year").fill("2001")
    press(other, "Save the draft")
    staff.page.locator("#id_name_en").fill("Mine Bio")
    staff.page.locator("#id_website").fill("https://mine.example.org/")
    press(staff, "Save the draft")
    page = staff.page
    looked_at(staff, "conflict")
    row = page.locator(".differences tr").filter(has=page.locator("[name=choice-name_en]"))
    assert "Theirs Bio" in row.inner_text()
    assert "Mine Bio" in row.inner_text()
    page.locator("[name=choice-name_en][value=mine]").check()
    press(staff, "Save")
    found = stored(company)
    assert (found.name_en, found.founded_year, found.website) == ("Mine Bio", 2001, "https://mine.example.org/")
    assert staff.faults + other.faults == []


def test_a_former_version_is_brought_back(staff):
    page = staff.page
    company = factories.company("Newcomer Bio", summary_en="Grows cells.", status=Status.DRAFT)
    staff.open(form_of(company))
    page.locator("#id_summary_en").fill("Nonsense.")
    press(staff, "Save the draft")
    staff.open(form_of(company))
    with page.expect_navigation():
        page.locator(".object-tools").get_by_role("link", name="History").click()
    looked_at(staff, "history")
    with page.expect_navigation():
        page.get_by_role("link", name="Look, compare, bring back").last.click()
    looked_at(staff, "version")
    page.locator("#why").fill("It was nonsense.")
    press(staff, "Bring it back")
    assert stored(company).summary_en == "Grows cells."
    assert staff.faults == []


def test_every_page_of_the_history_fits_in_chinese_too(staff, live_server):
    company = Company.objects.get(slug="celarts")
    cookie = {"name": "django_language", "value": "zh-hans", "url": live_server.url}
    page = staff.page
    staff.open(form_of(company))
    page.locator("#id_summary_en").fill("It makes cells, and nothing but cells.")
    press(staff, "Keep the change")
    page.context.add_cookies([cookie])
    waits = Revision.waiting_for(company)
    for name, path in (
        ("zh-first-page", "/admin/"),
        ("zh-waiting", form_of(company)),
        ("zh-history", f"/admin/companies/company/{company.pk}/history/"),
        ("zh-version", f"/admin/companies/company/{company.pk}/history/{waits.pk}/"),
        ("zh-all-history", "/admin/etown/revision/"),
        ("zh-list", "/admin/companies/company/?todo=missing"),
    ):
        assert staff.open(path) == 200, path
        looked_at(staff, name)
    assert Category.objects.exists()
    assert staff.faults == []


def test_the_title_of_a_record_is_not_squeezed_by_its_buttons(staff):
    page = staff.page
    company = factories.company("JOINN Laboratories")
    page.goto(form_of(company))
    title = page.locator(".titles h1").bounding_box()
    assert title["height"] < 40
    page.set_viewport_size({"width": 390, "height": 800})
    titles, tools = page.locator(".titles").bounding_box(), page.locator(".object-tools").bounding_box()
    assert 0 <= tools["y"] - titles["y"] - titles["height"] < 40
    assert titles["height"] < 150


def test_enter_in_a_field_keeps_the_change_instead_of_running_an_action(staff):
    company = factories.company("Acme Cells", founded_year=2010)
    staff.open(form_of(company))
    staff.page.locator("#id_founded_year").fill("2012")
    with staff.page.expect_navigation():
        staff.page.locator("#id_founded_year").press("Enter")
    assert Revision.waiting_for(company).data["founded_year"] == 2012
    assert stored(company).founded_year == 2010
    assert staff.faults == []
