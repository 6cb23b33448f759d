"""The one form in which a formatted text is stored, made of whatever tree there is; Word's lists become lists."""

import re
from collections.abc import Callable, Iterable, Iterator

from etown.markup.allowed import INLINE, OTHER_INLINE, address, picture_address
from etown.markup.tree import Node
from etown.markup.words import MARGIN, WRITTEN_SPACES, escaped, quoted, squeezed

Child = Node | str
# Its level, whether it is numbered, and its blocks.
WordItem = tuple[int, bool, list[str]]

HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}
SAME = {"b": "strong", "i": "em"}
BREAK = "<br>\n"
BREAKS = re.compile(r"(?:\s|&nbsp;)*<br>(?:\s|&nbsp;)*")
# Word ends and begins an element in the middle of a word.
SEAMS = re.compile(r"</(strong|em|sub|sup)>(\s*)<\1>")
LONGEST_ALTERNATIVE = 500

WORD_LIST = re.compile(r"mso-list:l\d+level(\d+)")
NUMBER = r"\(?(?:\d+|[a-z]|[ivx]+|[一二三四五六七八九十]+)[.)、．）]"
MARKER = re.compile(rf"\s*(?:[·•●○◦▪■□§o\uf000-\uf0ff]|({NUMBER}))[\s\u00a0]+")


def written(root: Node) -> str:
    return "\n".join(_flow(root.children))


def _flow(children: Iterable[Child], *, in_cell: bool = False) -> list[str]:
    """Blocks; loose text between them becomes paragraphs."""
    blocks: list[str] = []
    loose: list[Child] = []
    items: list[WordItem] = []

    def close_text() -> None:
        blocks.extend(f"<p>{text}</p>" for text in _split(_inline(loose)))
        loose.clear()

    def close_list() -> None:
        if items:
            blocks.append(_nested(items))
            items.clear()

    for child in children:
        if isinstance(child, str) or _is_inline(child):
            if isinstance(child, str) and not child.strip(MARGIN) and not loose:
                continue
            close_list()
            loose.append(child)
            continue
        close_text()
        if level := _word_level(child):
            is_numbered, inner = _word_item(child)
            if inner:
                items.append((level, is_numbered, inner))
            continue
        close_list()
        blocks += _block(child, in_cell)
    close_text()
    close_list()
    return blocks


def _is_inline(node: Node) -> bool:
    return node.tag == "br" or (node.tag in INLINE | OTHER_INLINE and not _holds_blocks(node))


def _holds_blocks(node: Node) -> bool:
    return any(isinstance(child, Node) and not _is_inline(child) for child in node.children)


def _block(node: Node, in_cell: bool) -> list[str]:
    tag = node.tag
    if tag == "img":
        return _picture(node)
    if tag == "hr":
        return [] if in_cell else ["<hr>"]
    if tag in HEADINGS:
        text = _one_line(node)
        kind = "p" if in_cell else HEADINGS[tag]
        return ([f"<{kind}>{text}</{kind}>"] if text else []) + _pictures_in(node)
    if tag in {"ul", "ol"}:
        return _list(node, in_cell)
    if tag == "table" and not in_cell:
        return _table(node)
    inner = _flow(node.children, in_cell=in_cell)
    if tag == "blockquote" and inner and not in_cell:
        return ["<blockquote>", *inner, "</blockquote>"]
    return inner


def _picture(node: Node) -> list[str]:
    source = picture_address(node.attributes.get("src", ""))
    alternative = squeezed(node.attributes.get("alt", "")).strip(MARGIN)[:LONGEST_ALTERNATIVE].strip(MARGIN)
    if not source or not alternative:
        return []
    return [f'<p><img src="{quoted(source)}" alt="{quoted(alternative)}"></p>']


def _pictures_in(node: Node) -> list[str]:
    return [block for picture in node.find({"img"}) for block in _picture(picture)]


def _inline(children: Iterable[Child]) -> str:
    text = "".join(_inline_one(child) for child in children)
    while (joined := SEAMS.sub(r"\2", text)) != text:
        text = joined
    return BREAKS.sub(BREAK, WRITTEN_SPACES.sub(" ", text)).strip(MARGIN)


def _inline_one(child: Child) -> str:
    if isinstance(child, str):
        return escaped(squeezed(child))
    if child.tag == "br":
        return "<br>"
    text = "".join(_inline_one(inner) for inner in child.children)
    if not text.replace("<br>", "").replace("&nbsp;", "").strip(MARGIN):
        return text
    for tag in _marks(child):
        text = f"<{tag}>{re.sub(f'</?{tag}>', '', text)}</{tag}>"
    if child.tag == "a" and (target := address(child.attributes.get("href", ""))):
        return f'<a href="{quoted(target)}">{re.sub("</?a[^>]*>", "", text)}</a>'
    return text


def _marks(node: Node) -> Iterator[str]:
    """What an element, or what the style of Word and of other editors, says of its text."""
    style = node.style
    tag = SAME.get(node.tag, node.tag)
    if (tag == "strong" and ";font-weight:normal" not in style) or re.search(r";font-weight:(?:bold|[6-9]00)", style):
        yield "strong"
    if (tag == "em" and ";font-style:normal" not in style) or ";font-style:italic" in style:
        yield "em"
    if tag == "sub" or ";vertical-align:sub" in style:
        yield "sub"
    elif tag == "sup" or ";vertical-align:super" in style:
        yield "sup"


def _split(text: str) -> list[str]:
    """At two line breaks in a row, by which people part paragraphs."""
    return [part for found in re.split(r"(?:<br>\s*){2,}", text) if (part := _trimmed(found))]


