"""The brand manager's pages, a module per noun."""
