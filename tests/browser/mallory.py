"""A person, a passkey, a brand and an event type whose names are as bad as can be.

Run in an installation's own shell, since nobody can call themselves anything in the pages.
"""

import json
import secrets

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from django.utils import timezone
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from brands import services as brands
from brands.models import Brand, Role, User
from brands.services import invitations, webhooks
from events import services as events
from events.models import Replay
from tests.sign_in import step_up


def arrive(*, email: str, name: str, url: str) -> None:
    """Prints as JSON a session of theirs, who have just proved who they are, and where the brand is."""
    now = timezone.now()
    user = brands.create_user(email=email, password="sunflower-fields", now=now)
    user.name = name
    user.save()
    Authenticator.objects.create(
        user=user, type="webauthn", data={"name": name, "credential": credential()}
    )
    brand = brands.start_brand(
        owner=user, name=name, domain="shop.newshop.example", time_zone="Asia/Tokyo", now=now
    )
    event_type = events.create_event_type(
        brand=brand,
        key="place_order",
        name=name,
        terms=events.Terms(amount=10_00, business_key="metadata.order_id"),
        by=user,
        now=now,
    )
    replay = Replay.objects.create(
        brand=brand, event_type=event_type, total=1, created_at=now, touched_at=now
    )
    made = {
        "session": session_of(user),
        "slug": brand.slug,
        "brand_id": brand.public_id,
        "replay": replay.pk,
        "invitation": invited(brand, user),
    }
    told(brand, user, url)
    print(json.dumps(made))  # noqa: T201


def invited(brand: Brand, by: User) -> str:
    """The token of an invitation whose e-mail is never sent."""
    now = timezone.now()
    invitation = invitations.invite(
        brand=brand, email="new@guests.example", role=Role.ANALYST, by=by, now=now
    )
    begun = invitations.begin_sending(invitation_id=invitation.pk, now=now)
    assert begun is not None
    return begun[1]


def told(brand: Brand, by: User, url: str) -> None:
    """A message that waits for an endpoint."""
    added = webhooks.add_endpoint(
        brand=brand,
        url=url,
        kinds=["wallet.credited"],
        tests=False,
        by=by,
        now=timezone.now(),
        resolve=lambda _name, _seconds: ["8.8.8.8"],
    )
    webhooks.ping(endpoint=added.endpoint, now=timezone.now())


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    step_up(client, user)
    return client.cookies["session"].value


def credential() -> dict[str, object]:
    """A passkey that no device has."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    own = AttestedCredentialData.create(bytes(16), secrets.token_bytes(16), key)
    data = AuthenticatorData.create(bytes(32), 0x45, 0, own)
    made = AttestationObject.create("none", data, {})
    said = CollectedClientData.create("webauthn.create", bytes(16), "http://localhost")
    identity = websafe_encode(own.credential_id)
    return {
        "id": identity,
        "rawId": identity,
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(said),
            "attestationObject": websafe_encode(made),
        },
    }
