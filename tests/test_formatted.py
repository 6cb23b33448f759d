"""Formatted text in records: cleaned on every way in, harmless on every way out, with pictures of our own only."""

import csv
import io
import json
from importlib import import_module
from xml.etree import ElementTree

import pytest
from django.apps import apps as live_apps
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.urls import reverse
from django.utils import translation
from PIL import Image

from companies.models import Company
from etown import compare, publishing
from etown.loading import _looks
from etown.markup import LONGEST, paragraphs
from etown.models import LoadedRecord, Picture
from etown.rendering import rendered
from etown.revisions import Revision
from etown.search import scan
from etown.states import assign, digest, snapshot, state
from news.models import Article
from office.models import Page
from services.models import Service
from tests import factories
from tests.admin.forms import as_shown, edit, publish, save, stored
from tests.hostile import CORPUS, harm
from tests.word import WORD, WORD_CLEAN

ATOM = "{http://www.w3.org/2005/Atom}"
SCRIPT = "<p>x</p><script>alert(1)</script>"


@pytest.fixture
def article(db) -> Article:
    return factories.article("Cold hall", slug="cold-hall")


@pytest.fixture
def picture(db, settings, tmp_path) -> Picture:
    settings.MEDIA_ROOT = tmp_path
    buffer = io.BytesIO()
    Image.new("RGB", (1200, 700), "#0b5d57").save(buffer, "PNG")
    upload = SimpleUploadedFile("hall.png", buffer.getvalue())
    texts = {"alternative_en": "The cold hall", "alternative_zh_hans": "冷库大厅", "credit": "Example Press"}
    return Picture.objects.create(title="Hall", file=upload, **texts)


def tell(article: Article, **bodies: str) -> None:
    for column, text in bodies.items():
        setattr(article, column, text)
    article.full_clean()
    publishing.save(article)


# The ways in


def test_every_way_of_writing_cleans(article):
    rows = Article.objects.filter(pk=article.pk)
    rows.update(body_en=SCRIPT)
    assert stored(article).body_en == "<p>x</p>"
    article.body_en = SCRIPT
    Article.objects.bulk_update([article], ["body_en"])
    assert stored(article).body_en == "<p>x</p>"
    article.body_en = SCRIPT
    article.save()
    assert article.body_en == stored(article).body_en == "<p>x</p>"
    rows.delete()
    Article.objects.bulk_create([article])
    assert Article.objects.get().body_en == "<p>x</p>"


@pytest.mark.parametrize(
    ("model", "column"), [(Company, "description"), (Service, "description"), (Article, "body"), (Page, "body")]
)
def test_long_texts_are_formatted_and_summaries_are_not(model, column):
    record = model(**{f"{column}_zh_hans": SCRIPT})
    record.clean_fields(exclude=[field.name for field in model._meta.fields if field.name != f"{column}_zh_hans"])
    assert getattr(record, f"{column}_zh_hans") == "<p>x</p>"


def test_a_plain_text_becomes_paragraphs_and_keeps_every_sign(article):
    tell(article, body_en="IL-2 < 5 & rising\nfast\n\n<LOD")
    assert stored(article).body_en == "<p>IL-2 &lt; 5 &amp; rising<br>\nfast</p>\n<p>&lt;LOD</p>"


def test_the_admin_stores_what_was_pasted_without_words_own_markup(admin_client, article):
    assert save(admin_client, article, body_en=WORD) == ""
    assert stored(article).body_en == WORD_CLEAN


