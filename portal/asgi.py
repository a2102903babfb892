"""The ASGI application of the `live` process. The site itself speaks WSGI."""

import os
from urllib.parse import urlsplit

from django.conf import settings

from portal.live.app import Live

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = Live(
    redis_url=settings.REDIS_URL,
    origin=settings.RESONANCE_URL,
    path=urlsplit(settings.RESONANCE_LIVE_URL).path,
)
