"""The e-mail of an invitation."""

import logging
from datetime import datetime
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from brands.services import invitations

log = logging.getLogger(__name__)


def send(*, invitation_id: int, now: datetime) -> bool:
    """Send it, where that is still to be done. A mail server that fails is logged; the row says so too."""
    begun = invitations.begin_sending(invitation_id=invitation_id, now=now)
    if begun is None:
        return False
    invitation, token = begun
    by = invitation.invited_by
    context = {
        "brand": one_line(invitation.brand.name),
        "by": one_line(by.name or by.email) if by else "",
        "role": invitation.get_role_display(),
        "link": f"{settings.RESONANCE_URL}{reverse('invitation', args=[token])}",
        "until": invitation.expires_at.astimezone(invitation.brand.zone),
        "zone": invitation.brand.time_zone,
        "url": settings.RESONANCE_URL,
    }
    subject = render_to_string("portal/email/invitation_subject.txt", context)
    message = render_to_string("portal/email/invitation_message.txt", context)
    try:
        send_mail(" ".join(subject.split()), message, None, [invitation.address])
    except (SMTPException, OSError) as error:
        about = {"invitation": invitation.pk, "error": type(error).__name__}
        log.warning("an invitation could not be sent", extra=about)
        return False
    invitations.mark_sent(invitation=invitation, now=now)
    return True


def one_line(text: str) -> str:
    """What somebody wrote, as a part of a sentence in plain text: no lines of its own, nothing invisible."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
