"""The API of events. Each view: validate, one domain call, translate."""
