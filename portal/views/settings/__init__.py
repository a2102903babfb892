"""What a brand says of itself, and who may do what for it."""
