"""Which columns of a record are searched, and whose search texts carry the words of another record."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Manager, Model, Prefetch, QuerySet
from django.db.models.constants import LOOKUP_SEP

from etown.markup import plain
from etown.records import Publishable, Status


@dataclass(frozen=True)
class Searched:
    """Columns, by path: `names` by which a record is known, `texts` that tell of it.

    `spelt` are texts that no column holds but properties compute; `made_of` is what they read of other records.
    A path may lead through relations; of related records only the public ones count.
    """

    names: tuple[str, ...]
    texts: tuple[str, ...] = ()
    spelt: tuple[str, ...] = ()
    made_of: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.names, *self.texts)

    @property
    def paths(self) -> tuple[str, ...]:
        """All that is read."""
        return (*self.columns, *self.spelt, *self.made_of)

    def names_of(self, record: Model) -> list[str]:
        return _texts(record, self.names)

    def spelt_of(self, record: Model) -> list[str]:
        return _texts(record, self.spelt)

    def texts_of(self, record: Model) -> list[str]:
        return _texts(record, (*self.spelt, *self.texts))


@dataclass(frozen=True)
class Carrier:
    """A kind of record that carries the words of another kind: reached by `relation`, read at `columns`."""

    model: type[Model]
    relation: str
    columns: tuple[str, ...]

    def of(self, key: int) -> QuerySet:
        return self.model._default_manager.published().filter(**{self.relation: key})


def searched_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if hasattr(model, "searched")]


def carriers(model: type[Model]) -> list[Carrier]:
    """Who must follow when a record of this kind is renamed, published or withdrawn."""
    found: dict[tuple[type[Model], str], list[str]] = {}
    for owner in searched_models():
        for path in owner.searched.paths:
            *relations, column = path.split(LOOKUP_SEP)
            for length in range(1, len(relations) + 1):
                if target(owner, relations[:length]) is model:
                    rest = LOOKUP_SEP.join([*relations[length:], column])
                    found.setdefault((owner, LOOKUP_SEP.join(relations[:length])), []).append(rest)
    return [Carrier(owner, relation, tuple(columns)) for (owner, relation), columns in found.items()]


def with_related(rows: QuerySet) -> QuerySet:
    """Prefetches what is read of other records; of a record's many only those that the public may see."""
    found: dict[str, str | Prefetch] = {}
    for path in rows.model.searched.paths:
        relations = path.split(LOOKUP_SEP)[:-1]
        for length in range(1, len(relations) + 1):
            way = LOOKUP_SEP.join(relations[:length])
            found[way] = _public(target(rows.model, relations[: length - 1]), relations[length - 1], way)
    return rows.prefetch_related(*found.values())


def _public(model: type[Model], relation: str, way: str) -> str | Prefetch:
    field = model._meta.get_field(relation)
    manager = field.related_model._default_manager
    is_many = field.one_to_many or field.many_to_many
    return Prefetch(way, manager.published()) if is_many and hasattr(manager, "published") else way


def target(model: type[Model], relations: Iterable[str]) -> type[Model]:
    for relation in relations:
        model = model._meta.get_field(relation).related_model
    return model


def values(row: Model, path: str) -> Iterator[str]:
    """The texts at the end of a path that the public may see, the rows being read `with_related`."""
    head, _sep, rest = path.partition(LOOKUP_SEP)
    found = getattr(row, head)
    if not rest:
        yield plain(found or "")
        return
    for related in found.all() if isinstance(found, Manager) else [found]:
        if related is not None and getattr(related, "status", Status.PUBLISHED) == Status.PUBLISHED:
            yield from values(related, rest)


def is_publishable(model: type[Model]) -> bool:
    return issubclass(model, Publishable)


def _texts(record: Model, paths: Iterable[str]) -> list[str]:
    """Each text once; the same segment may be reached many times."""
    return list(dict.fromkeys(text for path in paths for text in values(record, path) if text))
