"""Make digits.npz from all of MNIST: `KATA_DATA=FOLDER python -m backprop.digits.make`.

It takes the first 500 training images of each class, class by class, and mixes them by torch's
permutation of seed 0, so that every class trains and validates. Pixels of value 1 (0.05 % of them,
of 255) become 0: in some copies of MNIST they are, and so every copy makes the same file.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from backprop.data import EMBEDDED, DataError, load_mnist

if TYPE_CHECKING:
    from torch import Tensor

OF_EACH = 500


def chosen(images: "Tensor", labels: "Tensor") -> "tuple[Tensor, Tensor]":
    """Return the images and labels of the file, from those of all of MNIST."""
    import torch

    first = torch.cat([(labels == digit).nonzero()[:OF_EACH, 0] for digit in range(10)])
    mixed = first[torch.randperm(len(first), generator=torch.Generator().manual_seed(0))]
    pixels = images[mixed]
    return torch.where(pixels == 1, 0, pixels), labels[mixed].byte()


def write(images: "Tensor", labels: "Tensor", path: Path) -> None:
    """Write them in a form that numpy reads alone."""
    import numpy as np

    np.savez_compressed(path, images=images.numpy(), labels=labels.numpy())


def main() -> int:
    """Write digits.npz from load_mnist's digits; the exit status, 1 with one line on why."""
    try:
        digits = load_mnist()
        if len(digits.labels) != 60_000:
            raise DataError(f"needs all 60,000 digits; {digits.note}")
        write(*chosen(digits.images, digits.labels), EMBEDDED)
    except (DataError, ImportError, OSError) as error:
        print(f"backprop.digits.make: {error}", file=sys.stderr)
        return 1
    print(f"wrote {EMBEDDED}, {EMBEDDED.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
