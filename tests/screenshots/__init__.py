"""`make screenshots`: every page as it looks, to be looked at."""
