"""Finding records by words: what is found, in which order, and that it follows every edit."""

import re
import time
from decimal import Decimal
from io import StringIO
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import QueryDict

from companies.filters import CompanyFilterSet
from companies.models import Company, CompanyAlias, Product, Segment
from etown import publishing, search
from etown.management.commands.serve import Command
from etown.records import Status
from etown.search import postings
from etown.search.models import Posting, SearchName, SearchText
from etown.search.tokens import Term
from etown.search.writing import is_incomplete, rebuild
from facts.models import Figure, Unit
from services.models import Claim, Service
from tests import factories, full, search_reference

pytestmark = pytest.mark.django_db

ROWS = {
    "yongtai": {
        "name": "Immunochina Pharmaceuticals",
        "name_zh_hans": "北京永泰生物制品有限公司",
        "summary_zh_hans": "专注于实体瘤的细胞免疫治疗，CAR-T疗法已进入临床。",
    },
    "celartics": {
        "name": "CelArtics BioPharma Co., Ltd.",
        "name_zh_hans": "昕传生物科技（北京）有限公司",
        "summary_en": "Develops stem cells, and exosomes for Alzheimer’s disease.",
        "summary_zh_hans": "干细胞与外泌体。\n治疗阿尔茨海默病。",
        "registration_code": "91110302MA01ABCD2E",
    },
    "café": {
        "name": "Café Göteborg Naïve",
        "summary_en": "Studies CT041, anti-CLDN18.2 and T-cells (Ⅲ phase, ﬁne).",
    },
    "sentence": {
        "name": "Opening",
        "name_zh_hans": "服务项目落户经济技术开发区的标准厂房今天正式开工",
        "summary_en": "Opens.",
    },
    "łódź": {
        "name": "Łódź Ærø Þór",
        "summary_en": "An der Straße nach Đà Nẵng; ırmak, Øresund, Œuvre, 12,500 Ħal, 1,2,3 and 5,0000.",
    },
    "lu": {"name": "Green Valley", "name_zh_hans": "绿谷制药", "summary_zh_hans": "中文，文字；𠮷野家。"},
}
ALIASES = {"yongtai": ["旧名生物", "EAL Holdings", "EAL 2015"]}

