"""A formatted text as a page shows it: pictures in the size that fits, tables that scroll by themselves."""

import re
from html import unescape

from django.template.loader import get_template
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from etown.bilingual import TAGS, FormattedText
from etown.markup import picture_keys
from etown.models import Picture

CHINESE = re.compile(r"(<[^>]*>)|[〇\u3400-\u9fff](?:[\u3000-\u9fff\uff00-\uffef]*[〇\u3400-\u9fff])?")
PICTURE = re.compile(r'<p><img src="/media/pictures/([0-9a-f]{20})\.webp" alt="([^"]*)"></p>')
OUTWARD = re.compile(r'<a href="(?=https?://)')
SIZES = "(min-width: 60rem) 44rem, 100vw"


def rendered(text: FormattedText) -> SafeString:
    html = OUTWARD.sub('<a rel="noopener external" href="', _with_pictures(text.html))
    region = f'<div class="scroll" role="region" aria-label="{escape(_("Table"))}" tabindex="0">'
    html = html.replace("<table>", f"{region}<table>").replace("</table>", "</table></div>")
    return text.marked_up(html if text.language == "zh-hans" else with_chinese_marked(html))


def with_chinese_marked(html: str) -> str:
    """Chinese words in a text of another language, for those who have it read aloud."""
    return CHINESE.sub(lambda found: found[1] or f'<span lang="{TAGS["zh-hans"]}">{found[0]}</span>', html)


def _with_pictures(html: str) -> str:
    """One query, and only where there are any."""
    if not (names := {f"pictures/{key}.webp": key for key in picture_keys(html)}):
        return html
    known = {names[str(picture.file)]: picture for picture in Picture.objects.filter(file__in=names)}
    template = get_template("components/picture.html")

    def drawn(found: re.Match) -> str:
        if (picture := known.get(found[1])) is None:
            return f"<p>{found[2]}</p>"
        return template.render({"picture": picture, "alternative": unescape(found[2]), "sizes": SIZES}).strip()

    return PICTURE.sub(drawn, html)
