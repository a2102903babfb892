"""The debug call as a page: what of the brand's connection works, and what to do about the rest."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from brands.http.claims import Claims, network
from brands.models import Trust
from brands.queries import keys_of, signing_secrets_of
from brands.roles import Permission
from portal.connection import steps
from portal.forms.connection import ConnectionForm
from portal.views.access import BrandPageRequest, needs


@needs(Permission.SEND_TESTS)
@require_GET
def connection(request: BrandPageRequest) -> HttpResponse:
    brand, now = request.brand, timezone.now()
    form = ConnectionForm(request.GET)
    trust, origin = form.chosen()
    claims = Claims(
        names=(brand.public_id,),
        authorization=None,
        webhook={},
        origin=origin or None,
        referer=None,
        address=network(request.META.get("REMOTE_ADDR", "")),
    )
    found = list(
        steps(
            brand=brand,
            claims=claims,
            trust=trust,
            https=request.is_secure(),
            keys=list(keys_of(brand)),
            secrets=signing_secrets_of(brand, now),
            now=now,
        )
    )
    context = {
        "room": "test-console",
        "form": form,
        "steps": found,
        "failing": sum(not step.ok for step in found),
        "trust": Trust(trust).label,
        "debug": f"curl {settings.RESONANCE_URL}/resonance-api/debug"
        ' -H "Authorization: Bearer $RESONANCE_KEY"',
    }
    return render(request, "portal/console/connection.html", context)
