"""The engine's own errors fail these tests, here and in every process that they start."""

import os

from kata.diagnosis.slip import STRICT

os.environ[STRICT] = "1"
