"""Reads of companies, products and modalities: what a listing needs, in a constant number of queries."""

from django.db.models import OuterRef, Prefetch, Subquery

from etown.records import PublishableQuerySet, RecordQuerySet, public


class ModalityQuerySet(RecordQuerySet):
    def with_children(self, slugs: list[str]):
        """The modalities named, and those below them."""
        named = self.filter(slug__in=slugs)
        return named | self.filter(parent__slug__in=slugs)


class CompanyQuerySet(PublishableQuerySet):
    def tenants(self):
        return self.filter(presence=self.model.Presence.TENANT)

    def for_listing(self):
        """With what a card, an export row or an API record shows."""
        activities = self.model.activities.rel.related_model.objects.select_related(
            "segment", "stage", "modality", "source"
        )
        return self.select_related("logo").prefetch_related(
            "aliases", Prefetch("activities", queryset=activities), "citations__source"
        )

    def for_profile(self):
        products = self.model.products.rel.related_model.objects.published().for_listing()
        return self.for_listing().prefetch_related(
            Prefetch("products", queryset=products),
            public(self.model, "services"),
            public(self.model, "articles"),
        )


class WantQuerySet(PublishableQuerySet):
    def for_listing(self):
        return self.select_related("chain", "segment", "modality", "stage", "desk", "source")


class ProductQuerySet(PublishableQuerySet):
    def for_listing(self):
        milestones = self.model.milestones.rel.related_model.objects.select_related("source")
        return self.select_related("chain", "modality__parent").prefetch_related(
            "aliases",
            Prefetch("milestones", queryset=milestones),
            "citations__source",
            public(self.model, "company"),
        )

    def for_profile(self):
        return self.for_listing().prefetch_related(public(self.model, "articles"))

    def with_current_event(self):
        """Annotates `current_event`: the event of the last milestone by sequence."""
        last = self.model.milestones.rel.related_model.objects.filter(product=OuterRef("pk")).order_by("-sequence")
        return self.annotate(current_event=Subquery(last.values("event")[:1]))
