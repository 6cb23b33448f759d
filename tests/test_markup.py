"""Formatted text by itself: what counts as such, what is kept, and that keeping it again changes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etown.markup import Html, as_typed, cleaned, is_formatted, paragraphs, plain
from tests.hostile import CORPUS, OWN, harm
from tests.word import WORD, WORD_CLEAN, WPS, WPS_CLEAN

BLOCKS = "p h1 h3 ul li div table tr blockquote caption th b i sup span o:p".split(" ")  # noqa: SIM905
TAGS = (
    [f"<{tag}>" for tag in BLOCKS]
    + [f"</{tag}>" for tag in [*BLOCKS, "ol", "td", "a"]]
    + ["<br>", "<hr>", "<!--", "-->"]
)
TAGS += ["<ol start=3>", "<td colspan=2>", "<a href=/x>", "<a href=//y>", f"<img src={OWN} alt='a \"b\"'>"]
TAGS += ["<span style='font-weight:bold'>", "<p style='mso-list:l0 level1'>", "<p style='mso-list:l0 level2'>"]
WORDS = ["x", " ", "\n", "\n\n", "北京", "\u3000", "a < b", "&amp;amp;", "·", "1. ", "\u00a0", "&nbsp;", "&lt;"]
PIECES = st.sampled_from(TAGS + WORDS)
TEXTS = st.one_of(st.lists(PIECES, max_size=30).map("".join), st.text(max_size=80))


@given(TEXTS)
def test_cleaning_again_changes_nothing(text):
    once = cleaned(text)
    assert cleaned(once) == once
    assert cleaned(str(once)) == once


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=80))
def test_no_sign_of_a_plain_text_is_lost(text):
    def letters(of):
        return "".join(sign for sign in of if sign.isprintable() and not sign.isspace())

    assert letters(plain(paragraphs(text))) == letters(text)


@given(st.text(alphabet="ab<>&\"' \n北", max_size=40))
def test_a_plain_text_can_be_had_back_as_it_was_typed(text):
    stored = paragraphs(text)
    assert paragraphs(as_typed(stored)) == stored
    assert as_typed(paragraphs(as_typed(stored))) == as_typed(stored)


@pytest.mark.parametrize(
    "text",
    [
        "p < 0.05 and n > 5",
        "x<a and y>b",
        "<LOD",
        "CD4<CD8",
        "a <- b -> c",
        "1 &lt; 2",
        "<script>",
        "<p>",
        "</unknown>",
    ],
)
def test_a_text_without_a_closing_tag_is_plain_and_shown_as_typed(text):
    assert not is_formatted(text)
    assert plain(cleaned(text)) == text


@pytest.mark.parametrize(
    "text", ["x</p>", "<b>x</b>", "a<br>b", "a<BR/>b", "<hr>", "<img src=x>", "x</o:p>", "</script>"]
)
def test_a_closing_tag_or_a_whole_empty_element_makes_a_text_formatted(text):
    assert is_formatted(text)


@pytest.mark.parametrize("text", CORPUS)
def test_nothing_harmful_is_kept(text):
    assert harm(cleaned(text)) == []


@pytest.mark.parametrize(("pasted", "expected"), [(WORD, WORD_CLEAN), (WPS, WPS_CLEAN)], ids=["Word", "WPS"])
def test_what_word_processors_paste_comes_out_clean(pasted, expected):
    assert cleaned(pasted) == expected


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("<h1>A</h1><h6>B</h6>", "<h2>A</h2>\n<h4>B</h4>"),
        ("<div>a<div>b</div></div>", "<p>a</p>\n<p>b</p>"),
        ("a<br><br><br>b<br>c</p>", "<p>a</p>\n<p>b<br>\nc</p>"),
        ("<p>北京\n经开区\nE-Town</p>", "<p>北京经开区 E-Town</p>"),
        ("<p> \u3000&nbsp;</p><p></p>", ""),
        ("<ul><li>a<ul><li>b</ul></ul>", "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul></li>\n</ul>"),
        (
            "<table><caption>c</caption><tr><td>a</table>",
            "<p>c</p>\n<table>\n<tbody>\n<tr>\n<td>a</td>\n</tr>\n</tbody>\n</table>",
        ),
        ("<b>a</b><b> b</b>", "<p><strong>a b</strong></p>"),
        ("<a href='www.example.org'>a</a>", "<p>a</p>"),
        ("<a href='mailto:a@example.org'>a</a>", '<p><a href="mailto:a@example.org">a</a></p>'),
        ("<a href='/en/news/?q=a b'>a</a>", '<p><a href="/en/news/?q=a%20b">a</a></p>'),
        (f"<img src='https://x.example{OWN}' alt='a'>", f'<p><img src="{OWN}" alt="a"></p>'),
        (f"<h2>a <img src='{OWN}' alt='b'></h2>", f'<h2>a</h2>\n<p><img src="{OWN}" alt="b"></p>'),
    ],
)
def test_one_form_is_stored_for_what_means_the_same(text, stored):
    assert cleaned(text) == stored


def test_a_text_says_the_same_without_its_tags():
    text = (
        "<h2>Head &amp; tail</h2><p>a <b>b</b><br>c</p><ul><li>d<li>e</ul><table><tr><th>x<th>y<tr><td>1<td>2</table>"
    )
    assert plain(cleaned(text)) == "Head & tail\n\na b\nc\n\n• d\n• e\n\nx\ty\n1\t2"
    assert plain("<b>only a name</b>") == "<b>only a name</b>"


@pytest.mark.parametrize("deep", ["<div>" * 200_000, "<font><p>" * 50_000, "<b>" * 200 + "x" + "</b>" * 200])
def test_what_is_too_deep_to_be_read_is_kept_as_it_was_typed(deep):
    assert plain(cleaned(f"{deep}</div>")).startswith(deep[:20])
    assert isinstance(cleaned(deep), Html)