RECALL = [
    # Chinese of one, two, three, four and more characters, wherever they stand.
    ("永", {"yongtai"}),
    ("京", {"yongtai", "celartics"}),
    ("。", set()),
    ("永泰", {"yongtai"}),
    ("生物", {"yongtai", "celartics"}),
    ("细胞", {"yongtai", "celartics"}),
    ("干细胞", {"celartics"}),
    ("物科技", {"celartics"}),
    ("永泰生物", {"yongtai"}),
    ("北京永泰生物制品有限公司", {"yongtai"}),
    ("阿尔茨海默", {"celartics"}),
    ("永生", set()),
    ("泰永", set()),
    # A run does not lead over a comma or into another field.
    ("中文字", set()),
    ("中文，文字", {"lu"}),
    ("外泌体治疗", set()),
    ("𠮷", {"lu"}),
    ("𠮷野", {"lu"}),
    # Several words, in any order, in any field.
    ("永泰 CAR-T", {"yongtai"}),
    ("CAR-T 永泰", {"yongtai"}),
    ("永泰CAR-T", {"yongtai"}),
    ("CAR-T疗法", {"yongtai"}),
    ("永泰 干细胞", set()),
    ("北京 生物 celartics", {"celartics"}),
    # Beginnings of words; neither middles nor ends.
    ("c", {"yongtai", "celartics", "café"}),
    ("Q", set()),
    ("g", {"café", "lu"}),
    # A letter beside others is a word of its own.
    ("c 永泰", set()),
    ("t 永泰", {"yongtai"}),
    ("T细胞", {"yongtai"}),
    ("CAR C", set()),
    ("ce", {"celartics", "café"}),
    ("cel", {"celartics", "café"}),
    ("celartics", {"celartics"}),
    ("artics", set()),
    ("pharma", {"yongtai"}),
    ("bio", {"celartics"}),
    ("alzheimer's", {"celartics"}),
    ("alzheimers", {"celartics"}),
    # Compounds with and without what joins them.
    ("CT-041", {"café"}),
    ("CT041", {"café"}),
    ("CT 041", {"café"}),
    ("CAR T", {"yongtai"}),
    ("0041", set()),
    ("041", set()),
    ("car-t", {"yongtai"}),
    ("cart", {"yongtai"}),
    ("car.t", {"yongtai"}),
    ("CLDN18.2", {"café"}),
    ("cldn182", set()),
    ("anticldn182", {"café"}),
    ("t-cell", {"café"}),
    ("t-cells", {"café"}),
    ("tce", {"café"}),
    ("Cel Artics", {"celartics"}),
    ("anti cldn 18", {"café"}),
    ("EAL2015", {"yongtai"}),
    # Case, accents, width, ligatures.
    ("CELARTICS", {"celartics"}),
    ("cafe", {"café"}),
    ("GOTEBORG", {"café"}),
    ("naïve", {"café"}),
    ("ｃｅｌａｒ", {"celartics"}),
    ("ＣＡＲ－Ｔ", {"yongtai"}),
    ("fine", {"café"}),
    ("iii", {"café"}),
    # Letters that Unicode does not take apart.
    ("lodz", {"łódź"}),
    ("ŁÓDŹ", {"łódź"}),
    ("strasse", {"łódź"}),
    ("STRAẞE", {"łódź"}),
    ("aero thor", {"łódź"}),
    ("da nang", {"łódź"}),
    ("irmak oresund", {"łódź"}),
    ("oeuvre hal", {"łódź"}),
    # Thousands with and without what parts them.
    ("12500", {"łódź"}),
    ("12,500", {"łódź"}),
    ("１２，５００", {"łódź"}),
    ("123", set()),
    ("50000", set()),
    # Codes, other names, pinyin.
    ("91110302MA01ABCD2E", {"celartics"}),
    ("91110302ma", {"celartics"}),
    ("MA01", set()),
    ("旧名", {"yongtai"}),
    ("eal holdings", {"yongtai"}),
    ("yongtai", {"yongtai"}),
    ("yongtaishengwu", {"yongtai"}),
    ("yongta", {"yongtai"}),
    ("shengwu", {"yongtai", "celartics"}),
    ("yong tai", {"yongtai"}),
    ("Beijing Yongtai", {"yongtai"}),
    ("ongtai", set()),
    ("lvgu", {"lu"}),
    ("lugu", {"lu"}),
    ("lü", {"lu"}),
    # Pinyin is of names only, and in whole sentences found by their beginning.
    ("fuwu", {"sentence"}),
    ("wuxi", set()),
    ("xiangmu", {"sentence"}),
    ("biaozhun", set()),
    ("xibao", set()),
    # Nothing asked, or nothing that a text can hold.
    ("!!!", set()),
    ("- * .", set()),
    ("\u202e\u200f", set()),
    ("\u202e永泰", {"yongtai"}),
]


@pytest.fixture
def rows() -> dict[int, str]:
    """The rows above by their ids."""
    made = {}
    for key, values in ROWS.items():
        row = factories.company(**{"summary_en": ""} | values)
        made[row.pk] = key
        for name in ALIASES.get(key, []):
            publishing.save(row, CompanyAlias(owner=row, name=name).save)
    return made


@pytest.mark.parametrize(("query", "expected"), RECALL, ids=[query for query, _keys in RECALL])
def test_a_query_finds_these_rows_and_no_others(rows, query, expected):
    found = search.found_ids(Company, query)
    assert {rows[pk] for pk in found} == expected
    assert len(found) == len(set(found))
    assert search_reference.found_ids(Company, query) == set(found)
    filtered = CompanyFilterSet(QueryDict(urlencode({"q": query})), queryset=Company.objects.published()).qs
    assert set(filtered.values_list("pk", flat=True)) == set(found)
    assert search.counts(query)[Company] == len(found)


