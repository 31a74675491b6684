"""Settings of a service: few that hold every combination of two values, and random ones.

Most defects need one switch, nearly all others two. A list of settings in which every value of every switch meets every value of every other is
short, because one setting holds many pairs at once.
"""

from __future__ import annotations

import random
import typing as t
from itertools import combinations

Values = t.Mapping[str, t.Sequence[t.Any]]
Pair = tuple[tuple[str, int], tuple[str, int]]


def all_pairs(values: Values, seed: int = 1) -> list[dict[str, t.Any]]:
    """Settings that hold every combination of two values, chosen greedily; the same for the same seed."""
    dice = random.Random(seed)
    numbered = {name: range(len(each)) for name, each in values.items()}
    left = {
        ((one, a), (two, b))
        for one, two in combinations(sorted(values), 2)
        for a in numbered[one]
        for b in numbered[two]
    }
    found = []
    while left:
        # One pair that is left is taken for sure, so that every setting brings something new.
        chosen = dict(min(left))
        for name in dice.sample(sorted(values), len(values)):
            if name not in chosen:
                chosen[name] = max(numbered[name], key=lambda value: (_gain(left, chosen, name, value), dice.random()))
        left -= set(_held(chosen))
        found.append({name: values[name][value] for name, value in sorted(chosen.items())})
    return found


def sample(values: Values, dice: random.Random) -> dict[str, t.Any]:
    """One random setting."""
    return {name: dice.choice(list(each)) for name, each in values.items()}


def _gain(left: set[Pair], chosen: t.Mapping[str, int], name: str, value: int) -> int:
    new = (name, value)
    return sum((min(each, new), max(each, new)) in left for each in chosen.items())


def _held(chosen: t.Mapping[str, int]) -> t.Iterator[Pair]:
    return combinations(sorted(chosen.items()), 2)
