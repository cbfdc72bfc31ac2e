"""A GPU host of Galley: renders behind a small HTTP contract, reported as they go."""
