"""Every faulty cell is named by its place and its remedy; what Excel and people do to cells is understood."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from companies.models import Company, CompanyAlias
from companies.sheets import ACTIVITIES, COMPANIES, PRODUCTS
from etown import publishing
from etown.sheets.checking import Check
from etown.sheets.files import open_rows
from etown.sheets.outcomes import Rights
from facts.sheets import FIGURES
from news.sheets import NEWS
from tests import factories
from tests.sheets.files import Formula, csv_file, xlsx_file

pytestmark = pytest.mark.django_db
CODE = "91110302MA01ABCD2X"


def check(sheet, *rows, **options):
    rights = options.pop("rights", Rights())
    return Check(sheet, open_rows(xlsx_file(*rows, **options), 1), rights)


def outcomes(sheet, *rows, **options):
    made = check(sheet, *rows, **options)
    found = [outcome for stretch in made.stretches() for outcome in stretch]
    assert made.problems == []
    return found


def only(sheet, *rows, **options):
    [found] = outcomes(sheet, *rows, **options)
    return found


def faults(outcome) -> dict[str, str]:
    return {name: message["en"] for name, message in outcome.faults}


def problems(sheet, *rows) -> str:
    made = check(sheet, *rows)
    list(made.stretches())
    return " ".join(problem["en"] for problem in made.problems)


@pytest.fixture
def acme(db):
    return factories.company("Acme Cells", slug="acme", registration_code=CODE, role="startup", founded_year=2010)


# Headers.


@pytest.mark.parametrize("header", ["Role", "role", "企业类型", " ＲＯＬＥ ", "Role *"])
def test_a_header_is_known_in_either_language_and_by_its_plain_name(acme, header):
    assert only(COMPANIES, ["slug", header], ["acme", "Supplier"]).changes == {"role": ("startup", "supplier")}


def test_wrong_headers_are_told_with_the_nearest():
    assert "Column B: there is no “Rolle” here; do you mean “Role”?" in problems(
        COMPANIES, ["slug", "Rolle"], ["a", "b"]
    )
    assert "there is no “Quux Zork”" in problems(COMPANIES, ["slug", "Quux Zork"], ["a", "b"])
    assert "Columns A, C have the same header" in problems(COMPANIES, ["slug", "role", "Web address"], ["a"])
    assert "by which a row is found is missing: one of Web address, Registration code" in problems(
        COMPANIES, ["role"], [""]
    )
    assert "column “Company” is missing" in problems(ACTIVITIES, ["segment", "stage", "modality"], ["a"])
    assert "first row must hold the headers" in problems(COMPANIES, ["The list of 2024"], ["slug"])
    assert "no rows below" in problems(COMPANIES, ["slug"])


def test_cells_outside_the_table_and_rows_that_were_cut_off_are_told():
    assert "Cell C2 lies outside" in faults(only(COMPANIES, ["slug", "role"], ["acme", "supplier", "x"]))[""]
    made = Check(COMPANIES, open_rows(csv_file(["slug", "role"], ["acme"]), 1))
    assert "This row has 1 cells and the header 2" in faults(next(made.stretches())[0])[""]


# Cells.


@pytest.mark.parametrize("cell", ["Supplier", "supplier", "供应商", " ｓｕｐｐｌｉｅｒ　"])
def test_a_choice_is_known_by_its_label_in_either_language_and_by_its_code(acme, cell):
    assert only(COMPANIES, ["slug", "role"], ["acme", cell]).changes == {"role": ("startup", "supplier")}


def test_a_wrong_choice_is_told_with_those_there_are(acme):
    outcome = only(COMPANIES, ["slug", "role"], ["acme", "baker"])
    assert "Choose one of: Leading enterprise" in faults(outcome)["role"]
    assert "初创" in outcome.faults[0][1]["zh-hans"]


@pytest.mark.parametrize("cell", [2012, "2012", "２０１２", " 2012　", 2012.0])
def test_numbers_are_read_whatever_their_width(acme, cell):
    assert only(COMPANIES, ["slug", "founded_year"], ["acme", cell]).changes == {"founded_year": ("2010", "2012")}


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("soon", "not a number"),
        (2012.5, "not a whole number"),
        (99999, "less than or equal to 2100"),
        ("NaN", "not a number"),
    ],
)
def test_what_is_no_number_is_told(acme, cell, message):
    assert message in faults(only(COMPANIES, ["slug", "founded_year"], ["acme", cell]))["founded_year"]


def test_a_registration_code_finds_its_record_in_full_width_too(acme):
    wide = "".join(chr(ord(character) + 0xFEE0) for character in CODE.lower())
    outcome = only(COMPANIES, ["registration_code", "role"], [f" {wide}　", "supplier"])
    assert (outcome.record, outcome.changes) == (acme, {"role": ("startup", "supplier")})


@pytest.mark.parametrize("cell", [911103027776543210, "9.1110302777654E+17", "9.11E+17"])
def test_a_code_that_excel_has_mangled_is_told(acme, cell):
    assert (
        "Format the column as text"
        in faults(only(COMPANIES, ["slug", "registration_code"], ["acme", cell]))["registration_code"]
    )


def test_a_number_is_a_code_as_it_is_shown():
    factories.company("Plain", slug="2024")
    assert only(COMPANIES, ["slug", "role"], [2024.0, "supplier"]).kind == "changed"


@pytest.mark.parametrize(
    ("cell", "date"),
    [
        ("2024年5月3日", "2024-05-03"),
        ("2024/5/3", "2024-05-03"),
        ("2024.05.03", "2024-05-03"),
        ("２０２４－０５－０３", "2024-05-03"),
        ("20240503", "2024-05-03"),
        ("2024-05-03 00:00:00", "2024-05-03"),
        ("2024年5月", "2024-05"),
        ("2024/5", "2024-05"),
        (2024, "2024"),
        ("2024年", "2024"),
        (45415, "2024-05-03"),
        (datetime.date(2024, 5, 3), "2024-05-03"),
    ],
)
def test_a_date_is_read_in_every_form_that_people_and_programs_write(cell, date):
    figure = factories.figure(slug="made")
    outcome = only(
        FIGURES,
        ["slug", "as_of"],
        ["made", cell],
        formats={(1, 1): "yyyy/m/d"} if isinstance(cell, datetime.date) else {},
    )
    assert (outcome.record, outcome.changes) == (figure, {"as_of": ("2024-01-01", date)})


@pytest.mark.parametrize("cell", ["3/5/2024", "spring", "2024-13-01", "2024-02-30", "2999-01-01"])
def test_what_is_no_date_is_told(cell):
    factories.figure(slug="made")
    assert faults(only(FIGURES, ["slug", "as_of"], ["made", cell]))["as_of"]


def test_a_day_is_needed_where_the_model_needs_one():
    factories.article(slug="made")
    assert "names no day" in faults(only(NEWS, ["slug", "date"], ["made", "2024-05"]))["date"]


@pytest.mark.parametrize(
    ("cell", "is_headline"), [("yes", "true"), ("是", "true"), (True, "true"), ("TRUE", "true"), (1, "true")]
)
def test_yes_and_no_are_read_in_every_form(cell, is_headline):
    factories.figure(slug="made")
    assert only(FIGURES, ["slug", "is_headline"], ["made", cell]).changes == {"is_headline": ("false", is_headline)}


def test_a_value_is_exact_whatever_the_workbook_holds():
    factories.figure(Decimal("0.29"), slug="made")
    assert only(FIGURES, ["slug", "low"], ["made", 0.28999999999999998]).kind == "unchanged"
    assert only(FIGURES, ["slug", "low"], ["made", "1,234.50"]).changes == {"low": ("0.29", "1234.5")}
    assert "percentage" in faults(only(FIGURES, ["slug", "low"], ["made", 0.57], formats={(1, 1): "0%"}))["low"]


@pytest.mark.parametrize(
    ("cell", "message"),
    [(Formula("=1+1", 2), "holds a formula: copy it and paste it as a value"), ("x" * 32_768, "more than 32,767")],
)
def test_cells_that_hold_no_value_are_told(acme, cell, message):
    # No workbook can hold so long a text.
    made = csv_file if isinstance(cell, str) else xlsx_file
    found = Check(COMPANIES, open_rows(made(["slug", "name_en"], ["acme", cell]), 1))
    [outcome] = [outcome for stretch in found.stretches() for outcome in [*stretch]]
    assert message in faults(outcome)["name_en"]


def test_merged_cells_are_told(acme):
    found = outcomes(COMPANIES, ["slug", "role"], ["acme", "supplier"], merged="B2:B4")
    assert "B2:B4 are merged" in faults(found[-1])[""]


def test_a_script_in_a_name_is_a_name(acme):
    outcome = only(COMPANIES, ["slug", "name_en"], ["acme", "<script>alert(1)</script>"])
    assert outcome.kind == "changed"


# Records.


def test_an_unknown_reference_is_told_with_the_nearest():
    factories.activity(stage="pilot_production", segment="viral-vector")
    factories.product(slug="made")
    told = faults(only(PRODUCTS, ["slug", "chain"], ["made", "cgtt"]))
    assert told == {"chain": "There is no chain “cgtt”; do you mean “cgt”?"}


def test_a_record_is_found_by_registration_code_in_a_reference(acme):
    factories.product(slug="made")
    assert only(PRODUCTS, ["slug", "company"], ["made", CODE]).changes == {"company": ("", "acme")}


def test_several_references_stand_in_one_cell(acme):
    factories.company("Beta", slug="beta")
    factories.article(slug="made")
    assert only(NEWS, ["slug", "companies"], ["made", "beta；acme、"]).changes == {"companies": ("", "acme; beta")}


def test_keys_that_speak_of_two_records_are_told(acme):
    factories.company("Beta", slug="beta")
    outcome = only(COMPANIES, ["slug", "registration_code"], ["beta", CODE])
    assert "Another record has this already: Acme Cells" in faults(outcome)["registration_code"]


def test_the_same_record_twice_is_told(acme):
    [_first, second] = outcomes(COMPANIES, ["slug", "registration_code"], ["acme", ""], ["", CODE])
    assert "Row 2 is about the same record" in faults(second)["slug"]


def test_a_new_record_needs_an_address_and_is_offered_one():
    told = faults(only(COMPANIES, ["registration_code", "name_zh_hans", "role"], [CODE, "永泰生物", "supplier"]))
    assert "for instance “yong-tai-sheng-wu”" in told["registration_code"]


def test_the_rules_of_the_model_hold():
    told = faults(only(COMPANIES, ["slug", "role", "website"], ["feed", "", "nonsense"]))
    assert set(told) == {"role", "website"}
    told = faults(only(COMPANIES, ["slug", "role", "summary_en", "name_en"], ["a", "supplier", "s" * 601, "n" * 201]))
    assert told.keys() == {"summary_en", "name_en"}
    assert "has an address of its own" in faults(only(COMPANIES, ["slug", "role"], ["feed", "supplier"]))["slug"]
    factories.figure(20, slug="made")
    [(column, told)] = only(FIGURES, ["slug", "high"], ["made", 10]).faults
    assert (column, told["en"]) == ("", "The upper end must be larger than the value.")
    assert "上限" in told["zh-hans"]


def test_what_publishing_needs_is_told_and_a_source_in_the_table_counts():
    factories.source("press")
    head = ["slug", "name_en", "summary_en", "role", "status", "sources"]
    row = ["new", "New", "Makes.", "supplier", "published"]
    assert (
        "Add at least one entry before publishing: citations" in faults(only(COMPANIES, head, [*row, ""]))["sources"]
    )
    assert only(COMPANIES, head, [*row, "press"]).kind == "new"


# Persons.


def test_who_may_not_is_told(acme):
    rows = ["slug", "role", "status"], ["acme", "supplier", "published"], ["new", "supplier", "published"]
    [changed, new] = outcomes(COMPANIES, *rows, rights=Rights(may_publish=False))
    assert (changed.kind, changed.waits) == ("changed", True)
    assert "not publish or withdraw" in faults(new)["status"]
    [changed, new] = outcomes(COMPANIES, *rows, rights=Rights(may_add=False, may_change=False))
    assert "not change them" in faults(changed)[""]
    assert "not add any" in faults(new)[""]


def test_probable_duplicates_are_warned_of(acme):
    publishing.save(acme, CompanyAlias(owner=acme, name="ACME Holding").save)
    rows = (
        ["slug", "name_en", "role"],
        ["a", "ACME  cells", "supplier"],
        ["b", "Acme Holding", "supplier"],
        ["c", "acme-cells", "supplier"],
    )
    warnings = [" ".join(said["en"] for said in outcome.warnings) for outcome in outcomes(COMPANIES, *rows)]
    assert "“Acme Cells (acme)” has the same name" in warnings[0]
    assert "Row 2 has the same name" in warnings[2]


def test_a_later_change_is_warned_of(acme):
    Company.objects.update(updated_at=datetime.datetime(2024, 5, 3, 12, 0, tzinfo=datetime.UTC))
    head = ["slug", "role", "updated"]
    assert only(COMPANIES, head, ["acme", "supplier", "2024-05-03 19:00"]).warnings
    assert not only(COMPANIES, head, ["acme", "supplier", "2024-05-03 20:00"]).warnings


def test_an_activity_is_found_by_what_it_is():
    owner = factories.activity(segment="plasmid", stage="pilot_production").company
    source = factories.source().slug
    head = ["company", "segment", "stage", "modality", "source", "since"]
    found = outcomes(
        ACTIVITIES,
        head,
        [owner.slug, "plasmid", "pilot_production", "", source, "2020"],
        [owner.slug, "plasmid", "", "", source, "2021"],
        [owner.slug, "plasmid", "", "", source, "2022"],
    )
    assert [outcome.kind for outcome in found] == ["changed", "new", "faulty"]


def test_queries_do_not_grow_with_the_rows(acme):
    def queries(count: int) -> int:
        rows = [[f"row-{number}", f"Name {number}", "supplier"] for number in range(count)]
        with CaptureQueriesContext(connection) as found:
            outcomes(COMPANIES, ["slug", "name_en", "role"], *rows)
        return len(found)

    queries(1)
    assert queries(200) == queries(20) <= 4


def test_an_empty_cell_does_not_empty_what_must_be_there(acme):
    assert "status" in faults(only(COMPANIES, ["slug", "status", "role"], ["acme", "", "supplier"]))
