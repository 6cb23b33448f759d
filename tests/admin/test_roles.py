"""Roles in the database and on the pages: the table decides, and nobody raises himself."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from companies.models import Company
from etown import roles
from etown.management.commands import roles as command
from etown.models import Role
from etown.records import Status
from tests import factories
from tests.admin.forms import as_shown, edit, publish, refusals, save, stored

pytestmark = pytest.mark.django_db
PASSWORD = "paper-and-ink-1440"


def granted(name):
    found = Group.objects.get(name=name).permissions.values_list("content_type__app_label", "codename")
    return {".".join(permission) for permission in found}


@pytest.fixture
def signed_in(client):
    def sign_in(*role_names, **values):
        account = factories.account(*role_names, **values)
        client.force_login(account)
        return account

    return sign_in


def test_the_groups_are_there_after_migrating():
    assert set(roles.ROLES) <= set(Group.objects.values_list("name", flat=True))
    assert {"companies.publish_company", "companies.change_activity"} <= granted("Publisher")
    assert "companies.publish_company" not in granted("Editor")
    assert "companies.delete_company" not in granted("Publisher")
    assert "auth.change_user" in granted("Administrator")
    assert granted("Viewer") < granted("Editor") < granted("Publisher") < granted("Administrator")


def test_applying_the_table_again_changes_nothing(django_assert_num_queries):
    before = {name: granted(name) for name in roles.ROLES}
    roles.apply()
    assert {name: granted(name) for name in roles.ROLES} == before
    assert not any(set(granted(name)) - before[name] for name in roles.ROLES)


def test_what_the_table_does_not_grant_is_taken_away_and_other_groups_are_left_alone():
    surplus = Permission.objects.get(codename="delete_company")
    own = Group.objects.create(name="Auditors")
    for group in (own, Group.objects.get(name="Viewer")):
        group.permissions.add(surplus)
    Group.objects.get(name="Editor").permissions.clear()
    roles.apply()
    assert "companies.delete_company" not in granted("Viewer")
    assert granted("Auditors") == {"companies.delete_company"}
    assert "companies.change_company" in granted("Editor")


def test_the_document_is_what_the_table_says(tmp_path, monkeypatch):
    call_command("roles", check=True)
    monkeypatch.setattr(command, "FILE", tmp_path / "roles.md")
    with pytest.raises(CommandError, match="not current"):
        call_command("roles", check=True)
    call_command("roles")
    call_command("roles", check=True)


def test_an_editor_cannot_publish_by_the_form(client, signed_in, draft):
    signed_in("Editor")
    data = as_shown(client, edit(draft)) | publish(summary_en="Better words.")
    assert client.post(edit(draft), data).status_code == 403
    assert stored(draft).status == Status.DRAFT


def test_an_editor_cannot_schedule(client, signed_in, draft):
    signed_in("Editor")
    times = {
        "publish_at_0": "2099-01-01",
        "publish_at_1": "12:00",
        "expire_at_0": "2099-02-01",
        "expire_at_1": "12:00",
    }
    assert save(client, draft, summary_en="Better words.", **times) == ""
    assert stored(draft).summary_en == "Better words."
    assert stored(draft).publish_at is None
    assert stored(draft).expire_at is None


def test_what_will_be_public_by_itself_is_closed_to_editors(client, signed_in, draft):
    Company.objects.filter(pk=draft.pk).update(publish_at=timezone.now() + timedelta(days=1))
    signed_in("Editor")
    assert client.post(edit(draft), {"_save": "", "summary_en": "Nobody has read this."}).status_code == 403
    assert stored(draft).summary_en == draft.summary_en


def test_what_an_editor_writes_does_not_reach_the_public(client, signed_in, company):
    signed_in("Editor")
    data = as_shown(client, edit(company)) | {"_save": "", "summary_en": "Nobody has read this."}
    assert refusals(client.post(edit(company), data)) == ""
    assert "Nobody has read this." not in client.get(company.get_absolute_url()).text
    assert "Nobody has read this." in client.get(edit(company)).text


def test_a_publisher_publishes_by_the_form(client, signed_in, draft):
    signed_in("Publisher")
    assert save(client, draft, **publish()) == ""
    assert Company.objects.published().filter(pk=draft.pk).exists()


def test_several_roles_add_up(client, signed_in, company):
    signed_in("Viewer", "Investment officer")
    assert client.post(edit(company), {}).status_code == 403
    assert client.get(reverse("admin:companies_want_add")).status_code == 200


def test_a_new_account_gets_its_roles_by_check_boxes(client, signed_in):
    signed_in("Administrator")
    data = {"username": "newcomer", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    page = client.post(reverse("admin:auth_user_add"), data, follow=True)
    newcomer = User.objects.get(username="newcomer")
    assert page.request["PATH_INFO"] == edit(newcomer)
    assert 'type="checkbox" name="groups"' in page.text
    chosen = [Role.objects.get(name=name).pk for name in ("Editor", "Investment officer")]
    assert save(client, newcomer, is_staff="on", groups=chosen) == ""
    assert {*stored(newcomer).groups.values_list("name", flat=True)} == {"Editor", "Investment officer"}


def test_an_administrator_makes_no_superuser(client, signed_in):
    signed_in("Administrator")
    colleague = factories.account()
    assert save(client, colleague, is_superuser="on", user_permissions=[1]) == ""
    assert not stored(colleague).is_superuser
    assert not stored(colleague).user_permissions.exists()


def test_an_administrator_does_not_change_the_own_roles(client, signed_in):
    administrator = signed_in("Administrator")
    others = [Role.objects.get(name="Viewer").pk]
    data = as_shown(client, edit(administrator)) | {"is_superuser": "on", "groups": others, "first_name": "Lin"}
    assert refusals(client.post(edit(administrator), data)) == ""
    assert stored(administrator).first_name == "Lin"
    assert not stored(administrator).is_superuser
    assert [*stored(administrator).groups.values_list("name", flat=True)] == ["Administrator"]
    assert client.post(reverse("admin:auth_user_delete", args=[administrator.pk]), {"post": "yes"}).status_code == 403


def test_an_administrator_does_not_touch_superusers(client, signed_in):
    signed_in("Administrator")
    boss = factories.account(is_superuser=True)
    page = reverse("admin:auth_user_changelist")
    assert client.get(edit(boss)).status_code == 200
    assert client.post(edit(boss), {}).status_code == 403
    assert client.post(f"/admin/auth/user/{boss.pk}/password/", {"password1": PASSWORD}).status_code == 403
    for action in ("sign_out_everywhere", "remove_second_factor", "unlock"):
        told = client.post(page, {"action": action, "_selected_action": [boss.pk]}, follow=True).text
        assert "Only superusers may do this to superusers." in told, action
    client.post(page, {"action": "delete_selected", "_selected_action": [boss.pk], "post": "yes"})
    assert User.objects.filter(pk=boss.pk).exists()


def test_an_administrator_neither_gives_nor_takes_groups_that_are_not_roles(client, signed_in):
    signed_in("Administrator")
    own = Group.objects.create(name="Auditors")
    colleague = factories.account()
    viewer = Role.objects.get(name="Viewer").pk
    data = as_shown(client, edit(colleague))
    assert "groups" in refusals(client.post(edit(colleague), data | {"groups": [own.pk]}))
    colleague.groups.add(own)
    assert save(client, colleague, groups=[viewer]) == ""
    assert {*stored(colleague).groups.values_list("name", flat=True)} == {"Auditors", "Viewer"}


def test_our_roles_are_read_only_and_others_belong_to_superusers(admin_client):
    ours, own = Role.objects.get(name="Editor"), Role.objects.create(name="Auditors")
    page = admin_client.get(edit(ours)).text
    assert "Writes and corrects drafts" in page
    assert "_save" not in page
    assert admin_client.post(edit(ours), {"name": "Redactor"}).status_code == 403
    assert save(admin_client, own, name="Examiners") == ""


def test_roles_are_shown_in_the_language_of_the_reader(admin_client):
    admin_client.cookies["django_language"] = "zh-hans"
    editor = Role.objects.get(name="Editor")
    for url in (reverse("admin:etown_role_changelist"), edit(editor)):
        assert "编辑" in admin_client.get(url).text
    assert "招商专员" in admin_client.get(edit(factories.account())).text