def _trimmed(text: str) -> str:
    text = re.sub(r"\A(?:<br>|\s|&nbsp;|\u3000)+|(?:<br>|\s|&nbsp;|\u3000)+\Z", "", text)
    return text if re.sub(r"<[^>]*>|&nbsp;|\s|\u3000", "", text) else ""


def _one_line(node: Node) -> str:
    """A heading or a caption: its marks and links, without breaks."""
    return _trimmed(" ".join(BREAKS.sub(" ", _inline(_flat(node.children))).split(" ")))


def _flat(children: Iterable[Child]) -> list[Child]:
    """What stands in blocks within, as if it stood in a row."""
    found: list[Child] = []
    for child in children:
        if isinstance(child, str) or _is_inline(child):
            found.append(child)
        elif child.tag != "img":
            found += [" ", *_flat(child.children), " "]
    return found


def _list(node: Node, in_cell: bool) -> list[str]:
    items: list[list[str]] = []
    for child in node.children:
        if isinstance(child, Node) and child.tag == "li":
            items.append(_flow(child.children, in_cell=in_cell))
        elif inner := _flow([child], in_cell=in_cell):
            # A list below a list, and not in one of its items, belongs to the item before.
            items[-1:] = [[*items[-1], *inner]] if items else [inner]
    start = node.attributes.get("start", "") if node.tag == "ol" else ""
    number = f' start="{start}"' if re.fullmatch(r"[2-9]|[1-9]\d{1,3}", start) else ""
    filled = [_item(blocks) for blocks in items if blocks]
    return [f"<{node.tag}{number}>", *filled, f"</{node.tag}>"] if filled else []


def _item(blocks: list[str]) -> str:
    return _unwrapped("li", "", blocks, lambda rest: all(not block.startswith("<p") for block in rest))


def _unwrapped(tag: str, attributes: str, blocks: list[str], is_tight: Callable[[list[str]], bool]) -> str:
    """A first paragraph stands without its own element where nothing must be told from it."""
    if blocks and blocks[0].startswith("<p>") and not blocks[0].startswith("<p><img") and is_tight(blocks[1:]):
        blocks = [blocks[0].removeprefix("<p>").removesuffix("</p>"), *blocks[1:]]
    return f"<{tag}{attributes}>{'\n'.join(blocks)}</{tag}>"


def _table(node: Node) -> list[str]:
    # The editor knows no caption, and would make a row of it.
    captions = [f"<p>{text}</p>" for caption in node.find({"caption"}) if (text := _one_line(caption))]
    rows = [row for row in map(_row, node.find({"tr"})) if row]
    if not any(text for row in rows for _cell, text in row):
        return captions
    heads = 0
    while heads < len(rows) and all(cell.tag == "th" for cell, _text in rows[heads]):
        heads += 1
    heads = heads if heads < len(rows) else 0
    lines = [*captions, "<table>"]
    if heads:
        lines += ["<thead>", *(_written_row(row, "col") for row in rows[:heads]), "</thead>"]
    return [*lines, "<tbody>", *(_written_row(row, "row") for row in rows[heads:]), "</tbody>", "</table>"]


def _row(row: Node) -> list[tuple[Node, list[str]]]:
    return [(cell, _flow(cell.children, in_cell=True)) for cell in row.find({"th", "td"})]


def _written_row(row: list[tuple[Node, list[str]]], scope: str) -> str:
    cells = []
    for cell, blocks in row:
        attributes = f' scope="{scope}"' if cell.tag == "th" else ""
        for name in ("colspan", "rowspan"):
            count = cell.attributes.get(name, "")
            attributes += f' {name}="{count}"' if re.fullmatch(r"[2-9]|[1-9]\d", count) else ""
        cells.append(_unwrapped(cell.tag, attributes, blocks, lambda rest: not rest))
    return "\n".join(["<tr>", *cells, "</tr>"])


def _word_level(node: Node) -> int:
    """How deep the item is that Word makes of this paragraph; 0 if it makes none."""
    found = WORD_LIST.search(node.style) if node.tag in {"p", "div"} else None
    return int(found[1]) if found else 0


def _word_item(node: Node) -> tuple[bool, list[str]]:
    """Whether it is numbered, and its blocks without the sign that Word drew before them."""
    signs: list[str] = []

    def without_sign(inner: Node) -> Node:
        kept: list[Child] = []
        for child in inner.children:
            if isinstance(child, Node) and "mso-list:ignore" in child.style:
                signs.append(child.text)
            else:
                kept.append(without_sign(child) if isinstance(child, Node) else child)
        return Node(inner.tag, inner.attributes, kept)

    blocks = _flow(without_sign(node).children)
    if not signs and blocks and (found := MARKER.match(node.text)):
        drawn = f"<p>{escaped(squeezed(found[0]).strip(MARGIN))}"
        if blocks[0].startswith(drawn) and (rest := _trimmed(blocks[0].removeprefix(drawn).removesuffix("</p>"))):
            signs, blocks = [found[0]], [f"<p>{rest}</p>", *blocks[1:]]
    found = MARKER.match(f"{''.join(signs[:1])} ")
    return bool(found and found[1]), blocks


def _nested(items: list[WordItem]) -> str:
    """Lists in lists, by Word's levels."""
    level, is_numbered, _blocks = items[0]
    tag = "ol" if is_numbered else "ul"
    lines, place = [f"<{tag}>"], 0
    while place < len(items):
        end = place + 1
        while end < len(items) and items[end][0] > level:
            end += 1
        inner = [_nested(items[place + 1 : end])] if end > place + 1 else []
        lines.append(_item([*items[place][2], *inner]))
        place = end
    return "\n".join([*lines, f"</{tag}>"])
