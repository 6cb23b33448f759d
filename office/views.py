"""The pages that the office writes about itself."""

from etown.details import DetailView
from office.models import Page


class PageView(DetailView):
    queryset = Page.objects.published()
    template_name = "office/page_detail.html"
