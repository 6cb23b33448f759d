"""A small tree of what nh3 has parsed: elements, their attributes, and what stands in them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Union

VOID = {"br", "hr", "img"}


@dataclass
class Node:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Union["Node", str]] = field(default_factory=list)

    @property
    def style(self) -> str:
        """In small letters, without spaces, with a semicolon before each word."""
        return ";" + "".join(self.attributes.get("style", "").lower().split())

    def find(self, tags: set[str]) -> list["Node"]:
        """The elements of these kinds within this one, in order, none within another."""
        found: list[Node] = []
        for child in self.children:
            if isinstance(child, Node):
                found += [child] if child.tag in tags else child.find(tags)
        return found

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)


class _Builder(HTMLParser):
    """For well-formed markup only: every element but the void ones is closed, in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and len(self.open) > 1:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(html: str) -> Node:
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.open[0]
