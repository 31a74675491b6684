"""Token buckets per partner, and per partner and customer (Partner Center developer docs: api-throttling-guidance)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass
class Bucket:
    tokens: float
    filled_at: float


class Throttle:
    """Off unless the switches `throttle_partner` or `throttle_customer` say otherwise. Runs on the emulator's clock."""

    def __init__(self, clock: Any, switches: Any) -> None:
        self._clock = clock
        self._switches = switches
        self._buckets: dict[tuple[str, ...], Bucket] = {}

    def reset(self) -> None:
        self._buckets.clear()

    def charge(self, partner_id: str, customer_id: str | None, method: str) -> int | None:
        """None: go on. A number: refused, try again in so many whole seconds."""
        limits: list[tuple[tuple[str, ...], Any]] = [((partner_id,), self._switches.throttle_partner)]
        if customer_id:
            limits.append(((partner_id, customer_id), self._switches.throttle_customer))
        active = [(self._bucket(key, limit), limit) for key, limit in limits if limit]
        if not active:
            return None
        price = float(self._switches.throttle_weights["read" if method in ("GET", "HEAD") else "write"])
        waits = [wait for bucket, limit in active if (wait := _wait(bucket, limit, price)) > 0]
        if not waits:
            for bucket, _limit in active:
                bucket.tokens -= price
            return None
        if self._switches.throttle_penalise:
            # Every request counts, also a refused one. The debt is bounded, so that waiting as told always helps in the
            # end.
            for bucket, limit in active:
                bucket.tokens = max(-float(limit["burst"]), bucket.tokens - 1)
            waits = [_wait(bucket, limit, price) for bucket, limit in active]
        # Rounded up: a client that waits exactly so long must not come a moment too early.
        return max(1, math.ceil(max(waits)))

    def _bucket(self, key: tuple[str, ...], limit: dict[str, float]) -> Bucket:
        now = self._clock.timestamp()
        bucket = self._buckets.setdefault(key, Bucket(float(limit["burst"]), now))
        elapsed = max(0.0, now - bucket.filled_at)
        bucket.tokens = min(float(limit["burst"]), bucket.tokens + elapsed * float(limit["rate"]))
        bucket.filled_at = now
        return bucket


def _wait(bucket: Bucket, limit: dict[str, float], price: float) -> float:
    # A call that costs more than the bucket holds needs a full bucket, otherwise it could never be made.
    return (min(price, float(limit["burst"])) - bucket.tokens) / float(limit["rate"])
