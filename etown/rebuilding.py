"""Writing the derived stores anew as a background job: long, safe to repeat, and nobody has to wait for it."""

from django.tasks import Task
from django.utils.translation import gettext_lazy as _

from etown import documents
from etown.outbox import JobContext, task
from etown.search.declared import searched_models
from etown.search.writing import rebuild


@task(takes_context=True, attempts=3, label=_("Render the API's ready answers anew"))
def rebuild_documents(context: JobContext) -> None:
    kinds = documents.kinds()
    total, before = sum(model._default_manager.published().count() for model in kinds), 0
    for model in kinds:
        done = 0
        for done in documents.rebuild(model):
            context.progress(before + done, total)
        before += done


@task(takes_context=True, attempts=3, label=_("Read all records for the search anew"))
def rebuild_search(context: JobContext) -> None:
    total = sum(model._default_manager.published().count() for model in searched_models())
    counts: dict[str, int] = {}

    def told(kind: str, count: int) -> None:
        counts[kind] = count
        context.progress(sum(counts.values()), total)

    rebuild(told)


def asked_for(rebuild: Task) -> str:
    """Let the worker do it; how to see how far it is."""
    job = rebuild.enqueue()
    return f"Background job {job.id} is written; `manage.py outbox {job.id}` tells how it stands."
