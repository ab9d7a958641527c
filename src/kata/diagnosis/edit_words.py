"""What one edit of a formula comes to, in words."""

import ast

OPERATORS: dict[type[ast.operator], dict[type[ast.operator], tuple[str, str]]] = {
    # with the name of the right operand, and without
    ast.Add: {
        ast.Sub: ("You subtract {}, which should be added.", "You subtract where you should add."),
        ast.Mult: (
            "You multiply by {}, which should be added.",
            "You multiply where you should add.",
        ),
    },
    ast.Sub: {
        ast.Add: ("You add {}, which should be subtracted.", "You add where you should subtract."),
    },
    ast.Mult: {
        ast.Div: ("You divide by {}, which is a factor.", "You divide where you should multiply."),
        ast.Add: ("You add {}, which is a factor.", "You add where you should multiply."),
    },
    ast.Div: {
        ast.Mult: (
            "You multiply by {}, by which you should divide.",
            "You multiply where you should divide.",
        ),
    },
    ast.Pow: {ast.Mult: ("You multiply by {}, which is a power.", "You multiply by a power.")},
    ast.MatMult: {
        ast.Mult: (
            "You multiply by {} element by element, where a matrix product is needed.",
            "You multiply element by element where a matrix product is needed.",
        ),
    },
    ast.FloorDiv: {ast.Div: ("You don't round a quotient down.",) * 2},
    ast.Mod: {ast.FloorDiv: ("You take the quotient where the remainder is needed.",) * 2},
}
DROPPED: dict[type[ast.operator], tuple[str, str]] = {  # with the operand's name, and without
    ast.Add: ("You leave out {}, which should be added.", "You leave out a term."),
    ast.Sub: (
        "You leave out {}, which should be subtracted.",
        "You leave out a term that should be subtracted.",
    ),
    ast.Mult: ("You leave out {}, which is a factor.", "You leave out a factor."),
    ast.Div: ("You don't divide by {}.", "You leave out a division."),
    ast.MatMult: ("You leave out the product with {}.", "You leave out a matrix product."),
    ast.Pow: ("You leave out the power {}.", "You leave out a power."),
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
NEIGHBOURS = {  # functions and methods that are taken for each other
    "sum": ("mean",),
    "mean": ("sum",),
    "max": ("min",),
    "min": ("max",),
    "amax": ("amin",),
    "amin": ("amax",),
    "argmax": ("argmin",),
    "exp": ("log",),
    "log": ("exp",),
    "sqrt": ("square",),
    "rsqrt": ("sqrt",),
    "square": ("sqrt", "abs"),
    "abs": ("square",),
    "zeros": ("ones",),
    "ones": ("zeros",),
    "zeros_like": ("ones_like",),
    "ones_like": ("zeros_like",),
    "zeros_": ("ones_",),
    "randn": ("rand",),
    "randn_like": ("rand_like", "ones_like"),
    "normal_": ("uniform_",),
    "var": ("std",),
    "std": ("var",),
    "clamp_min": ("clamp_max",),
    "maximum": ("minimum",),
}
AT_EQUALITY = {
    (ast.Lt, ast.LtE): "Your comparison holds for equal numbers, too, and should not.",
    (ast.Gt, ast.GtE): "Your comparison holds for equal numbers, too, and should not.",
    (ast.LtE, ast.Lt): "Your comparison does not hold for equal numbers, and should.",
    (ast.GtE, ast.Gt): "Your comparison does not hold for equal numbers, and should.",
}
NOUNS = {
    "sum": "sum",
    "mean": "mean",
    "max": "maximum",
    "min": "minimum",
    "amax": "maximum",
    "amin": "minimum",
    "argmax": "place of the largest",
    "argmin": "place of the smallest",
    "exp": "exponential",
    "log": "logarithm",
    "log2": "logarithm",
    "sqrt": "square root",
    "rsqrt": "inverse square root",
    "square": "square",
    "abs": "absolute value",
    "var": "variance",
    "std": "standard deviation",
    "maximum": "larger of two",
    "minimum": "smaller of two",
    "clamp": "bounds of a clamp",
    "cumsum": "cumulative sum",
    "softmax": "softmax",
}
KINDS = {
    "zeros": "zeros",
    "zeros_like": "zeros",
    "zeros_": "zeros",
    "ones": "ones",
    "ones_like": "ones",
    "ones_": "ones",
    "randn": "normal numbers",
    "randn_like": "normal numbers",
    "normal_": "normal numbers",
    "rand": "uniform numbers",
    "rand_like": "uniform numbers",
    "uniform_": "uniform numbers",
}
LEFT_OUT = {  # of a call that changes the shape alone, or leaves only a part
    "triu": "You take all of a matrix, where the part above a diagonal belongs (triu).",
    "tril": "You take all of a matrix, where the part below a diagonal belongs (tril).",
    "squeeze": "You keep an axis of length 1 that should go (squeeze).",
    "unsqueeze": "An axis of length 1 is missing (unsqueeze).",
    "t": "A matrix is not transposed, and should be.",
    "transpose": "Two axes are not swapped, and should be.",
    "flip": "An order is not reversed, and should be.",
    "reversed": "An order is not reversed, and should be.",
    "detach": "A tensor is not detached, and should be.",
    "clone": "A tensor is not copied, and should be.",
}


def taken(other: str, name: str) -> str:
    """Say that one function was taken for another; "" where there are no words for them."""
    if name in KINDS and other in KINDS:
        return f"You take {KINDS[other]} where {KINDS[name]} belong."
    if name in NOUNS and other in NOUNS:
        return f"You take the {NOUNS[other]} where the {NOUNS[name]} belongs."
    return ""


def made_by(name: str) -> str:
    """Return what a function makes, with its article: "A mean"."""
    noun = NOUNS.get(name, name)
    return f"{an_article(noun).capitalize()} {noun}"


def an_article(noun: str) -> str:
    """Return a or an."""
    return "an" if noun[0] in "aeiou" else "a"
