"""The call in other people's languages, filled in, to be pasted and run."""

from portal.snippets.curl import curl

__all__ = ["curl"]
