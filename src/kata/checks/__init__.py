"""What a test may ask of an answer, beyond equal values."""
