"""The Chinese of the site: the catalogue is whole and well set, its compiled form is current, and pages speak it."""

import ast
import gettext
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.urls import reverse

from companies.models import Company, Product, Want
from etown.records import Record
from facts.models import Figure
from news.models import Article
from office.models import Office, Page
from services.models import Service

FOLDER = settings.BASE_DIR / "etown" / "locale" / "zh_Hans" / "LC_MESSAGES"
HAN = "\u3400-\u9fff"
CHINESE = {"accept-language": "zh-hans"}


@dataclass
class Entry:
    """One entry of a catalogue."""

    msgctxt: str = ""
    msgid: str = ""
    msgid_plural: str = ""
    msgstr: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        return self.msgctxt, self.msgid


def read_catalogue(path: Path) -> list[Entry]:
    """The entries of a .po file, its header first; obsolete ones are comments of the entry after them."""
    entries = []
    for block in re.split(r"\n{2,}", path.read_text(encoding="utf-8").strip()):
        entry, name = Entry(), ""
        for line in block.splitlines():
            if line.startswith("#"):
                entry.comments.append(line)
                continue
            keyword = re.match(r"(msg\w+)(?:\[\d+\])? ", line)
            text = ast.literal_eval(line[keyword.end() :] if keyword else line)
            if keyword:
                name = keyword[1]
            if name == "msgstr" and keyword:
                entry.msgstr.append(text)
            elif name == "msgstr":
                entry.msgstr[-1] += text
            else:
                setattr(entry, name, getattr(entry, name) + text)
        entries.append(entry)
    return entries


HEADER, *ENTRIES = read_catalogue(FOLDER / "django.po")
# What Django's own scripts in the admin do not say in Chinese yet; nothing of ours is in it.
SCRIPT_HEADER, *SCRIPT_ENTRIES = read_catalogue(FOLDER / "djangojs.po")
ALL = [*ENTRIES, *SCRIPT_ENTRIES]


def faulty(pattern: str) -> list[str]:
    """The translations in which `pattern` occurs once placeholders stand for a Chinese word each."""
    plain = [re.sub(r"%(?:\([^)]+\))?[sd]|{\w*}", "字", text) for entry in ALL for text in entry.msgstr]
    return [text for text in plain if re.search(pattern, re.sub(r"<[^>]+>", "", text))]


def test_every_string_is_translated():
    assert ENTRIES
    assert [entry.msgid for entry in ALL if len(entry.msgstr) != 1 or not entry.msgstr[0].strip()] == []


def test_no_translation_is_doubtful_or_left_over():
    marks = re.compile(r"#~|#\||#,.*\bfuzzy\b")
    assert [line for entry in [HEADER, SCRIPT_HEADER, *ALL] for line in entry.comments if marks.match(line)] == []


def test_placeholders_and_markup_survive_translation():
    kept = re.compile(r"%(?:\([^)]+\))?[sd]|{\w*}|<[^>]+>")
    changed = []
    for entry in ALL:
        sources = [set(kept.findall(text)) for text in (entry.msgid, entry.msgid_plural) if text]
        changed += [text for text in entry.msgstr if set(kept.findall(text)) not in sources]
    assert changed == []


def test_chinese_is_set_in_full_width():
    assert faulty(f"[{HAN}][,.:;()?!]|[,:;()?!][{HAN}]") == []
    assert faulty("[\"'「」『』]") == []


def test_no_space_stands_between_chinese_and_other_letters():
    assert faulty(f"[{HAN}] +[{HAN}A-Za-z0-9]|[A-Za-z0-9] +[{HAN}]|^ | $") == []


def test_dates_are_written_the_chinese_way():
    formats = {entry.msgid: entry.msgstr[0] for entry in ENTRIES if entry.msgid in {"Y", "F Y", "j F Y"}}
    assert formats == {"Y": "Y年", "F Y": "Y年n月", "j F Y": "Y年n月j日"}


@pytest.mark.parametrize(("name", "entries"), [("django", ENTRIES), ("djangojs", SCRIPT_ENTRIES)])
def test_the_compiled_catalogue_says_what_the_source_says(name, entries):
    with (FOLDER / f"{name}.mo").open("rb") as file:
        compiled = dict(gettext.GNUTranslations(file)._catalog)
    del compiled[""]
    expected: dict[str | tuple[str, int], str] = {}
    for entry in entries:
        key = f"{entry.msgctxt}\x04{entry.msgid}" if entry.msgctxt else entry.msgid
        expected[(key, 0) if entry.msgid_plural else key] = entry.msgstr[0]
    assert compiled == expected, "run 'make messages'"


@pytest.mark.skipif(not shutil.which("xgettext"), reason="finding the strings in code and templates needs gettext")
def test_the_catalogue_holds_exactly_the_strings_of_code_and_templates(tmp_path):
    copy = tmp_path / "project"
    unneeded = shutil.ignore_patterns(".*", "var", "tests", "__pycache__", "node_modules", "static", "docs")
    shutil.copytree(settings.BASE_DIR, copy, ignore=unneeded)
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "-l", "zh_Hans", "--no-location", "--no-obsolete"],
        cwd=copy,
        env=os.environ
        | {"ETOWN_LOCAL": "true", "ETOWN_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "etown.settings"},
        check=True,
        capture_output=True,
    )
    found = read_catalogue(copy / FOLDER.relative_to(settings.BASE_DIR) / "django.po")[1:]
    missing = {entry.key for entry in found} - {entry.key for entry in ENTRIES}
    unused = {entry.key for entry in ENTRIES} - {entry.key for entry in found}
    assert (missing, unused) == (set(), set()), "run 'make messages' and translate what is new"


