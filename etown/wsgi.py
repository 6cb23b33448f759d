"""The WSGI application that every server runs: Django, and the store of anonymous answers in front of it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "etown.settings")
django = get_wsgi_application()

from django.conf import settings  # noqa: E402 (the apps must stand first)

from etown.front import Front  # noqa: E402
from etown.versions import Editions  # noqa: E402

application = Front(django, Editions(), settings.FRONT_CACHE_MB * 2**20)