VALUES = [
    ("62.5%", {"share"}),
    ("62.5", {"share"}),
    ("625", {"share"}),
    ("5,000", {"firms"}),
    ("5000", {"firms"}),
    ("more than 5,000 firms", {"firms"}),
    ("超过5000家", {"firms"}),
    ("最多5000家", set()),
    ("141.39", {"money"}),
    ("141.39 billion yuan", {"money"}),
    ("1413.9亿元", {"money"}),
    ("1–2 months", {"before", "clearance"}),
    ("1-2 months", {"before", "clearance"}),
    ("1–2个月", {"before", "clearance"}),
    ("1 week", {"after", "clearance"}),
    ("1周", {"after", "clearance"}),
    ("1–2 months → 1 week", {"clearance"}),
    ("clearance weeks", set()),
]


@pytest.fixture
def told() -> dict[str, Figure | Service]:
    """Figures, and a service that is quoted with two of them."""
    percent = factories.unit("percent", plural_en="%", name_zh_hans="%", style=Unit.Style.SYMBOL)
    made = {
        "share": factories.figure(Decimal("62.5"), percent),
        "firms": factories.figure(5000, factories.unit("firm", name_zh_hans="家"), qualifier="more_than"),
        "money": factories.figure(141_390_000_000, factories.unit("yuan", plural_en="yuan", name_zh_hans="元")),
        "before": factories.figure(1, factories.unit("month", name_zh_hans="个月"), high=2),
        "after": factories.figure(1, factories.unit("week", name_zh_hans="周")),
        "clearance": factories.service("Clearance"),
    }
    claim = Claim(service=made["clearance"], before=made["before"], after=made["after"])
    publishing.save(made["clearance"], claim.save)
    return made


def found_among(records: dict, query: str) -> set[str]:
    """Which of these the search finds, of their kinds."""
    found = {(model, key) for model in (Figure, Service) for key in search.found_ids(model, query)}
    assert found == {(model, key) for model in (Figure, Service) for key in search_reference.found_ids(model, query)}
    return {name for name, record in records.items() if (type(record), record.pk) in found}


@pytest.mark.parametrize(("query", "expected"), VALUES, ids=[query for query, _keys in VALUES])
def test_figures_are_found_by_what_they_show_and_services_by_their_quoted_claims(client, told, query, expected):
    assert found_among(told, query) == expected
    listed = [client.get(f"/api/v1/{kind}/", {"q": query}).json()["results"] for kind in ("figures", "services")]
    slugs = {record["slug"] for records in listed for record in records}
    assert slugs == {told[name].slug for name in expected}


def test_a_value_that_changes_is_found_as_it_is_now(told):
    assert found_among(told, "3 weeks") == set()
    told["after"].low = 3
    publishing.save(told["after"])
    assert found_among(told, "3 weeks") == {"after", "clearance"}
    row = told["after"].unit
    row.plural_en, row.name_zh_hans = "fortnights", "个双周"
    publishing.save(row)
    assert found_among(told, "weeks") == set()
    assert found_among(told, "fortnights") == found_among(told, "个双周") == {"after", "clearance"}


def test_a_claim_is_found_while_both_its_figures_are_public(told):
    publishing.set_status(told["before"], Status.DRAFT)
    assert found_among(told, "months") == set()
    # The page of the service shows nothing of half a claim.
    assert found_among(told, "1 week") == {"after"}
    publishing.set_status(told["before"], Status.PUBLISHED)
    assert found_among(told, "1 week") == {"after", "clearance"}
    told["clearance"].claims.get().delete()
    publishing.save(told["clearance"])
    assert found_among(told, "1 week") == {"after"}


def test_values_survive_a_rebuild_and_a_start_after_an_upgrade_reads_them(told):
    expected = contents()
    rebuild()
    assert contents() == expected
    # As an earlier release left them: by another rule.
    SearchText.objects.update(rule="2")
    assert is_incomplete()
    Command(stdout=StringIO()).complete_stores()
    assert not is_incomplete()


