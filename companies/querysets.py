"""Reads of companies, products and modalities: what a listing needs, in a constant number of queries."""

from django.db.models import Count, OuterRef, Prefetch, Q, Subquery

from etown.records import PublishableQuerySet, RecordQuerySet, public
from facts.models import with_sources


class ModalityQuerySet(RecordQuerySet):
    def with_children(self, slugs: list[str]):
        """The modalities named, and those below them."""
        named = self.filter(slug__in=slugs)
        return named | self.filter(parent__slug__in=slugs)


class CompanyQuerySet(PublishableQuerySet):
    def tenants(self):
        return self.filter(presence=self.model.Presence.TENANT)

    def counts(self) -> dict[str, int]:
        """How many companies these are, and how many of them are in the park."""
        in_park = Q(presence=self.model.Presence.TENANT)
        return self.aggregate(company_count=Count("pk"), tenant_count=Count("pk", filter=in_park))

    def for_cards(self):
        activities = self.model.activities.rel.related_model.objects.select_related("segment", "stage", "modality")
        shown = ("name_en", "name_zh_hans", "position", "chain")
        columns = [f"{term}__{column}" for term in ("segment", "stage", "modality") for column in shown]
        return self.defer("description_en", "description_zh_hans").prefetch_related(
            Prefetch("activities", queryset=activities.only("company", *columns))
        )

    def for_listing(self):
        """With what an export row or an API record shows."""
        activities = self.model.activities.rel.related_model.objects.select_related(
            "segment", "stage", "modality", "source"
        )
        return self.select_related("logo").prefetch_related(
            "aliases", Prefetch("activities", queryset=activities), with_sources()
        )

    def for_profile(self):
        products = self.model.products.rel.related_model.objects.published()
        return self.for_listing().prefetch_related(
            Prefetch("products", queryset=products.select_related("modality").with_milestones()),
            public(self.model, "services"),
            public(self.model, "articles"),
        )


class WantQuerySet(PublishableQuerySet):
    def for_listing(self):
        return self.select_related("chain", "segment", "modality", "stage", "desk", "source")


class ProductQuerySet(PublishableQuerySet):
    def with_milestones(self):
        milestones = self.model.milestones.rel.related_model.objects.select_related("source")
        return self.prefetch_related(Prefetch("milestones", queryset=milestones))

    def for_cards(self):
        return self.select_related("modality").prefetch_related("milestones", public(self.model, "company"))

    def for_listing(self):
        return (
            self.with_milestones()
            .select_related("chain", "modality__parent")
            .prefetch_related("aliases", with_sources(), public(self.model, "company"))
        )

    def for_profile(self):
        return self.for_listing().prefetch_related(public(self.model, "articles"))

    def with_current_event(self):
        """Annotates `current_event`: the event of the last milestone by sequence."""
        last = self.model.milestones.rel.related_model.objects.filter(product=OuterRef("pk")).order_by("-sequence")
        return self.annotate(current_event=Subquery(last.values("event")[:1]))
