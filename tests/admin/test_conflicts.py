"""Two people edit one record: the second sees both versions side by side, chooses, and loses nothing."""

import pytest
from django.test import Client

from etown.records import Status
from etown.revisions import Revision
from tests import factories
from tests.admin.forms import as_shown, edit, new_row, publish, save, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(django_user_model) -> Client:
    client = Client()
    client.force_login(django_user_model.objects.create_superuser("other"))
    return client


def late(admin_client, other, record, theirs, mine, **button):
    """One opens the page, another saves, the first one saves: where that leads."""
    opened = as_shown(admin_client, edit(record))
    assert save(other, record, **theirs) == ""
    return admin_client.post(edit(record), opened | {"_save": ""} | button | mine)


def choices(client, url):
    settlement = client.get(url).context["settlement"]
    return settlement, {choice.name: choice.preset for choice in settlement.choices}


def settle(client, url, **answers):
    settlement, _presets = choices(client, url)
    return client.post(url, {"seen": settlement.theirs.pk, "then": "", "why": "", **answers})


def test_the_second_save_of_a_draft_is_refused_and_both_are_shown(admin_client, other, draft):
    response = late(admin_client, other, draft, {"name_en": "Theirs", "founded_year": 2001}, {"name_en": "Mine"})
    assert "/settle/" in response.url
    assert stored(draft).name_en == "Theirs"
    _settlement, presets = choices(admin_client, response.url)
    assert presets == {"name_en": "", "founded_year": "theirs"}
    assert "Choose one side" in settle(admin_client, response.url).text
    done = settle(admin_client, response.url, **{"choice-name_en": "mine", "choice-founded_year": "theirs"})
    assert done.url == edit(draft)
    assert (stored(draft).name_en, stored(draft).founded_year) == ("Mine", 2001)
    assert stored(draft).status == Status.DRAFT


def test_what_only_one_side_changed_is_chosen_beforehand(admin_client, other, draft):
    response = late(admin_client, other, draft, {"name_en": "Theirs"}, {"website": "https://mine.example/"})
    _settlement, presets = choices(admin_client, response.url)
    assert presets == {"name_en": "theirs", "website": "mine"}


def test_a_late_change_of_a_public_record_waits_once_it_is_settled(admin_client, other, company):
    response = late(admin_client, other, company, publish(name_en="Theirs"), {"summary_en": "Mine."})
    assert stored(company).name_en == "Theirs"
    settle(admin_client, response.url, **{"choice-name_en": "theirs", "choice-summary_en": "mine"})
    waits = Revision.waiting_for(company)
    assert (waits.data["name_en"], waits.data["summary_en"]) == ("Theirs", "Mine.")
    assert stored(company).summary_en != "Mine."


def test_rows_that_both_added_can_both_stay(admin_client, other, draft):
    theirs, mine = (new_row("aliases", 0, 1, name=name, kind="brand") for name in ("Theirs", "Mine"))
    response = late(admin_client, other, draft, theirs, mine)
    settle(admin_client, response.url, **{"choice-aliases": "both"})
    assert {alias.name for alias in draft.aliases.all()} == {"Theirs", "Mine"}


def test_a_third_save_meanwhile_is_seen_too(admin_client, other, draft):
    response = late(admin_client, other, draft, {"name_en": "Theirs"}, {"name_en": "Mine"})
    settlement, _presets = choices(admin_client, response.url)
    assert save(other, draft, name_en="Later") == ""
    answers = {"seen": settlement.theirs.pk, "then": "", "choice-name_en": "mine"}
    assert "once more meanwhile" in admin_client.post(response.url, answers).text
    assert stored(draft).name_en == "Later"
    settle(admin_client, response.url, **{"choice-name_en": "mine"})
    assert stored(draft).name_en == "Mine"


def test_what_was_written_can_be_set_aside_and_stays_in_the_history(admin_client, other, draft):
    response = late(admin_client, other, draft, {"name_en": "Theirs"}, {"name_en": "Mine"})
    admin_client.post(response.url, {"drop": "1"})
    assert stored(draft).name_en == "Theirs"
    assert "Mine" in [revision.data["name_en"] for revision in Revision.objects.of(draft)]
    assert admin_client.get(response.url).status_code == 404


def test_only_who_wrote_it_settles_it(admin_client, other, draft):
    response = late(admin_client, other, draft, {"name_en": "Theirs"}, {"name_en": "Mine"})
    assert other.get(response.url).status_code == 404


def test_vocabularies_are_guarded_too(admin_client, other):
    segment = factories.segment("plasmid")
    response = late(admin_client, other, segment, {"name_en": "Theirs"}, {"name_en": "Mine"})
    settle(admin_client, response.url, **{"choice-name_en": "mine"})
    assert stored(segment).name_en == "Mine"


def test_saving_twice_from_one_page_without_anybody_else_is_no_conflict(admin_client, draft):
    assert save(admin_client, draft, name_en="Once") == ""
    assert save(admin_client, draft, name_en="Twice") == ""
    assert stored(draft).name_en == "Twice"