class Chrome(HTMLParser):
    """The words around the records, in elements that hold no others; and all text for a second look."""

    LABELS = frozenset({"label", "legend", "summary", "button", "thead", "caption"})
    VOID = frozenset({"meta", "link", "img", "input", "br", "hr", "source", "wbr", "area", "col", "base"})

    def __init__(self, page: str, *also: str) -> None:
        super().__init__()
        self.marks = self.LABELS | {*also}
        self.open: list[tuple[str, bool]] = []
        self.chrome: list[str] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        named = [values[name] for name in ("aria-label", "placeholder", "title") if values.get(name)]
        if tag == "input" and values.get("type") == "submit":
            named.append(values.get("value"))
        self.chrome += [text for text in named if text]
        if tag not in self.VOID:
            self.open.append((tag, values.get("lang", "zh").startswith("zh")))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        tags = {tag for tag, _chinese in self.open}
        if not text or tags & {"script", "style"} or not all(chinese for _tag, chinese in self.open):
            return
        self.text.append(text)
        if tags & self.marks and ("option" in self.marks or "option" not in tags):
            self.chrome.append(text)

    def foreign(self, allowed: set[str]) -> set[str]:
        """The chrome in which there are Latin words and no Chinese; addresses are no words."""
        return {
            text
            for text in self.chrome
            if re.search("[A-Za-z]{2}", text) and not re.search(f"[{HAN}/@]", text) and text.strip(": ") not in allowed
        }


# Every phrase of the interface, long enough not to be a word of some record by chance.
PHRASES = {entry.msgid for entry in ENTRIES if entry.msgid.count(" ") > 1 and not re.search("[%{<]", entry.msgid)}
# The same in both languages.
INTERNATIONAL = {"JSON", "CSV", "NDJSON", "Atom", "API", "CAR-T", "CAR-NK", "TCR-T", "mRNA"}


@pytest.fixture
def addresses(starter) -> list[str]:
    names = ["home", "companies:chain", "companies:list", "products:list", "services:list", "news:list"]
    names += ["facts:list", "facts:corrections"]
    found = [reverse(name) for name in names]
    found += [
        f"{reverse('companies:chain')}?by=modality",
        f"{reverse('companies:list')}?rloe=x&stage=pilot_production",
    ]
    found += [f"{reverse('companies:list')}?q=nothing-is-called-so", f"{reverse('news:list')}?page=99", "/en/nothing/"]
    for model in (Company, Product, Service, Article, Figure, Want, Page):
        found += [record.get_absolute_url() for record in model.objects.published()[::5]]
    return ["/zh-hans/" + address.removeprefix("/en/") for address in found]


def test_no_english_stands_around_the_records(client, addresses):
    for address in addresses:
        page = Chrome(client.get(address).content.decode(), "nav", "footer", "dt", "th", "option")
        # Names that no source gives in Chinese stay as they are.
        names = {
            name for model in (Company, Product, Service) for name in model.objects.values_list("name_en", flat=True)
        }
        assert page.foreign(INTERNATIONAL | names) == set(), address
        assert PHRASES & set(page.text) == set(), address


def test_the_back_office_speaks_chinese(admin_client, starter):
    admin_client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    index = Chrome(admin_client.get(reverse("admin:index")).content.decode())
    assert {"企业与产业链", "数据与来源", "办公室信息", "资讯", "服务", "诚邀方向", "投资亦庄管理后台"} <= set(
        index.text
    )
    assert index.foreign(set()) == set()
    titles = set(Page.objects.values_list("title_en", flat=True))
    for model in [model for model in admin.site._registry if issubclass(model, Record)]:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        record = model.objects.first()
        pages = [reverse(f"{name}_changelist")] if model is not Office else []
        pages += [reverse(f"{name}_change", args=[record.pk])] if record else [reverse(f"{name}_add")]
        for address in pages:
            page = Chrome(admin_client.get(address).content.decode())
            assert page.foreign(INTERNATIONAL) == set(), address
            assert (PHRASES - titles) & set(page.text) == set(), address


def test_the_scripts_of_the_back_office_speak_chinese(admin_client):
    admin_client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    script = admin_client.get(reverse("admin:jsi18n")).content.decode()
    catalogue = json.loads(script.split("newcatalog = ")[1].split(";\n")[0])
    for entry in SCRIPT_ENTRIES:
        assert catalogue[entry.msgid] == (entry.msgstr if entry.msgid_plural else entry.msgstr[0])


def test_the_api_explains_its_refusals_to_the_reader(client, db):
    for address in ("/api/v1/companies/?stgae=x&page=0&role=x", "/api/v1/companies/nobody/", "/api/v1/nothing/"):
        problem = client.get(address, headers=CHINESE).json()
        details = [problem["detail"], *(error["detail"] for error in problem.get("errors", []))]
        assert all(re.search(f"[{HAN}]", detail) for detail in details), details


@pytest.mark.parametrize("language", ["fr", "xx-yy", ""])
def test_an_unknown_language_reads_english(client, db, language):
    headers = {"accept-language": language}
    assert client.get("/api/v1/nothing/", headers=headers).json()["detail"] == "There is nothing at this address."
    assert client.get("/", headers=headers)["Location"] == "/en/"
    assert client.get("/fr/", follow=True).status_code == 404


@pytest.mark.parametrize("language", ["zh", "zh-cn", "zh-hans", "zh-hant", "zh-TW", "zh-Hans-CN,zh;q=0.9,en;q=0.8"])
def test_whoever_reads_chinese_gets_the_simplified(client, db, language):
    assert client.get("/", headers={"accept-language": language})["Location"] == "/zh-hans/"
