"""Search over a committed list of queries: how long, and whether all that should be found is."""

import time
from pathlib import Path
from statistics import median

from tests.bench import baselines, reference, site
from tests.bench.timing import ONCE, Line, Rounds, p95, seconds_of, spell

QUICK = 0.1
FILE = Path(__file__).parent / "queries.txt"


def queries() -> dict[str, str]:
    """The class of each query."""
    found, kind = {}, ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            kind = line.removeprefix("# ")
        elif line:
            found[line] = kind
    return found


def search(rounds: Rounds) -> list[Line]:
    """The first page and the exact total of every query: ours with nothing remembered, LIKE over the same columns."""
    kinds = queries()
    site.first_found("")
    ours: dict[str, float] = {}
    like: dict[str, float] = {}
    for query in kinds:
        ours[query], like[query] = _compare(query, rounds)
    fast, slow = p95([*ours.values()]), p95([*like.values()])
    times = Line(
        "search time",
        f"search, {len(kinds)} queries: p95 ÷ p95 of LIKE over the same columns",
        "≤ 1/100",
        fast / slow,
        0.01,
        detail=f"{spell(fast)} ÷ {spell(slow)}; p50 {spell(median(ours.values()))} ÷ {spell(median(like.values()))}",
        notes=[_by_kind(kinds, ours, like)],
    )
    return [times, *_found(list(kinds))]


def _compare(query: str, rounds: Rounds) -> tuple[float, float]:
    def cold() -> float:
        site.forget_answers()
        return seconds_of(lambda: site.first_found(f"q={query}"))

    ours, like, begun = [], [], time.perf_counter()
    budget = rounds if rounds == ONCE else Rounds(least=1, seconds=0.3, most=9)
    while budget.go_on(len(like), begun):
        ours.append(cold())
        # What is quick needs more samples, and they cost little.
        if rounds != ONCE and ours[-1] < QUICK:
            ours += [cold(), cold()]
        like.append(seconds_of(lambda: baselines.like_page(query)))
    return median(ours), median(like)


def _by_kind(kinds: dict[str, str], ours: dict[str, float], like: dict[str, float]) -> str:
    parts = []
    for kind in dict.fromkeys(kinds.values()):
        of_kind = [query for query in kinds if kinds[query] == kind]
        fast, slow = p95([ours[query] for query in of_kind]), p95([like[query] for query in of_kind])
        parts.append(f"{kind} {spell(fast)} ÷ {spell(slow)}")
    return f"Search, p95 by class: {'; '.join(parts)}."


def _found(asked: list[str]) -> list[Line]:
    truth = reference.expected(asked)
    recalls, precisions, wrong = [], [], []
    for query in asked:
        found, wanted = site.all_found(f"q={query}"), truth[query]
        right = len(found & wanted)
        recalls.append(right / len(wanted) if wanted else 1.0)
        precisions.append(right / len(found) if found else 1.0)
        if found != wanted:
            wrong.append(f"{query} ({len(wanted - found)} missing, {len(found - wanted)} too many of {len(wanted)})")
    notes = [f"Not found as the reference finds it: {'; '.join(wrong)}."] if wrong else []
    detail = f"{sum(map(bool, truth.values()))} of {len(asked)} queries find something"
    return [
        Line("search recall", "… recall against a naive reference, worst query", "1.0", min(recalls), least=1.0),
        Line(
            "search precision",
            "… precision, worst query",
            "≥ 0.98",
            min(precisions),
            least=0.98,
            detail=detail,
            notes=notes,
        ),
    ]
