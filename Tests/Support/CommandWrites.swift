package import Engine
package import Inventory

extension Command {
    /// Bytes of credit that the command needs if it writes stock, SKUs, warehouses or actors; 0 for
    /// a name, whose credit the engine takes itself; `nil` if it is about reservations.
    package var writeCreditBytes: Int? {
        switch self {
        case .stock(let command):
            Engine.stockCreditBytes(rows: command.rows.count, cause: command.cause)
        case .warehouses(let command): Engine.warehouseCreditBytes(rows: command.warehouses.count)
        case .warehouseState: Engine.warehouseCreditBytes(rows: 1)
        case .skus(let command): Engine.skuCreditBytes(rows: command.rows.count)
        case .configuration(let command): command.creditBytes
        case .actor: 0
        default: nil
        }
    }

    /// Carries the command out if it writes stock, SKUs, warehouses or actors; `nil` if it is about
    /// reservations.
    ///
    /// The session's credit covers ``writeCreditBytes``.
    package func performWrite(now: Instant, session: EngineSession, on engine: Engine)
        -> CommandReply?
    {
        switch self {
        case .stock(let command):
            .write(
                withStockRequest(command) { engine.writeStock($0, now: now, session: session) }
            )
        case .warehouses(let command):
            .write(
                engine.writeWarehouses(
                    id: command.id,
                    digest: command.digest,
                    command.warehouses,
                    now: now,
                    session: session
                )
            )
        case .warehouseState(let command):
            .write(
                engine.setWarehouseState(
                    id: command.id,
                    digest: command.digest,
                    code: command.code,
                    state: command.state,
                    now: now,
                    session: session
                )
            )
        case .skus(let command):
            .write(
                engine.writeSKUs(
                    id: command.id,
                    digest: command.digest,
                    command.rows,
                    now: now,
                    session: session
                )
            )
        case .configuration(let command):
            .write(command.perform(now: now, session: session, on: engine))
        case .actor(let name): .actor(engine.actor(named: name, now: now, session: session))
        default: nil
        }
    }
}
