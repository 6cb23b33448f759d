"""The editor of formatted texts in a browser: by keyboard, in both languages, under the strict policy."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from etown.models import Picture
from etown.records import Status
from news.models import Article
from tests import factories
from tests.admin.forms import edit
from tests.browser.test_admin import log_in, officer  # noqa: F401 (a fixture)

pytestmark = pytest.mark.browser
WORD = (
    "<html xmlns:o='urn:schemas-microsoft-com:office:office'><body><!--StartFragment-->"
    "<p class=MsoNormal style='margin:0'><b><span style='font-size:14.0pt'>Clean</span></b> rooms<o:p></o:p></p>"
    "<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>·"
    "<span>&nbsp;&nbsp; </span></span><![endif]>Grade B</p><p class=MsoNormal><o:p>&nbsp;</o:p></p><!--EndFragment-->"
    "</body></html>"
)


@pytest.fixture
def picture(db, settings, tmp_path) -> Picture:
    settings.MEDIA_ROOT = tmp_path
    buffer = io.BytesIO()
    Image.new("RGB", (1200, 700), "#0b5d57").save(buffer, "PNG")
    upload = SimpleUploadedFile("hall.png", buffer.getvalue())
    return Picture.objects.create(
        title="Hall", file=upload, alternative_en="The cold hall", alternative_zh_hans="冷库大厅"
    )


def text_of(page, column):
    return page.locator(f".formatted:has(+ #id_{column}) .formatted-text")


def paste(editor, html):
    """As the clipboard of another program hands it over."""
    editor.evaluate(
        """(node, html) => {
            const data = new DataTransfer();
            data.setData("text/html", html);
            data.setData("text/plain", "unformatted");
            node.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        html,
    )


def test_a_text_is_formatted_by_keyboard_alone_and_the_page_shows_it(reader, officer):  # noqa: F811
    article = factories.article(body_en="Opened.", status=Status.DRAFT)
    log_in(reader, officer)
    page = reader.page
    page.goto(edit(article))
    editor = text_of(page, "body_en")
    editor.focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    for _step in range(4):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Heading 2"
    page.keyboard.press("Enter")
    page.keyboard.type("What <is> next")
    page.locator("#id_reason").fill("It has opened.")
    page.get_by_role("button", name="Publish").first.click()
    page.wait_for_url("**/admin/news/article/")
    reader.open(article.get_absolute_url())
    assert page.locator(".prose h2", has_text="What <is> next").is_visible()
    assert reader.faults == []


def test_an_untouched_text_is_not_written_anew(reader, officer):  # noqa: F811
    article = factories.article(
        status=Status.DRAFT, body_en="<ul><li>a</li></ul><table><tr><th>x</th></tr><tr><td>y</td></tr></table>"
    )
    before = Article.objects.values().get(pk=article.pk)
    log_in(reader, officer)
    reader.page.goto(edit(article))
    text_of(reader.page, "body_en").wait_for()
    reader.page.locator(".submit-row [name=_save]").first.click()
    reader.page.wait_for_url("**/admin/news/article/")
    assert Article.objects.values().get(pk=article.pk) == before


def test_what_is_pasted_from_word_is_cleaned_and_can_be_undone(reader, officer):  # noqa: F811
    article = factories.article(body_en="Opened.")
    log_in(reader, officer)
    page = reader.page
    page.goto(edit(article))
    editor = text_of(page, "body_en")
    editor.focus()
    page.keyboard.press("Control+a")
    paste(editor, WORD)
    editor.locator("li", has_text="Grade B").wait_for()
    assert editor.locator("strong").inner_text() == "Clean"
    assert "mso" not in page.locator("#id_body_en").input_value()
    page.keyboard.press("Control+z")
    assert editor.inner_text().strip() == "Opened."
    assert reader.faults == []


@pytest.mark.parametrize(("column", "alternative"), [("body_en", "The cold hall"), ("body_zh_hans", "冷库大厅")])
def test_a_picture_is_chosen_with_the_words_of_the_fields_language(reader, officer, picture, column, alternative):  # noqa: F811
    article = factories.article(status=Status.DRAFT, **{column: "x"})
    log_in(reader, officer)
    page = reader.page
    page.goto(edit(article))
    box = page.locator(f".formatted:has(+ #id_{column})")
    box.locator(".formatted-text").focus()
    box.get_by_role("button", name="Picture").click()
    dialog = page.get_by_role("dialog", name="Picture")
    dialog.get_by_role("radio", name="Hall").check()
    dialog.get_by_role("button", name="Insert").click()
    assert box.locator("img:not(.ProseMirror-separator)").get_attribute("alt") == alternative
    page.locator(".submit-row [name=_save]").first.click()
    page.wait_for_url("**/admin/news/article/")
    stem = picture.file.name.rpartition("/")[2]
    stored = getattr(Article.objects.get(pk=article.pk), column)
    assert f'<p><img src="/media/pictures/{stem}" alt="{alternative}"></p>' in stored
    assert reader.faults == []


def test_a_link_that_leads_nowhere_is_refused_where_it_is_typed(reader, officer):  # noqa: F811
    article = factories.article(body_en="Opened.")
    log_in(reader, officer)
    page = reader.page
    page.goto(edit(article))
    text_of(page, "body_en").focus()
    page.keyboard.press("Control+a")
    page.locator(".formatted:has(+ #id_body_en)").get_by_role("button", name="Link").click()
    dialog = page.get_by_role("dialog", name="Link")
    dialog.get_by_label("Address").fill("javascript:alert(1)")
    dialog.get_by_role("button", name="Insert").click()
    assert dialog.get_by_role("alert").is_visible()
    dialog.get_by_label("Address").fill("https://example.org/")
    dialog.get_by_role("button", name="Insert").click()
    assert text_of(page, "body_en").locator("a").get_attribute("href") == "https://example.org/"
    assert reader.faults == []


def test_without_scripts_the_html_is_edited_in_a_text_area(new_reader, officer):  # noqa: F811
    article = factories.article(body_en="Opened.", status=Status.DRAFT)
    reader = new_reader(java_script_enabled=False)
    log_in(reader, officer)
    page = reader.page
    page.goto(edit(article))
    area = page.locator("#id_body_en")
    assert area.input_value() == "<p>Opened.</p>"
    area.fill("<p>Opened <b>now</b>.</p>")
    page.locator(".submit-row [name=_save]").first.click()
    page.wait_for_url("**/admin/news/article/")
    assert Article.objects.get(pk=article.pk).body_en == "<p>Opened <strong>now</strong>.</p>"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_editor_fits_a_screen_of_1280_pixels(new_reader, officer, live_server, language):  # noqa: F811
    article = factories.article(body_en="<table><tr>" + "<td>" + "cell</td><td>" * 30 + "</td></tr></table>")
    reader = new_reader(width=1280)
    reader.page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    log_in(reader, officer)
    reader.page.goto(edit(article))
    text_of(reader.page, "body_en").wait_for()
    assert reader.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert reader.faults == []