def test_the_whole_name_comes_before_its_beginning_and_names_before_texts():
    text = factories.company("Other", summary_en="Supplies Plasmid Works.")
    beginning = factories.company("Plasmid Works Beijing")
    within = factories.company("Beijing Plasmid Works")
    whole = factories.company("Elsewhere")
    publishing.save(whole, CompanyAlias(owner=whole, name="PLASMID-WORKS").save)
    assert search.ranked_ids(Company, "plasmid works") == [[whole.pk], [beginning.pk], [within.pk]]
    assert set(search.found_ids(Company, "plasmid works")) == {text.pk, beginning.pk, within.pk, whole.pk}


def test_an_edit_is_found_at_once_and_what_it_replaced_no_longer():
    row = factories.company("Oldname", summary_en="Oldtext here.")
    row.name_en, row.summary_en = "Newname", "Newtext here."
    publishing.save(row)
    assert [search.found_ids(Company, word) for word in ("oldname", "oldtext")] == [[], []]
    assert [search.found_ids(Company, word) for word in ("newname", "newtext")] == [[row.pk], [row.pk]]


def test_an_edit_that_is_refused_changes_nothing():
    row = factories.company("Steady")
    row.name_en = "Fleeting"

    def fail():
        row.save()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        publishing.save(row, fail)
    assert search.found_ids(Company, "fleeting") == []
    assert search.found_ids(Company, "steady") == [row.pk]


@pytest.mark.parametrize("status", [status for status in Status if status != Status.PUBLISHED])
def test_what_is_withdrawn_is_forgotten_and_comes_back(status):
    row = factories.company("Xyzzy")
    publishing.set_status(row, status)
    assert search.found_ids(Company, "xyzzy") == []
    assert not SearchName.objects.filter(name="Xyzzy").exists()
    publishing.set_status(row, Status.PUBLISHED)
    assert search.found_ids(Company, "xyzzy") == [row.pk]


def test_what_is_deleted_is_forgotten():
    row = factories.company("Xyzzy")
    publishing.delete(row)
    assert not SearchText.objects.exists()
    assert search.counts("xyzzy")[Company] == 0


def test_a_renamed_segment_is_found_by_its_new_name_through_its_companies():
    row = factories.activity(segment="plasmid").company
    segment = Segment.objects.get(slug="plasmid")
    segment.name_en, segment.name_zh_hans = "Vectors", "质粒"
    publishing.save(segment)
    assert search.found_ids(Company, "vectors") == search.found_ids(Company, "质粒") == [row.pk]
    assert search.found_ids(Company, "plasmid") == []


def test_a_company_is_found_by_its_address_in_both_languages(client):
    row = factories.company(
        "Pharmaron",
        address_en="22 Tongji South Road, Beijing E-Town",
        address_zh_hans="北京经济技术开发区同济南路22号",
    )
    factories.company("Pharmarest")
    for query in ("Pharmaron Beijing", "tongji road", "同济南路", "pharmaron 北京"):
        assert search.found_ids(Company, query) == [row.pk], query
    assert "22 <mark>Tongji</mark> South Road" in client.get("/en/search/?q=tongji").text
    row.address_en = row.address_zh_hans = ""
    publishing.save(row, row.save)
    assert search.found_ids(Company, "tongji") == []


def test_a_product_is_found_by_its_company_while_that_is_public():
    company = factories.company("Makerly")
    product = factories.product("Cureall", company=company)
    assert search.found_ids(Product, "makerly") == [product.pk]
    company.name_en = "Renamedly"
    publishing.save(company)
    assert [search.found_ids(Product, word) for word in ("makerly", "renamedly")] == [[], [product.pk]]
    publishing.save(company, CompanyAlias(owner=company, name="Aliasly").save)
    assert search.found_ids(Product, "aliasly") == [product.pk]
    publishing.set_status(company, Status.ARCHIVED)
    assert [search.found_ids(Product, word) for word in ("renamedly", "aliasly")] == [[], []]
    publishing.set_status(company, Status.PUBLISHED)
    assert search.found_ids(Product, "renamedly cureall") == [product.pk]


