"""Who may do what: the one table of roles, and how it is put into the database as Django's groups."""

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, NamedTuple

from django.apps import apps as all_apps
from django.contrib.auth import get_permission_codename
from django.db import DEFAULT_DB_ALIAS, models, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from etown.records import Publishable, Record

VIEW, ADD, CHANGE, DELETE, PUBLISH, DECIDE = "view", "add", "change", "delete", "publish", "decide"
# Publishing, withdrawing, archiving and scheduling are one right: each decides what the public sees.
DEEDS = (VIEW, ADD, CHANGE, PUBLISH, DELETE, DECIDE)
DEED_LABELS = {
    VIEW: pgettext_lazy("what a role may do", "view"),
    ADD: pgettext_lazy("what a role may do", "add"),
    CHANGE: pgettext_lazy("what a role may do", "change"),
    PUBLISH: pgettext_lazy("what a role may do", "publish, archive and schedule"),
    DELETE: pgettext_lazy("what a role may do", "delete for good"),
    DECIDE: pgettext_lazy("what a role may do", "try again or give up"),
}

# What the public reads. An app with personal data or secrets is not content: it gets rows of its own below.
CONTENT = ("facts.*", "office.*", "companies.*", "services.*", "news.*", "etown.picture")


def is_any(model: type[models.Model]) -> bool:
    return True


def is_drafted(model: type[models.Model]) -> bool:
    """Whether the public sees a change only once somebody publishes it."""
    return issubclass(model, Publishable)


def is_part(model: type[models.Model]) -> bool:
    """Whether its rows belong to a record and are edited on its page."""
    return model in _parts()


@cache
def _parts() -> frozenset[Any]:
    return frozenset(
        record._meta.get_field(part).related_model
        for record in all_apps.get_models()
        if issubclass(record, Record)
        for part in record.PARTS
    )


def is_no_role(model: type[models.Model]) -> bool:
    """Whoever writes roles could raise himself: the table does that, and superusers."""
    return model._meta.label_lower != "etown.role"


class Grant(NamedTuple):
    """These deeds on the models that fit a pattern of `app.model` and are of the kind."""

    deeds: tuple[str, ...]
    patterns: tuple[str, ...]
    kind: Callable[[type[models.Model]], bool] = is_any

    def covers(self, deed: str, model: type[models.Model]) -> bool:
        fits = any(fnmatchcase(model._meta.label_lower, pattern) for pattern in self.patterns)
        return deed in self.deeds and fits and self.kind(model)


class RoleRow(NamedTuple):
    # The name of the group: stored, in English, and never changed.
    name: str
    label: Any
    purpose: Any
    grants: tuple[Grant, ...]
    includes: tuple[str, ...] = ()


TABLE = (
    RoleRow(
        "Viewer",
        _("Viewer"),
        _("Sees every record, published or not, and changes nothing."),
        # Of the history, everybody sees what concerns the records that he sees.
        (Grant((VIEW,), (*CONTENT, "etown.batch", "etown.revision")),),
    ),
    RoleRow(
        "Editor",
        _("Editor"),
        _("Writes and corrects drafts; what the public sees stays as it is until a publisher agrees."),
        (
            Grant((ADD, CHANGE), CONTENT, is_drafted),
            Grant((ADD, CHANGE, DELETE), CONTENT, is_part),
            # New ones stand nowhere yet; changing one would change public pages at once.
            Grant((ADD,), ("facts.source", "etown.picture")),
        ),
        includes=("Viewer",),
    ),
    RoleRow(
        "Publisher",
        _("Publisher"),
        _("An editor who also decides what the public sees, and keeps sources, pictures and lists of words."),
        # Undoing an import is one right with publishing: it decides what the public sees.
        (Grant((ADD, CHANGE, PUBLISH), CONTENT),),
        includes=("Editor",),
    ),
    RoleRow(
        "Investment officer",
        _("Investment officer"),
        _("Does the office's daily work: its desks, and what the park looks for."),
        (
            Grant((ADD, CHANGE), ("office.desk",)),
            Grant((ADD, CHANGE, PUBLISH), ("companies.want",)),
            Grant((ADD,), ("facts.source",)),
        ),
        includes=("Viewer",),
    ),
    RoleRow(
        "Partner manager",
        _("Partner manager"),
        _("Looks after the park's partners."),
        (),
        includes=("Viewer",),
    ),
    RoleRow(
        "Administrator",
        _("Administrator"),
        _("May do everything, including accounts and roles, deleting for good, and background work."),
        (
            Grant(DEEDS, (*CONTENT, "etown.*", "auth.user"), is_no_role),
            Grant((VIEW,), ("etown.role",)),
        ),
        includes=("Publisher", "Investment officer", "Partner manager"),
    ),
)
ROLES = {row.name: row for row in TABLE}
ADMINISTRATOR = "Administrator"


