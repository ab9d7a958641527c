"""What an author uses: stubs, notebooks, and the proof of an exercise."""
