"""The letter about an endpoint that was switched off by itself."""

from django.conf import settings
from django.core.mail import send_mail

from brands.models import Membership, WebhookEndpoint
from brands.roles import Permission, may

REASONS: dict[str, str] = {
    WebhookEndpoint.Disabled.GONE: "It answered 410 Gone, which asks us to stop.",
    WebhookEndpoint.Disabled.FAILING: "Every attempt has failed for five days.",
}


def tell_managers(*, endpoint: WebhookEndpoint) -> int:
    """Write to everybody who may manage the brand's webhooks. Returns to how many."""
    people = [
        membership.user.email
        for membership in Membership.objects.filter(brand=endpoint.brand).select_related("user")
        if may(membership.role, Permission.MANAGE_WEBHOOKS) and membership.user.is_active
    ]
    page = f"{settings.RESONANCE_URL}/b/{endpoint.brand.slug}/settings/webhooks/{endpoint.pk}/"
    name = " ".join(endpoint.brand.name.split())
    text = (
        f"{name}: Resonance no longer sends webhooks to\n\n"
        f"    {endpoint.url.partition('?')[0]}\n\n"
        f"{REASONS.get(endpoint.disabled_because, '')} What happens from now on is not kept for it.\n"
        f"Put the receiver right, then switch the endpoint on again and replay what failed:\n\n"
        f"    {page}\n\n"
        "What was missed meanwhile can be read with GET /resonance-api/events.\n"
    )
    for address in people:
        # One by one: who else is on the team is nobody's business in a header.
        send_mail(f"{name}: a webhook endpoint was switched off", text, None, [address])
    return len(people)