def test_a_name_that_is_not_changed_costs_others_nothing(django_assert_max_num_queries):
    row = factories.activity(segment="plasmid")
    for _number in range(20):
        factories.activity(segment="plasmid")
    segment = row.segment
    segment.position = 7
    with django_assert_max_num_queries(25):
        publishing.save(segment)


def test_the_store_holds_nothing_but_public_records(starter):
    counted = sum(model.objects.published().count() for model in search.searched_models())
    assert SearchText.objects.count() == counted > 100


def contents() -> list[list[dict]]:
    return [[*model.objects.order_by("pk").values()] for model in (SearchText, SearchName, Posting)]


def test_rebuilding_gives_what_the_edits_gave_and_mends_what_is_wrong(starter):
    expected = contents()
    assert rebuild() == len(expected[0])
    assert contents() == expected
    SearchText.objects.filter(pk=expected[0][0]["id"]).delete()
    for key in (1, expected[0][-1]["id"] + 1_000_000):
        SearchText(pk=key, rule="old", names=["stray"], texts=[]).save()
    Posting.objects.filter(stretch=expected[2][0]["stretch"]).update(bits=b"")
    Posting.objects.create(token="stray", stretch=1, bits=b"\1\0")
    out = StringIO()
    call_command("rebuild_search", stdout=out)
    assert contents() == expected
    assert f"{len(expected[0])} records can be found." in out.getvalue()
    assert "companies: 24" in out.getvalue()


def test_what_is_edited_while_the_store_is_rebuilt_is_found_as_edited():
    rows = [factories.company(f"Company {number}") for number in range(3)]

    def edit(kind: str, count: int) -> None:
        if kind == "companies":
            rows[0].name_en = "Renamed"
            publishing.save(rows[0])
            publishing.set_status(rows[1], Status.ARCHIVED)
            rows.append(factories.company("Newcomer"))

    rebuild(edit)
    assert search.found_ids(Company, "renamed") == [rows[0].pk]
    assert search.found_ids(Company, "newcomer") == [rows[3].pk]
    assert search.found_ids(Company, "company") == [rows[2].pk]


def test_keys_far_from_each_other_are_found_and_thousands_that_lie_close():
    near = [factories.company(f"Near {number}") for number in range(2)]
    far = factories.company("Far", pk=5_000_000_000)
    assert search.found_ids(Company, "far") == [far.pk]
    assert search.found_ids(Company, "near") == [row.pk for row in reversed(near)]
    keys = [*range(1, 20_000, 3), 5_000_000_000]
    assert sorted(postings.keys_of(postings.keys_as_bits(keys))) == keys
    postings.write({"many": keys}, {})
    [found] = postings.look_up({Term("many")}).values()
    assert sorted(postings.keys_of(found)) == keys
    postings.write({}, {"many": keys[1:]})
    [found] = postings.look_up({Term("many")}).values()
    assert list(postings.keys_of(found)) == keys[:1]
    postings.write({}, {"many": keys})
    assert not Posting.objects.filter(token="many").exists()


def test_a_start_fills_the_store_where_records_are_missing(starter):
    assert not is_incomplete()
    SearchText.objects.filter(pk__in=SearchText.objects.values("pk")[:1]).delete()
    assert is_incomplete()
    Command(stdout=StringIO()).complete_stores()
    assert not is_incomplete()


@pytest.mark.django_db(transaction=True)
def test_the_migration_can_be_taken_back_and_made_again():
    factories.company("Steady")
    executor = MigrationExecutor(connection)
    executor.migrate([("etown", "0003_contentversion_times")])
    executor.loader.build_graph()
    executor.migrate(executor.loader.graph.leaf_nodes())
    assert search.counts("steady")[Company] == 0
    rebuild()
    assert search.counts("steady")[Company] == 1


def test_without_the_store_every_row_is_read_and_related_records_stay_hidden(settings):
    settings.SEARCH_INDEX = False
    company = factories.company("Makerly")
    product = factories.product("Cureall", company=company)
    assert search.found_ids(Product, "makerly cure") == [product.pk]
    assert search.counts("makerly")[Product] == 1
    assert search.ranked_ids(Product, "makerly") == [[], [], []]
    publishing.set_status(company, Status.DRAFT)
    assert search.found_ids(Product, "makerly") == []
    assert search.found_ids(Product, "..") == []
    assert not SearchText.objects.exists()


