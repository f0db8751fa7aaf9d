"""The names that numbers stand for, learnt from the records that give them."""

from holdfast.files.movements import (
    ActorNamed,
    Movement,
    SalesChanged,
    SkusChanged,
    StockChanged,
    WarehousesChanged,
)
from holdfast.files.state import (
    ActorsState,
    NetworkState,
    SkuState,
    StateBody,
    WarehousesState,
)
from holdfast.values import SourcingPolicy
from holdfast.wire import DEFAULT_POOL


class Names:
    """What is known so far; a number without a name reads ``#7``.

    A number never gets another name, so a name may be learnt twice and from both kinds of records.
    """

    def __init__(self) -> None:
        self._skus: dict[int, str] = {}
        self._warehouses: dict[int, str] = {}
        self._pools: dict[int, str] = {0: DEFAULT_POOL}
        self._actors: dict[int, str] = {}
        self._policies = {policy.value: policy.label for policy in SourcingPolicy}

    def sku(self, number: int) -> str:
        """The name of a SKU."""
        return self._skus.get(number, f"#{number}")

    def warehouse(self, number: int) -> str:
        """The code of a warehouse."""
        return self._warehouses.get(number, f"#{number}")

    def pool(self, number: int) -> str:
        """The name of a pool."""
        return self._pools.get(number, f"#{number}")

    def policy(self, number: int) -> str | int:
        """The name of a policy that is always there; the number of one defined by name."""
        return self._policies.get(number, number)

    def actor(self, number: int) -> str | None:
        """The name of a client; None for number 0, nobody named."""
        return self._actors.get(number, f"#{number}") if number else None

    def learn(self, movement: Movement) -> None:
        """Takes the names that a movement gives."""
        body = movement.body
        if isinstance(body, StockChanged):
            self._pools.update(body.pools)
        if isinstance(body, StockChanged | SkusChanged):
            for row in body.rows:
                if row.new_name is not None:
                    self._skus[row.sku] = row.new_name
        elif isinstance(body, WarehousesChanged):
            self._warehouses.update((number, row.code) for number, row in body.rows)
        elif isinstance(body, ActorNamed):
            self._actors[movement.actor] = body.name
        elif isinstance(body, SalesChanged):
            self._pools.update((row.pool_number, row.pool) for row in body.rows if row.is_new_pool)

    def learn_state(self, body: StateBody) -> None:
        """Takes the names that a state record gives."""
        if isinstance(body, SkuState):
            self._skus[body.number] = body.name
        elif isinstance(body, NetworkState):
            self._pools.update(
                (number, name or DEFAULT_POOL) for number, name in enumerate(body.pools)
            )
        elif isinstance(body, WarehousesState):
            self._warehouses.update((number, row.code) for number, row in body.rows)
        elif isinstance(body, ActorsState):
            self._actors.update(enumerate(body.names, body.first))
