"""A rule in one sentence, amounts, lengths."""

import pytest
from django.utils.html import strip_tags

from events.models import Cooldown
from events.services import Terms
from portal.wording import length, plain, rsnc, sentence, thing

TEN = Terms(amount=10_00)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (TEN, "Pays 10.00 RSNC every time."),
        (Terms(amount=1, business_key="metadata.id"), "Pays 0.01 RSNC once per metadata.id."),
        (
            Terms(amount=10_00, cooldown=Cooldown.ROLLING, cooldown_seconds=86_400),
            "Pays 10.00 RSNC once every 24 hours per person.",
        ),
        (
            Terms(amount=10_00, cooldown=Cooldown.DAY),
            "Pays 10.00 RSNC once a calendar day per person. A day begins at 00:00 in Europe/Berlin.",
        ),
        (
            Terms(amount=10_00, cooldown=Cooldown.WEEK),
            (
                "Pays 10.00 RSNC once a calendar week per person. "
                "A week begins on Monday at 00:00 in Europe/Berlin."
            ),
        ),
        (
            Terms(amount=10_00, cooldown=Cooldown.MONTH),
            (
                "Pays 10.00 RSNC once a calendar month per person. "
                "A month begins on the 1st at 00:00 in Europe/Berlin."
            ),
        ),
        (Terms(amount=10_00, cooldown=Cooldown.EVER), "Pays 10.00 RSNC once ever per person."),
        (
            Terms(
                amount=1_234_00,
                cooldown=Cooldown.ROLLING,
                cooldown_seconds=172_800,
                business_key="metadata.order_id",
                person_daily_cap=2_468_00,
            ),
            (
                "Pays 1,234.00 RSNC once every 2 days per person, once per order (metadata.order_id), "
                "at most 2,468.00 RSNC a day per person. A day begins at 00:00 in Europe/Berlin."
            ),
        ),
    ],
)
def test_a_rule_is_said_back(terms, said):
    assert strip_tags(sentence(terms, "Europe/Berlin")) == said


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("metadata.order_id", "order"),
        ("metadata.orderId", "order"),
        ("metadata.order.id", "order"),
        ("metadata.support_ticket_number", "support ticket"),
        ("metadata.giftCardCode", "gift card"),
        ("metadata.id", ""),
        ("metadata.sku", ""),
        ("metadata.paid", ""),
        ("metadata.void", ""),
        ("metadata.x9_id", ""),
        ("metadata._id", ""),
    ],
)
def test_a_path_is_said_by_what_it_names(path, named):
    assert thing(path) == named


def test_a_path_with_markup_stays_text():
    said = sentence(Terms(amount=1, business_key="metadata.<script>"), "UTC")
    assert "&lt;script&gt;" in said
    assert "<script>" not in said


@pytest.mark.parametrize(
    ("hundredths", "said"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (1250, "12.50"),
        (123_456_789, "1,234,567.89"),
        (-250, "\u22122.50"),
    ],
)
def test_amounts(hundredths, said):
    assert rsnc(hundredths) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "1 second"),
        (90, "90 seconds"),
        (60, "1 minute"),
        (3_600, "1 hour"),
        (86_400, "24 hours"),
        (172_800, "2 days"),
        (90_000, "25 hours"),
        (90_061, "90,061 seconds"),
    ],
)
def test_lengths(seconds, said):
    assert length(seconds) == said


def test_invisible_characters_show_themselves():
    assert plain("a\u202eb\u200bc\nd") == "a\\u202eb\\u200bc\nd"
