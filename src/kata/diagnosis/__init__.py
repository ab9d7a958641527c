"""Which mistake is it: from what an answer does to a sentence about it."""
