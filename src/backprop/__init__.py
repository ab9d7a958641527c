"""This course's own code: what is right, its data, pictures, and training."""
