"""Hold 5,000 digits of MNIST, for where there is no network; README.md says whose they are."""
