"""The learner's loop: save the file, see the verdict at once. docs/learning.md is its page."""
