"""Keeps the search store true: in the transaction of every edit, and anew by the command."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import batched

from django.conf import settings
from django.db import transaction
from django.db.models import Model

from etown.derived import WIDTH, hold
from etown.models import ContentVersion
from etown.records import Record
from etown.search import postings
from etown.search.declared import Carrier, carriers, searched_models, values, with_related
from etown.search.models import Posting, SearchName, SearchText
from etown.search.text import squeezed
from etown.search.tokens import RULE, tokens_of

# Records in memory at a time.
BATCH = 500


@contextmanager
def following(record: Record) -> Iterator[None]:
    """Around the write of a record, once held: its own text follows, and the texts that carry its words."""
    if not settings.SEARCH_INDEX:
        yield
        return
    model, key = type(record), record.pk
    carrying = carriers(model)
    before = _carried(model, key, carrying)
    held = [(carrier.model, list(_keys(carrier, key))) for carrier in carrying] if before else []
    yield
    if hasattr(model, "searched"):
        refresh(model, [record.pk or key])
    if before != _carried(model, record.pk, carrying):
        after = [(carrier.model, list(_keys(carrier, record.pk))) for carrier in carrying]
        for carrier, keys in [*held, *after]:
            for start in range(0, len(keys), BATCH):
                refresh(carrier, keys[start : start + BATCH])


def follow_many(model: type[Model], keys: list[int]) -> None:
    """After the write of these records, once held: their own texts follow, and all that carry words of them."""
    if not settings.SEARCH_INDEX:
        return
    if hasattr(model, "searched"):
        for own in batched(keys, BATCH):
            refresh(model, list(own))
    for carrier in carriers(model):
        rows = carrier.model._default_manager.published().filter(**{f"{carrier.relation}__in": keys})
        for others in batched(rows.order_by().values_list("pk", flat=True).distinct(), BATCH):
            refresh(carrier.model, list(others))


def _carried(model: type[Model], key: int | None, carrying: list[Carrier]) -> list[tuple[str, ...]]:
    """What others carry of the stored record, if the public may see it."""
    if key is None or not carrying:
        return []
    row = model._default_manager.published().filter(pk=key).first()
    if row is None:
        return []
    return [tuple(values(row, column)) for carrier in carrying for column in carrier.columns]


def _keys(carrier: Carrier, key: int | None) -> Iterable[int]:
    return carrier.of(key).order_by().values_list("pk", flat=True).distinct() if key else []


def refresh(model: type[Model], keys: list[int]) -> None:
    """Read these records again; those that are not public are forgotten."""
    known = SearchText.objects.in_bulk([SearchText.key(model, key) for key in keys])
    texts = {text.pk: text for text in _read(model, keys)}
    added: dict[str, list[int]] = defaultdict(list)
    removed: dict[str, list[int]] = defaultdict(list)
    changed = []
    for key in known.keys() | texts.keys():
        old, new = known.get(key), texts.get(key)
        if old and new and (old.names, old.texts) == (new.names, new.texts):
            continue
        before, after = (tokens_of(text.names, text.texts) if text else set() for text in (old, new))
        for change, tokens in ((added, after - before), (removed, before - after)):
            for token in tokens:
                change[token].append(key)
        if new:
            changed.append(new)
    postings.write(added, removed)
    _forget(known.keys() - texts.keys())
    _store(changed)


def rule_of(model: type[Model]) -> str:
    """Which columns are searched, and how tokens are made of them; in short."""
    return hashlib.sha256(f"{RULE} {model.searched}".encode()).hexdigest()[:16]


def _read(model: type[Model], keys: Iterable[int]) -> list[SearchText]:
    declared = model.searched
    public = with_related(model._default_manager.published().filter(pk__in=keys).order_by("pk"))
    return [
        SearchText(
            pk=SearchText.key(model, row.pk),
            rule=rule_of(model),
            names=declared.names_of(row),
            texts=declared.texts_of(row),
        )
        for row in public
    ]


def _forget(keys: Iterable[int]) -> None:
    if keys := list(keys):
        SearchName.objects.filter(owner__in=keys).delete()
        SearchText.objects.filter(pk__in=keys).delete()


def _store(texts: list[SearchText]) -> None:
    SearchName.objects.filter(owner__in=[text.pk for text in texts]).delete()
    SearchText.objects.bulk_create(
        texts, BATCH, update_conflicts=True, unique_fields=["id"], update_fields=["rule", "names", "texts"]
    )
    SearchName.objects.bulk_create((name for text in texts for name in _names(text)), BATCH)


def _names(text: SearchText) -> Iterator[SearchName]:
    for place, name in enumerate(text.names[: 1 << SearchName.PLACES]):
        if folded := squeezed(name):
            key = (text.pk << SearchName.PLACES) + place
            yield SearchName(pk=key, owner_id=text.pk, name=name[:200], folded=folded[:200])


def is_incomplete() -> bool:
    """Whether something public cannot be found, as after an upgrade or over data that came another way."""
    return settings.SEARCH_INDEX and not all(
        SearchText.mirrors(model, rule=rule_of(model)) for model in searched_models()
    )


def rebuild(progress: Callable[[str, int], object] = lambda kind, count: None) -> int:
    """Write everything anew, a stretch of keys at a time while the site runs; what is not public is forgotten."""
    total = 0
    for model in searched_models():
        done = 0
        for stretch in _stretches(model):
            for count in _rebuild_stretch(model, stretch):
                done += count
                progress(str(model._meta.verbose_name_plural), done)
        total += done
    _forget_strangers()
    return total


def _stretches(model: type[Model]) -> list[int]:
    """Those of public records and those of the store."""
    public = model._default_manager.published().values_list("pk", flat=True)
    stored = SearchText.objects.filter(pk__range=SearchText.range_of(model)).values_list("pk", flat=True)
    return sorted({SearchText.key(model, key) >> WIDTH for key in public} | {key >> WIDTH for key in stored})


def _rebuild_stretch(model: type[Model], stretch: int) -> Iterator[int]:
    """Yields how many records were read. Most of the work is done before the site has to wait."""
    first, last = (SearchText.record_key(key) for key in (stretch << WIDTH, ((stretch + 1) << WIDTH) - 1))
    public = model._default_manager.published().filter(pk__range=(first, last)).order_by("pk")
    version = ContentVersion.current()
    texts: list[SearchText] = []
    tokens: dict[str, list[int]] = defaultdict(list)
    for keys in batched(public.values_list("pk", flat=True), BATCH):
        for text in _read(model, keys):
            texts.append(text)
            for token in tokens_of(text.names, text.texts):
                tokens[token].append(text.pk)
        yield len(keys)
    with transaction.atomic():
        hold()
        stored = SearchText.objects.filter(pk__range=(stretch << WIDTH, ((stretch + 1) << WIDTH) - 1))
        _forget(stored.values_list("pk", flat=True))
        postings.replace(stretch, tokens)
        _store(texts)
        if ContentVersion.current() != version:
            read = {SearchText.record_key(text.pk) for text in texts}
            refresh(model, list(read.union(public.values_list("pk", flat=True))))


@transaction.atomic
def _forget_strangers() -> None:
    """What the store holds of kinds that are not searched any more, or of records that are gone."""
    hold()
    strange = SearchText.objects.all()
    for model in searched_models():
        strange = strange.exclude(pk__range=SearchText.range_of(model))
    _forget(strange.values_list("pk", flat=True))
    stretches = {key >> WIDTH for key in SearchText.objects.values_list("pk", flat=True)}
    Posting.objects.exclude(stretch__in=stretches).delete()