def label(name: str) -> str:
    """A role by its translated name; other groups by their own."""
    return str(ROLES[name].label) if name in ROLES else name


def grants(name: str) -> Iterator[Grant]:
    """The grants of a role and of all that it includes."""
    yield from ROLES[name].grants
    for included in ROLES[name].includes:
        yield from grants(included)


def has_deed(deed: str, model: type[models.Model]) -> bool:
    """Whether there is such a right at all."""
    if deed == PUBLISH and is_drafted(model):
        return True
    own = {codename for codename, _name in model._meta.permissions}
    return deed in model._meta.default_permissions or get_permission_codename(deed, model._meta) in own


@cache
def may(name: str, deed: str, model: type[models.Model]) -> bool:
    return has_deed(deed, model) and any(grant.covers(deed, model) for grant in grants(name))


def apply(apps: Any = all_apps, using: str = DEFAULT_DB_ALIAS) -> None:
    """Make the groups grant what the table says, neither more nor less; other groups are left alone."""
    with transaction.atomic(using=using):
        rights = _rights(apps, using)
        groups = apps.get_model("auth", "Group").objects.using(using)
        granted = groups.model.permissions.through.objects.using(using)
        for name in ROLES:
            group, _is_new = groups.get_or_create(name=name)
            wanted = {key for (model, deed), key in rights.items() if may(name, deed, model)}
            present = set(granted.filter(group_id=group.pk).values_list("permission_id", flat=True))
            granted.filter(group_id=group.pk, permission_id__in=present - wanted).delete()
            granted.bulk_create(
                granted.model(group_id=group.pk, permission_id=key) for key in sorted(wanted - present)
            )


def _rights(apps: Any, using: str) -> dict[tuple[type[models.Model], str], int]:
    """The permissions of the database by model and deed; those to publish are made where they are missing."""
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    kinds = {
        (kind.app_label, kind.model): kind.pk
        for kind in apps.get_model("contenttypes", "ContentType").objects.using(using).all()
    }
    found = {
        (kind, codename): key for key, kind, codename in permissions.values_list("pk", "content_type", "codename")
    }
    rights = {}
    for model in all_apps.get_models():
        kind = kinds.get((model._meta.app_label, model._meta.model_name or ""))
        for deed in DEEDS:
            codename = get_permission_codename(deed, model._meta)
            if kind is None or not has_deed(deed, model):
                continue
            if (kind, codename) not in found and deed == PUBLISH:
                name = f"Can publish {model._meta.verbose_name_raw}"
                found[kind, codename] = permissions.create(content_type_id=kind, codename=codename, name=name).pk
            if key := found.get((kind, codename)):
                rights[model, deed] = key
    return rights


def after_migrate(sender: Any, using: str, apps: Any = all_apps, **kwargs: Any) -> None:
    """Django tells each app in turn; by the last, the permissions of all are there."""
    last = [config for config in all_apps.get_app_configs() if config.models_module][-1]
    needed = (("auth", "group"), ("auth", "permission"), ("contenttypes", "contenttype"))
    there = {model._meta.label_lower for model in apps.get_models()}
    if sender.label == last.label and {".".join(name) for name in needed} <= there:
        apply(apps, using)