def test_without_the_store_values_are_spelt_row_by_row(settings, told):
    settings.SEARCH_INDEX = False
    assert search.found_ids(Figure, "62.5%") == [told["share"].pk]
    assert search.found_ids(Figure, "超过5000家") == [told["firms"].pk]
    assert search.found_ids(Service, "clearance 1–2个月") == [told["clearance"].pk]
    publishing.set_status(told["before"], Status.DRAFT)
    assert search.found_ids(Service, "1–2个月") == search.found_ids(Service, "week") == []


def test_very_long_texts_are_found_by_their_beginning():
    row = factories.company(
        "Longwinded",
        description_en="alpha-beta " + "word " * 12_000 + "omega",
        description_zh_hans="细胞" * 400 + "开端细胞治疗",
    )
    assert search.found_ids(Company, "alpha-beta") == [row.pk]
    assert search.found_ids(Company, "omega") == []
    assert search.found_ids(Company, "longwinded word") == [row.pk]


HOSTILE = [
    '"',
    "'",
    '"永泰',
    "永泰*",
    "* OR 1",
    "NEAR(永泰 生物)",
    "tokens:永泰",
    "-永泰",
    "^永",
    "永泰 AND",
    "a & b | !c <-> d:*",
    "\\' ::tsquery",
    "%永%",
    "_",
    "a-" * 100,
    "永a" * 100,
    "文" * 200,
    "a b c d e f g h i j k l",
    "\u0301" * 200,
    "\ue000 \ue001ce \ue002",
    "\ud7ff\uffff",
    "e\u0301" * 60,
    "ﷺ" * 200,
    "مرحبا שלום",
]


@pytest.mark.parametrize("query", HOSTILE)
def test_no_query_breaks_the_search_or_is_more_than_text(rows, query):
    began = time.monotonic()
    found = search.found_ids(Company, query)
    search.ranked_ids(Company, query)
    search.counts(query)
    assert search.matching(Company.objects.published(), query).count() == len(found)
    assert time.monotonic() - began < 1
    assert set(found) == search_reference.found_ids(Company, query)


def test_every_kind_is_found_by_its_own_words():
    records = [make("quuxword") for make in full.KINDS.values()]
    for record in records:
        assert record.pk in search.found_ids(type(record), "quuxwo"), record
    counted = search.counts("quuxword")
    assert set(counted) == {type(record) for record in records}
    assert all(number == len(search.found_ids(model, "quuxword")) for model, number in counted.items())


@pytest.mark.parametrize("address", ["/en/companies/", "/api/v1/companies/"])
def test_lists_show_the_best_names_first_and_no_row_twice(client, address):
    for number in range(4):
        factories.company(f"Aardvark {number}", summary_en="Works with Lentix.")
    within, begins, exact = (factories.company(name) for name in ("Old Lentix Works", "Lentix Bio", "Lentix"))
    assert exact.sort_en > "aardvark"
    seen = []
    for page in (1, 2, 3, 4):
        answer = client.get(f"{address}?q=lentix&page_size=2&page={page}")
        seen += re.findall(r'/en/companies/([^/"?]+)/"', answer.text)
    assert list(dict.fromkeys(seen))[:3] == [exact.slug, begins.slug, within.slug]
    assert len(set(seen)) == 7
    by_name = client.get(f"{address}?q=lentix&ordering=-name_en").text
    positions = [by_name.index(f"/{record.slug}/") for record in (within, begins, exact)]
    assert positions == sorted(positions)


def test_a_compound_is_no_beginning_of_plain_words(client):
    wanted = {factories.company(name).slug for name in ("Makes CAR-T", "Makes CART", "Makes CAR T", "Makes CAR-T19")}
    factories.company("Grows cartilage")
    found = client.get("/api/v1/companies/?q=CAR-T").json()["results"]
    assert {record["slug"] for record in found} == wanted
    assert client.get("/api/v1/companies/?q=cart").json()["count"] == 4
