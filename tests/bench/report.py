"""The results as a table of Markdown, and its place in the documents."""

import re
from typing import Any

from tests.bench.databases import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- make bench writes from here -->", "<!-- to here -->"
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
Results = dict[str, list[dict[str, Any]]]


def table(results: Results, commands: dict[str, str]) -> str:
    """A row for each line; `results` holds the lines of each engine that was measured."""
    head = ["what", "reach", *NAMES.values(), "", "command"]
    rows = [head, ["---"] * len(head)]
    by_key = {engine: {line["key"]: line for line in found} for engine, found in results.items()}
    for key in dict.fromkeys(key for found in by_key.values() for key in found):
        lines = {engine: found.get(key) for engine, found in by_key.items()}
        first = next(line for line in lines.values() if line)
        cells = [_cell(lines.get(engine)) for engine in NAMES]
        rows.append([first["what"], first["target"], *cells, _verdict(lines), f"`{commands.get(key.split()[0], '')}`"])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def notes(results: Results) -> str:
    found = [
        f"- {NAMES[engine]}: {note}" for engine, lines in results.items() for line in lines for note in line["notes"]
    ]
    return "\n".join(found)


def write(text: str) -> None:
    before = DOCUMENT.read_text(encoding="utf-8")
    marked = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    DOCUMENT.write_text(marked.sub(lambda found: f"{BEGIN}\n\n{text}\n\n{END}", before), encoding="utf-8")


def _cell(line: dict[str, Any] | None) -> str:
    if line is None:
        return "not measured"
    detail = f" ({line['detail']})" if line["detail"] else ""
    return f"**{_number(line)}**{detail}"


def _number(line: dict[str, Any]) -> str:
    value = line["value"]
    if "%" in line["target"]:
        return f"{value:.2%}"
    if line["target"].startswith("≤ 1/"):
        return f"1/{1 / value:.0f}" if value < 1 else f"{value:.1f}"
    if float(value).is_integer():
        return str(int(value))
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def _verdict(lines: dict[str, dict[str, Any] | None]) -> str:
    judged = {engine: line["is_met"] for engine, line in lines.items() if line and line["is_met"] is not None}
    if not judged:
        return ""
    missed = [NAMES[engine] for engine, is_met in judged.items() if not is_met]
    if not missed:
        return "met"
    return "missed" if len(missed) == len(judged) else f"missed on {missed[0]}"
