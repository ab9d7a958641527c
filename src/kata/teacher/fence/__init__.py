"""What holds a student's process, and the line to it."""
