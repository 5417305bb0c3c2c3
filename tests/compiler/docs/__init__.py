"""The documentation held against the product: what it lists, what it shows, what it links to."""
