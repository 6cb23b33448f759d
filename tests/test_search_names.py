"""Suggestions while typing, what a reader may have meant, and where a text matches."""

import pytest
from django.utils.html import strip_tags

from companies.models import CompanyAlias
from etown import publishing, search
from etown.bilingual import Text
from etown.records import Status
from tests import factories

pytestmark = pytest.mark.django_db


def named(text: str, limit: int = 8) -> list[str]:
    return [found.name for found in search.suggestions(text, limit)]


def test_names_that_begin_with_what_is_typed_come_first():
    factories.company("Beijing Plasmid Works")
    factories.company("Plasmid Works", summary_en="Vectors.")
    factories.company("Vectors")
    assert named("plas") == ["Plasmid Works", "Beijing Plasmid Works"]
    assert named("plasmidw") == ["Plasmid Works"]
    assert named("works plasmid") == ["Plasmid Works", "Beijing Plasmid Works"]
    assert named("nothing") == named("...") == named("") == []


def test_a_record_is_suggested_once_by_the_name_that_fits():
    row = factories.company("Immunotech", name_zh_hans="永泰生物")
    publishing.save(row, CompanyAlias(owner=row, name="永泰").save)
    assert named("永") == ["永泰"]
    assert named("shengwu") == ["永泰生物"]
    assert [found.record for found in search.suggestions("永泰生")] == [row]


def test_suggestions_take_the_same_few_queries_whatever_there_is(django_assert_max_num_queries):
    for number in range(30):
        factories.company(f"Common {number}")
        factories.article(f"Common news {number}")
    with django_assert_max_num_queries(4):
        assert len(named("common", 10)) == 10


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("celatrics", "CelArtics"),
        ("celartis", "CelArtics"),
        ("selartics", "CelArtics"),
        ("cellartics", "CelArtics"),
        ("celartics biofarma", "celartics BioPharma"),
        ("CT-401", "CT-041"),
        ("勇泰", "永泰"),
        ("永太生物", "永泰生物"),
        ("永秦生物", "永泰生物"),
        ("永泰生勿 实体瘤", "永泰生物 实体瘤"),
        # What finds something is not mended, and nothing is made up.
        ("celartics", None),
        ("zzzzzz", None),
        ("口口口口", None),
        ("x", None),
        ("!!!", None),
        ("qqq www zzz xxx", None),
    ],
)
def test_a_query_that_finds_nothing_is_mended(typed, meant):
    row = factories.company("CelArtics BioPharma")
    publishing.save(row, CompanyAlias(owner=row, name="CT-041").save)
    factories.company("Immunotech", name_zh_hans="永泰生物", summary_zh_hans="治疗实体瘤。")
    factories.company("Other", name_zh_hans="昕传生物科技")
    assert search.did_you_mean(typed) == meant


def test_hidden_names_are_neither_suggested_nor_meant():
    row = factories.company("Secretive Works", name_zh_hans="秘密生物")
    publishing.set_status(row, Status.DRAFT)
    for typed in ("secr", "secretive", "秘密", "mimi"):
        assert named(typed) == []
    assert search.did_you_mean("secretve") is None
    assert search.did_you_mean("密秘生物") is None


def test_without_the_store_nothing_is_suggested(settings):
    factories.company("Works")
    settings.SEARCH_INDEX = False
    assert named("works") == []
    assert search.did_you_mean("wroks") is None


@pytest.mark.parametrize("typed", ["a" * 200, "永" * 200, "a-b" * 60, "a b c d e f g h i j k l", "\x01\u202e'\"*%"])
def test_the_longest_query_costs_a_bounded_number_of_queries(typed, django_assert_max_num_queries):
    factories.company("Works")
    with django_assert_max_num_queries(40):
        search.did_you_mean(typed)
        search.suggestions(typed)


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("CelArtics BioPharma", "bio", "CelArtics [Bio]Pharma"),
        ("北京永泰生物，生物制品", "生物", "北京永泰[生物]，[生物]制品"),
        ("北京永泰生物", "永泰 泰生", "北京[永泰生]物"),
        ("CAR-T, CART and CAR T", "car-t", "[CAR-T], [CART] and [CAR T]"),
        ("cartilage, cart", "car-t", "cartilage, [cart]"),
        ("CT-0412", "ct041", "[CT-041]2"),
        ("Café ﬁnds ＡＢＣ", "cafe fin abc", "[Café] [ﬁn]ds [ＡＢＣ]"),
        ("e\u0301clair", "éc", "[e\u0301c]lair"),
        ("Nothing here", "ere 永", "Nothing here"),
        ("<b>bold</b> & 'b'", "b", "<[b]>[b]old</[b]> & '[b]'"),
        ("bold b, b-cell", "b cell", "bold [b], [b]-[cell]"),
        ("Łódź, Straße, STRASSE", "lodz strasse", "[Łódź], [Straße], [STRASSE]"),
        ("Ærø, Þór", "aer thor", "[Ær]ø, [Þór]"),
        ("more than 5,000 or 5000", "5000", "more than [5,000] or [5000]"),
        ("", "a", ""),
    ],
)
def test_what_matches_is_marked_and_all_is_escaped(text, query, marked):
    shown = search.highlight(text, query)
    assert "<b>" not in shown
    plain = strip_tags(str(shown).replace("<mark>", "[").replace("</mark>", "]"))
    for name, sign in (("&lt;", "<"), ("&gt;", ">"), ("&#x27;", "'"), ("&amp;", "&")):
        plain = plain.replace(name, sign)
    assert plain == marked


def test_a_text_in_the_other_language_keeps_its_label():
    shown = search.highlight(Text("永泰生物", "zh-hans", "en"), "永泰")
    assert shown == (
        '<span lang="zh-Hans"><mark>永泰</mark>生物</span> <small class="untranslated">in Chinese only</small>'
    )


def test_an_excerpt_stands_around_the_first_match_and_keeps_its_language():
    long = Text("word " * 100 + "plasmid " + "word " * 100, "en", "zh-hans")
    part = search.excerpt(long, "plasmid", 80)
    assert part.startswith("…word")
    assert part.endswith("word…")
    assert "plasmid" in part
    assert len(part) <= 82
    assert part.is_foreign
    short = Text("Short.", "en", "en")
    assert search.excerpt(short, "nothing") is short
    chinese = search.excerpt(Text("字" * 300 + "质粒" + "字" * 300, "zh-hans", "zh-hans"), "质粒", 60)
    assert "质粒" in chinese