def test_saving_a_page_untouched_writes_nothing(admin_client, article):
    tell(article, body_en=WORD)
    before = Article.objects.values().get(pk=article.pk)
    counted = Revision.objects.count()
    # Browsers end lines in their own way.
    sent = as_shown(admin_client, edit(article)) | {"_save": ""}
    sent["body_en"] = sent["body_en"].replace("\n", "\r\n")
    assert admin_client.post(edit(article), sent).status_code == 302
    assert Article.objects.values().get(pk=article.pk) == before
    assert Revision.objects.count() == counted


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<p>x</p>" * LONGEST, "has"),
        ("<div>" * 5000 + "</div>", "cannot be read"),
        ("<img src='https://evil.example/x.png' alt='x'>", "from elsewhere"),
        ("<img src='data:image/png;base64,AAAA' alt='x'>", "from elsewhere"),
        (f"<img src='/media/pictures/{'a' * 20}.webp'>", "no alternative text"),
        (f"<img src='/media/pictures/{'a' * 20}.webp' alt=' '>", "no alternative text"),
        (f"<img src='/media/pictures/{'a' * 20}.webp' alt='x'>", "no picture"),
    ],
)
def test_what_cannot_be_stored_is_told_beside_the_field_and_still_there(admin_client, article, text, complaint):
    text = text[: LONGEST + 10_000]
    response = admin_client.post(edit(article), as_shown(admin_client, edit(article)) | publish(body_en=text))
    form = response.context["adminform"].form
    assert complaint in form.errors["body_en"][0]
    assert form["body_en"].value() == text
    assert stored(article).body_en == ""


def test_a_command_is_told_too(article):
    article.body_en = "<img src='https://evil.example/x.png' alt='x'>"
    with pytest.raises(ValidationError, match="from elsewhere"):
        article.full_clean()


# What the editor asks


def test_the_editor_gets_what_was_pasted_back_clean(admin_client):
    answer = admin_client.post(reverse("admin:clean_formatted"), {"html": WORD + "<img src=file:///x.png alt=x>"})
    assert answer.json() == {"html": WORD_CLEAN, "dropped": 1}


def test_the_editor_finds_pictures_by_their_words(admin_client, picture):
    url = reverse("admin:etown_picture_choices")
    [found] = admin_client.get(url, {"q": "冷库"}).json()["pictures"]
    assert found["alternative"] == {"en": "The cold hall", "zh-hans": "冷库大厅"}
    assert found["src"] == picture.file.url
    assert admin_client.get(url, {"q": "nothing"}).json() == {"pictures": []}


def test_only_staff_may_ask(client, picture, django_user_model):
    for name in ("admin:clean_formatted", "admin:etown_picture_choices"):
        assert client.get(reverse(name)).status_code == 302
    clerk = django_user_model.objects.create_user("clerk", is_staff=True)
    client.force_login(clerk)
    assert client.get(reverse("admin:etown_picture_choices")).status_code == 403


# The ways out


@pytest.mark.parametrize("text", CORPUS)
def test_nothing_harmful_comes_out_anywhere(admin_client, client, article, text):
    page = article.get_absolute_url()
    harmless = harm(client.get(page).text)
    found = harm(client.get("/en/search/?q=zyzzyva").text)
    sent = as_shown(admin_client, edit(article)) | publish(body_en=f"zyzzyva {text}")
    response = admin_client.post(edit(article), sent)
    if response.status_code == 200:
        assert response.context["adminform"].form.errors["body_en"]
        assert stored(article).body_en == ""
        return
    assert harm(client.get(page).text) == harmless
    assert harm(client.get("/en/search/?q=zyzzyva").text) == found
    assert harm(client.get("/zh-hans/news/").text) == harm(client.get("/en/news/").text)
    for address in ("/api/v1/news/cold-hall/", "/api/v1/news/cold-hall/?format=ndjson"):
        assert harm(json.loads(b"".join(client.get(address)))["body_en"]) == []
    for entry in ElementTree.fromstring(client.get("/en/news/feed/").content).iter(f"{ATOM}entry"):
        assert harm(entry.findtext(f"{ATOM}content")) == harm(entry.findtext(f"{ATOM}summary")) == []
    cell = _cells(client, "/api/v1/news/?format=csv")["body_en"]
    assert cell.lstrip("'").startswith("zyzzyva")
    # The admin shows it in its text area, where it is a text.
    assert "zyzzyva" in admin_client.get(edit(article)).context["adminform"].form["body_en"].value()


