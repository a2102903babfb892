"""GET events/<id> and wallets/<email>: what a brand may read back with its secret key."""

from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from brands.http.callers import READING_EVENTS, READING_WALLETS, Caller, Wants, identify
from brands.http.claims import Claims
from brands.http.views import ApiView, answer
from events.api.wording import CURRENCY, moment, rsnc
from events.queries.event import EventFacts, EventTold, event_facts
from events.queries.members import WalletFacts, wallet_facts
from events.services import parse_event_id, public_event_id
from wallets.addresses import InvalidAddress, normalise
from wallets.services import public_wallet_id


class Reading(ApiView):
    http_method_names = ["get", "head"]

    def caller(self, request: Request, wants: Wants) -> Caller:
        django_request = self.django_request(request)
        caller = identify(Claims.of(django_request), b"", wants, now=timezone.now())
        django_request.called_for = caller.brand
        return caller


class OneEvent(Reading):
    def get(self, request: Request, event_id: str) -> HttpResponse:
        caller = self.caller(request, READING_EVENTS)
        event = parse_event_id(event_id)
        found = event_facts(brand_id=caller.brand.id, event=event) if event else None
        if found is None:
            raise Http404
        return answer(event_said(found, caller) | {"transfers": transfers_said(found)})


class OneWallet(Reading):
    def get(self, request: Request, address: str) -> HttpResponse:
        caller = self.caller(request, READING_WALLETS)
        test = request.GET.get("test") in {"true", "1"}
        try:
            found = wallet_facts(brand_id=caller.brand.id, address=normalise(address), test=test)
        except InvalidAddress:
            found = None
        if found is None:
            raise Http404
        return answer(wallet_said(found, caller) | {"test": test})


def event_said(event: EventTold, caller: Caller) -> dict[str, Any]:
    return {
        "event_id": public_event_id(event.id),
        "event": event.name,
        "email": event.address,
        "metadata": event.metadata,
        "status": event.status,
        "reason": event.reason or None,
        "reward": {"amount": rsnc(event.amount), "currency": CURRENCY},
        "next_eligible_at": moment(event.next_eligible_at),
        "decision": {**event.decision, "observed": event.observed},
        "trust": event.trust,
        "source": event.source,
        "test": event.test,
        "occurred_at": moment(event.occurred_at),
        "received_at": moment(event.received_at),
        "judged_at": moment(event.judged_at),
        "wallet": None
        if event.wallet is None
        else {
            "id": public_wallet_id(brand_id=caller.brand.id, wallet=event.wallet),
            "created": event.wallet_created,
        },
        "request_id": event.request_id,
    }


def transfers_said(event: EventFacts) -> list[dict[str, Any]]:
    return [
        {"kind": each.kind, "amount": rsnc(each.amount), "created_at": moment(each.created_at)}
        for each in event.transfers
    ]


def wallet_said(wallet: WalletFacts, caller: Caller) -> dict[str, Any]:
    return {
        "id": public_wallet_id(brand_id=caller.brand.id, wallet=wallet.wallet),
        "email": wallet.address,
        "currency": CURRENCY,
        "balance": rsnc(wallet.holdings.available),
        "issued_here": rsnc(wallet.holdings.issued_here),
        "pending": rsnc(wallet.holdings.pending),
        "reserved": rsnc(wallet.holdings.reserved),
        "transfers": [
            {
                "kind": each.kind,
                "amount": rsnc(each.amount),
                "event_id": public_event_id(each.event_id) if each.event_id else None,
                "created_at": moment(each.created_at),
            }
            for each in wallet.transfers
        ],
    }
