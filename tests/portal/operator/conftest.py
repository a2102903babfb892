"""The API's caller: what it does is counted and logged."""

from tests.api_client import *  # noqa: F403
