"""What a shop written in Python does when an order is paid. Run as: order.py <base URL> <e-mail> <order>"""

import sys

import requests


def report_order(base_url: str, email: str, order_id: str) -> None:
    response = requests.post(
        f"{base_url}/resonance-api/manual-event",
        json={
            "event": "place_order",
            "email": email,
            "metadata": {"platform": "python", "order_id": order_id, "total": 89.99, "items": 3},
        },
        timeout=10,
    )
    response.raise_for_status()
    sys.stdout.write(response.text)


report_order(*sys.argv[1:])