def _cells(client, address):
    [row] = csv.DictReader(io.StringIO(b"".join(client.get(address)).decode("utf-8-sig")))
    return row


def test_the_api_gives_html_with_whole_addresses_and_spreadsheets_give_words(client, article, picture):
    words = "<p>See <a href='/en/chain/'>the <b>chain</b></a> &amp; <i>more</i></p>"
    text = f"{words}<img src='{picture.file.url}' alt='Hall'>"
    tell(article, body_en=text)
    body = client.get("/api/v1/news/cold-hall/").json()["body_en"]
    assert '<a href="http://testserver/en/chain/">the <strong>chain</strong></a>' in body
    assert f'<img src="http://testserver{picture.file.url}" alt="Hall">' in body
    for address in ("/api/v1/news/", "/api/v1/news/cold-hall/"):
        for query in ("?format=csv", "?format=csv&fields=body_en"):
            assert _cells(client, address + query)["body_en"] == "See the chain & more"


def test_a_feed_holds_the_whole_text_as_html_and_escapes_plain_summaries(client, article):
    article.summary_en = "Below <b>2</b> & above"
    tell(article, body_en="<p>See <a href='/en/chain/'>the chain</a></p>")
    entry = ElementTree.fromstring(client.get("/en/news/feed/").content).find(f"{ATOM}entry")
    content = entry.find(f"{ATOM}content")
    assert (content.get("type"), content.text) == (
        "html",
        '<p>See <a href="http://testserver/en/chain/">the chain</a></p>',
    )
    assert entry.findtext(f"{ATOM}summary") == "Below &lt;b&gt;2&lt;/b&gt; &amp; above"


def test_a_page_shows_pictures_in_the_size_that_fits_and_tables_that_scroll(client, article, picture):
    table = "<table><tr><th>Room</th></tr><tr><td>A1</td></tr></table>"
    tell(
        article,
        body_en=f"{table}<img src='{picture.file.url}' alt='A &quot;cold&quot; hall'><a href='https://e.example/'>e</a>",
    )
    html = client.get(article.get_absolute_url()).text
    assert '<div class="scroll" role="region" aria-label="Table" tabindex="0"><table>' in html
    assert f'srcset="{picture.sources}"' in html
    assert 'width="1200" height="700" alt="A &quot;cold&quot; hall"' in html
    assert "<figcaption>Example Press</figcaption>" in html
    assert '<a rel="noopener external" href="https://e.example/">' in html


def test_pictures_cost_one_query_and_their_absence_none(client, article, picture, django_assert_num_queries):
    article = stored(article)
    tell(article, body_en=f"<img src='{picture.file.url}' alt='a'>x<img src='{picture.file.url}' alt='b'>")
    text = stored(article).body
    with django_assert_num_queries(1):
        assert rendered(text).count("srcset") == 2
    tell(article, body_en="x")
    text = stored(article).body
    with django_assert_num_queries(0):
        rendered(text)


def test_a_text_in_the_other_language_stands_in_a_block_below_its_label(client, article):
    tell(article, body_zh_hans="<h2>冷库</h2><p>已启用</p>")
    html = client.get("/en/news/cold-hall/").text
    assert '<p><small class="untranslated">in Chinese only</small></p>' in html
    assert '<div class="prose" lang="zh-Hans"><h2>冷库</h2>\n<p>已启用</p></div>' in html
    own = client.get("/zh-hans/news/cold-hall/").text
    assert "<h2>冷库</h2>\n<p>已启用</p>" in own
    assert '<div class="prose" lang="zh-Hans">' not in own


