"""What each figure is compared with: the database's own JSON, one GROUP BY for each facet, LIKE over all columns."""

import csv
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from companies.models import Company
from tests.bench.documents_sql import document_sql

# The columns that `q` looks into, for a LIKE over each.
SEARCHED = [
    "name_en",
    "name_zh_hans",
    "aliases__name",
    "registration_code",
    "activities__segment__name_en",
    "activities__segment__name_zh_hans",
    "activities__modality__name_en",
    "activities__modality__name_zh_hans",
    "summary_en",
    "summary_zh_hans",
    "description_en",
    "description_zh_hans",
    "address_en",
    "address_zh_hans",
]
OWN_COLUMNS = [
    "uid",
    "slug",
    "name_en",
    "name_zh_hans",
    "role",
    "presence",
    "registration_code",
    "founded_year",
    "website",
    "address_en",
    "address_zh_hans",
    "summary_en",
    "summary_zh_hans",
    "description_en",
    "description_zh_hans",
    "published_at",
    "updated_at",
]
# One GROUP BY each: published companies by value, those without any as NULL; `{where}` holds the other filters.
FACETS = {
    "segment": """
        SELECT s.slug, COUNT(DISTINCT c.id) FROM companies_company c
        LEFT JOIN companies_activity a ON a.company_id = c.id
        LEFT JOIN companies_segment s ON s.id = a.segment_id
        WHERE c.status = 'published'{where} GROUP BY s.slug""",
    "stage": """
        SELECT s.slug, COUNT(DISTINCT c.id) FROM companies_company c
        LEFT JOIN companies_activity a ON a.company_id = c.id AND a.stage_id IS NOT NULL
        LEFT JOIN companies_stage s ON s.id = a.stage_id
        WHERE c.status = 'published'{where} GROUP BY s.slug""",
    "modality": """
        SELECT p.slug, COUNT(DISTINCT c.id) FROM companies_company c
        LEFT JOIN companies_activity a ON a.company_id = c.id AND a.modality_id IS NOT NULL
        LEFT JOIN companies_modality m ON m.id = a.modality_id
        LEFT JOIN companies_modality p ON p.id = m.id OR p.id = m.parent_id
        WHERE c.status = 'published'{where} GROUP BY p.slug""",
    "role": "SELECT c.role, COUNT(*) FROM companies_company c WHERE c.status = 'published'{where} GROUP BY c.role",
    "presence": """
        SELECT c.presence, COUNT(*) FROM companies_company c
        WHERE c.status = 'published'{where} GROUP BY c.presence""",
}
CONDITIONS = {
    "role": " AND c.role = '{value}'",
    "presence": " AND c.presence = '{value}'",
    "stage": """ AND c.id IN (SELECT a.company_id FROM companies_activity a
        JOIN companies_stage s ON s.id = a.stage_id WHERE s.slug = '{value}')""",
}


def cursor() -> Any:
    """The driver's own, without Django around it."""
    connection.ensure_connection()
    return connection.connection.cursor()


def rows_of(sql: str) -> list[tuple]:
    found = cursor()
    found.execute(sql)
    return found.fetchall()


def api_list(number: int) -> str:
    """The records of an API list as one JSON text, built in the database."""
    aggregate = "json_group_array(json(document))" if connection.vendor == "sqlite" else "json_agg(document)::text"
    return rows_of(f"SELECT {aggregate} FROM ({document_sql(connection.vendor)} LIMIT {number}) records")[0][0]


def json_lines() -> Iterator[str]:
    """Every record as the database's own JSON."""
    text = "" if connection.vendor == "sqlite" else "::text"
    for (document,) in _streamed(f"SELECT document{text} FROM ({document_sql(connection.vendor)}) records"):
        yield f"{document}\n"


def csv_lines() -> Iterator[str]:
    """The companies' own columns, from the cursor into the csv module."""

    class Echo:
        def write(self, line: str) -> str:
            return line

    writer = csv.writer(Echo())
    columns = ", ".join(OWN_COLUMNS)
    yield writer.writerow(OWN_COLUMNS)
    sql = f"SELECT {columns} FROM companies_company WHERE status = 'published' ORDER BY sort_en, id"
    for row in _streamed(sql):
        yield writer.writerow(row)


def _streamed(sql: str) -> Iterator[tuple]:
    if connection.vendor == "sqlite":
        yield from cursor().execute(sql)
        return
    connection.ensure_connection()
    with connection.connection.transaction(), connection.connection.cursor(name="bench") as found:
        found.itersize = 2000
        yield from found.execute(sql)


def group_by(chosen: dict[str, str]) -> dict[str, dict[str | None, int]]:
    """The count of every value of every facet, its own choice left aside."""
    return {name: dict(rows_of(sql.format(where=_others(name, chosen)))) for name, sql in FACETS.items()}


def _others(name: str, chosen: dict[str, str]) -> str:
    return "".join(CONDITIONS[other].format(value=value) for other, value in chosen.items() if other != name)


def like(text: str) -> QuerySet:
    """The companies in which every word occurs in one of the columns, as `q` found them with LIKE."""
    rows = Company.objects.published().order_by("sort_en", "pk")
    for word in dict.fromkeys(text.split()):
        anywhere = Q()
        for column in SEARCHED:
            hit = Q(**{f"{column}__icontains": word})
            anywhere |= Q(pk__in=Company.objects.filter(hit).values("pk")) if "__" in column else hit
        rows = rows.filter(anywhere)
    return rows


def like_page(text: str, number: int = 25) -> tuple[list[int], int]:
    found = like(text)
    return list(found.values_list("pk", flat=True)[:number]), found.count()
