"""One of everything that a page can be about, in the demo brand: run by `manage.py shell` beside it.

What other tests rely on stays as it is.
"""

FURNISH = """
from uuid import uuid4
from django.utils import timezone
from brands import services as brands
from brands.models import Brand, Trust, User
from brands.queries import brand_facts
from brands.services import invitations, webhooks
from events import services as events
from tests.browser.spendings import spend_around
from wallets import services as wallets

now = timezone.now()
brand = Brand.objects.get(slug="demo")
owner = User.objects.get(email="demo@demo.example")
# An operator too, so that the network's pages are reached by links.
User.objects.filter(pk=owner.pk).update(is_staff=True)
if not brand.invitations.exists():
    facts = brand_facts(brand_id=brand.pk)
    for n in range(12):
        submission = events.Submission(
            name="newsletter_read", address=f"reader{n}@example.com", metadata={"issue": f"2026-{n}"},
            trust=Trust.KEY, source="api", request_id=f"req_{n:024}", received_at=now)
        try:
            events.receive(brand=facts, submission=submission)
        except events.UnknownEvent:
            pass
    survey = events.create_event_type(brand=brand, key="answer_survey", name="Survey answered",
                                      terms=events.Terms(amount=3_00), by=owner, now=now)
    events.publish(rule=survey.rules.get(), terms=events.Terms(amount=4_00, person_daily_cap=8_00), by=owner, now=now)
    friend = events.receive(brand=brand_facts(brand_id=brand.pk), submission=events.Submission(
        name="signup", address="lena@example.com", metadata={"plan": "yearly"}, trust=Trust.KEY, source="api",
        request_id="req_" + "f" * 24, received_at=now))
    for amount, reason in ((5_00, "A parcel that came late"), (-2_50, "Paid twice by mistake"), (500_00, "Won the raffle")):
        wallets.adjust(brand=brand, wallet=friend.wallet, amount=amount, reason=reason, token=uuid4(), by=owner, now=now)
    invitations.invite(brand=brand, email="lena@northwind.example", role="ANALYST", by=owner, now=now)
    brands.add_domain(brand=brand, entry="*.shop.demo.example", by=owner, now=now)
    made = webhooks.add_endpoint(brand=brand, url="https://hooks.demo.example/resonance", kinds=["wallet.credited"],
                                 tests=False, by=owner, now=now, resolve=lambda *_: ["93.184.215.14"])
    webhooks.ping(endpoint=made.endpoint, now=now)
    spend_around(slug="demo", now=now)
"""
