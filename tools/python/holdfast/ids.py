"""Ids of requests and reservations, and owners."""

import hashlib
import hmac
import secrets

from holdfast.wire import ID_BYTES


def new_id() -> bytes:
    """A fresh id of 16 random bytes, for a request or a reservation."""
    return secrets.token_bytes(ID_BYTES)


def owner_id(secret: bytes, shop_id: str) -> bytes:
    """The owner that stands for a shop's own customer or cart id.

    HMAC-SHA256 of the id's UTF-8 under ``secret``, cut to 16 bytes: always the same for the same
    shopper, and nobody without the secret can tell from it who that is. Keep the secret for as long
    as holds are to be found by their owner.
    """
    if not secret:
        raise ValueError("owners need a secret that isn't empty")
    digest = hmac.new(secret, shop_id.encode("utf-8"), hashlib.sha256).digest()
    return digest[:ID_BYTES]
