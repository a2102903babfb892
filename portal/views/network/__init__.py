"""The operator's pages about the whole network. Staff only; for everybody else they are not there."""