def test_chinese_words_are_marked_in_a_text_and_not_in_its_attributes(client, article, picture):
    tell(article, body_en=f"<p>The 冷库 hall</p><img src='{picture.file.url}' alt='冷库'>")
    html = client.get("/en/news/cold-hall/").text
    assert 'The <span lang="zh-Hans">冷库</span> hall' in html
    assert 'alt="冷库"' in html


def test_words_are_found_and_marks_of_formatting_are_not(client, article):
    tell(article, body_en="<h2>Cryo<b>storage</b> &amp; more</h2><p>It opened.</p>")
    page = client.get("/en/search/?q=cryostorage").text
    assert "<mark>Cryostorage</mark> &amp; more" in page
    for word in ("strong", "h2", "amp"):
        assert "Cold hall" not in client.get(f"/en/search/?q={word}").text


def test_searching_without_the_store_reads_words_and_not_tags(article):
    tell(article, body_en="<h2>Cryo<b>storage</b> &lt; 5</h2><p>It&nbsp;opened &amp;lt;.</p>")
    rows = Article.objects.all()
    for word in ("cryostorage", "<", "&lt;", "opened"):
        assert scan.all_words(rows, word).exists(), word
    for word in ("strong", "h2", "&amp;", "nbsp"):
        assert not scan.all_words(rows, word).exists(), word


# What was there before


@pytest.mark.parametrize(
    ("label", "column"),
    [("companies.Company", "description_en"), ("services.Service", "description_en"), ("news.Article", "body_en")],
)
def test_stored_plain_texts_become_paragraphs_and_can_go_back(db, label, column):
    model = live_apps.get_model(label)
    record = getattr(factories, model._meta.model_name)()
    typed = "IL-2 < 5</p>\nfast\n\nAT&T"
    _write_raw(record, column, typed)
    app = model._meta.app_label
    migration = import_module(f"{app}.migrations.0003_formatted_texts")
    before = MigrationLoader(connection).project_state([(app, "0002_schedule")]).apps
    migration.to_paragraphs(before, None)
    assert getattr(stored(record), column) == paragraphs(typed)
    migration.to_plain(before, None)
    assert _read_raw(record, column) == typed


def _write_raw(record, column, text) -> None:
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(record._meta.db_table)
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [text, record.pk])


def _read_raw(record, column) -> str:
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(record._meta.db_table)
        cursor.execute(f"SELECT {column} FROM {table} WHERE id = %s", [record.pk])
        return cursor.fetchone()[0]


def test_starter_texts_that_were_converted_are_not_taken_for_edits(starter):
    for row in LoadedRecord.objects.filter(content_type__model__in=["company", "service", "page"]):
        record = row.record
        entry = state(record)
        for column in ("description_en", "description_zh_hans", "body_en", "body_zh_hans"):
            if column in entry:
                assert paragraphs(_looks(record)[column]) == entry[column]
                assert "<p>" not in _looks(record)[column]
        assert row.state_digest == digest(_looks(record))


def test_a_plain_text_is_what_a_program_gets_of_a_formatted_one(article):
    tell(article, body_en="<h2>Head</h2><p>a <b>b</b></p>")
    with translation.override("en"):
        assert str(stored(article).body) == stored(article).body.plain == "Head\n\na b"


def test_two_versions_are_compared_in_words_and_where_only_the_formatting_differs_in_html(article):
    old, new = {"body_en": "<p>One two</p>"}, {"body_en": "<h2>One three</h2>"}
    [found] = compare.differences(article, old, new)
    assert (found.old, found.new) == ("One <del>two</del>", "One <ins>three</ins>")
    [found] = compare.differences(article, old, {"body_en": "<p>One <b>two</b></p>"})
    assert "<ins>&lt;strong&gt;</ins>two" in found.new


def test_a_version_that_is_put_back_looks_as_it_did(article):
    tell(article, body_en="<h2>Head</h2>")
    kept = snapshot(article)
    tell(article, body_en="")
    assign(article, kept)
    assert article.body.html == "<h2>Head</h2>"
