"""The WSGI application that the web processes serve."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

from analytics import services as analytics  # noqa: E402 - settings first
from events import services as events  # noqa: E402

analytics.begin_counting()
events.begin_telling()
