"""manage.py reset_second_factors: for a person who has lost app, passkeys and recovery codes."""

from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.template.loader import render_to_string

from brands import services as brands
from brands.models import User
from portal import sessions

TEMPLATE = "account/email/second_factors_reset"


class Command(BaseCommand):
    help = (
        "Take away a person's second factors and recovery codes, sign them out everywhere and tell them. "
        "Make sure first that it is they who ask."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address that the person signs in with")
        parser.add_argument("--yes", action="store_true", help="do not ask back")

    def handle(self, *, email: str, yes: bool, **_options: Any) -> None:
        user = User.objects.filter(email=email.strip().lower()).first()
        if user is None:
            raise CommandError(f"Nobody signs in with {email!r}.")
        if not yes and not self.is_meant(user):
            raise CommandError("Nothing was changed.")
        with transaction.atomic():
            factors = brands.reset_second_factors(user=user)
            ended = sessions.end_sessions(user)
        self.tell(user)
        self.stdout.write(
            f"{user.email}: {factors} second factor{'' if factors == 1 else 's'} taken away, "
            f"{ended} session{'' if ended == 1 else 's'} ended. The password alone signs in now."
        )

    def is_meant(self, user: User) -> bool:
        self.stdout.write(
            f"{user.email} will sign in with the password alone, and is signed out everywhere."
        )
        try:
            return input("Type the address again to go on: ").strip().lower() == user.email
        except EOFError:
            return False

    def tell(self, user: User) -> None:
        about = {"current_site": {"domain": settings.RESONANCE_URL}}
        subject = render_to_string(f"{TEMPLATE}_subject.txt", about).strip()
        body = render_to_string(f"{TEMPLATE}_message.txt", about).strip()
        try:
            send_mail(subject, body, None, [user.email])
        except OSError as trouble:
            self.stderr.write(f"The person could not be told by mail: {trouble}")
