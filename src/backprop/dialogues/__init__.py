"""What the tests say to answers that are classes, or keep something (kata.answers.dialogue)."""
