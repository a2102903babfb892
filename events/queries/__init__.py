"""Questions about what brands reward and what happened."""
