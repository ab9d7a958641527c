"""Why the gradients of the net's links are what they are, as the tests of several chapters say it.

A reason says on which ways a value reaches the loss, and what adds up. The formula is for the
learner to find: it stands in the hints.
"""

MSE = (
    "L = 1/n sum_i (inp[i, 0] - targ[i])^2: inp[i, 0] stands in one square alone, and that square "
    "is one of n in the mean"
)
RELU = (
    "out is max(inp, 0), or that plus a constant: where inp > 0, out moves as much as inp does; "
    "elsewhere it does not move at all"
)
LIN = {
    "inp": "inp[i, j] stands in all o outputs of row i, beside another weight in each: all of them "
    "reach the loss",
    "w": "w[j, k] stands in out[i, k] of all n rows, beside another inp[i, j] in each: all of them "
    "reach the loss",
    "b": "b[k] stands in out[i, k] of all n rows: all of them reach the loss",
}
