"""A staff member at the import page."""

import io
from typing import Any

from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from etown.models import Import
from tests.sheets.files import xlsx_file

PAGES = {"companies": "companies_company", "activities": "companies_company", "products": "companies_product",
         "news": "news_article", "figures": "facts_figure"}  # fmt: skip


class Desk:
    def __init__(self, client: Client) -> None:
        self.client = client

    def page(self, sheet: str, role: str, *args: Any) -> str:
        return reverse(f"admin:{PAGES[sheet]}_{role}", args=args)

    def upload(self, sheet: str, *rows: list[Any], file: io.BytesIO | None = None, **data: str) -> Any:
        """The page to which the upload leads."""
        content = (file or xlsx_file(*rows)).getvalue()
        given = {"sheet": sheet, "file": SimpleUploadedFile("table.xlsx", content), "reason": "From the survey"} | data
        response = self.client.post(self.page(sheet, "import"), given)
        return self.client.get(response.url) if response.status_code == 302 else response

    def confirm(self, response: Any, **data: str) -> Any:
        address = response.request["PATH_INFO"]
        return self.client.post(address, data or {"import": "1"}, follow=True)

    def bring(self, sheet: str, *rows: list[Any]) -> Any:
        """Upload and confirm."""
        return self.confirm(self.upload(sheet, *rows))


def person(name: str, *permissions: str) -> User:
    """A staff member with these permissions, such as `view_company`."""
    made = User.objects.create_user(name, is_staff=True)
    made.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return made


def upload() -> Import:
    return Import.objects.get()
