"""The main pages of the back office in Chinese: no English of ours or of Django's is left on them."""

import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from companies.models import Company
from etown.records import Status
from facts.models import Source
from news.models import Article
from tests import factories
from tests.admin.forms import edit

pytestmark = pytest.mark.django_db

# How the other language calls itself, who is signed in, and what Django's template has beside the field for words.
KEPT = {"English", "admin", "Search"}


class Words(HTMLParser):
    """Every text that a page shows or says, values that somebody typed left out."""

    SAID = ("title", "alt", "placeholder", "aria-label")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag in {"script", "style", "textarea"}:
            self._open.append(tag)
        names = [*self.SAID, "value"] if tag == "input" and given.get("type") in {"submit", "button"} else self.SAID
        self.found |= {given[name].strip() for name in names if given.get(name)}

    def handle_endtag(self, tag):
        if self._open and tag == self._open[-1]:
            self._open.pop()

    def handle_data(self, data):
        if not self._open:
            self.found.add(data.strip())


def english(answer) -> set[str]:
    words = {text for text in Words(answer.text).found if re.search("[A-Za-z]{2,}", text)}
    return {text for text in words if not re.search("[\u3400-\u9fff]|://", text)} - KEPT


@pytest.fixture
def chinese(admin_client):
    admin_client.cookies["django_language"] = "zh-hans"
    return admin_client


@pytest.fixture
def records():
    """Nothing but Chinese stands in them."""
    article = factories.article(category="c", title_zh_hans="消息", summary_zh_hans="摘要")
    company = factories.company(name_zh_hans="公司", summary_zh_hans="摘要", status=Status.DRAFT)
    Article.objects.update(title_en="", summary_en="")
    Company.objects.update(name_en="", summary_en="")
    Source.objects.update(title="公告", publisher="报社")
    return [Source.objects.get(), article, company]


@pytest.mark.parametrize("role", ["changelist", "add"])
def test_headings_of_lists_and_forms_have_no_gaps_between_chinese_words(chinese, records, role):
    for record in records:
        name = f"admin:{record._meta.app_label}_{record._meta.model_name}_{role}"
        found = Words(chinese.get(reverse(name)).text).found
        assert {text for text in found if re.search("[\u3400-\u9fff] +[\u3400-\u9fff]", text)} == set()


def test_forms_lists_history_and_removal_speak_chinese(chinese, records):
    left = {}
    for record in records:
        name = f"admin:{record._meta.app_label}_{record._meta.model_name}"
        own = [reverse(f"{name}_{role}", args=[record.pk]) for role in ("history", "delete")]
        for url in [reverse(f"{name}_changelist"), reverse(f"{name}_add"), edit(record), *own]:
            left |= {text: url for text in english(chinese.get(url)) if text not in {record.slug}}
        selected = {"action": "delete_selected", "_selected_action": [record.pk]}
        left |= dict.fromkeys(english(chinese.post(reverse(f"{name}_changelist"), selected)), "removal")
        left |= dict.fromkeys(english(chinese.post(reverse(f"{name}_add"), {})), "refusal")
    assert left == {}
