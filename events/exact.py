"""JSON whose numbers stay as they were sent."""

import json
from decimal import Decimal
from typing import Any


class ExactDecoder(json.JSONDecoder):
    """Reads 89.990 as Decimal("89.990"), where a float would be some other number."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": Decimal})
