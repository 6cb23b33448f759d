"""Two companies, one that the public sees and one that it does not."""

import pytest

from etown.records import Status
from tests import factories


@pytest.fixture
def company(db):
    return factories.company("Acme Cells", slug="acme")


@pytest.fixture
def draft(db):
    return factories.company("Drafty", slug="drafty", status=Status.DRAFT)
