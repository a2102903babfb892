"""The caller and the cast that the API's tests share."""

from tests.api_client import *  # noqa: F403
