import Engine
import Inventory
import Journal
import Logging
import Node
import Server
import Storage
import Support
import Wire

/// A server on a free port with one warehouse and one SKU.
final class ServerFixture {
    let node: Node
    let disk = HeldDisk()
    let server: Server
    private let directory = TemporaryDirectory()

    static let warehouse = WarehouseCode("LON1") ?? .none
    static let sku = "SKU-1"

    init(
        ringBytes: Int = 1 << 22,
        durability: Durability = .sync,
        _ change: (inout ServerSettings) -> Void = { _ in },
        engine changeEngine: (inout EngineSettings) -> Void = { _ in }
    ) async throws {
        var nodeSettings = NodeSettings(dataDirectory: directory.path)
        nodeSettings.ringCapacityBytes = ringBytes
        nodeSettings.durability = durability
        nodeSettings.segmentSizeBytes = 1 << 24
        nodeSettings.engine.stockStripes = 64
        nodeSettings.engine.reservationStripes = 64
        changeEngine(&nodeSettings.engine)
        node = try Node.open(
            settings: nodeSettings,
            disk: disk,
            clock: LinuxClock(),
            entropy: LinuxEntropy(),
            note: { _ in }
        )
        var settings = ServerSettings()
        settings.port = 0
        settings.eventLoops = 2
        settings.drainNoticeMilliseconds = 0
        settings.lingerMilliseconds = 100
        change(&settings)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        server = try await Server.start(node: node, settings: settings, logger: logger)
    }

    /// Begins to drain the server, ahead of other tests' work.
    ///
    /// Who waits for it on a socket holds one of the few threads that all tests share.
    func beginDrain() -> Task<Void, Never> {
        let server = server
        return Task(priority: .high) { await server.drain() }
    }

    /// A raw connection that has said nothing.
    func connect(receiveBufferBytes: Int32? = nil) throws -> RawClient {
        try RawClient(port: server.boundPort, receiveBufferBytes: receiveBufferBytes)
    }

    /// A raw connection that has said hello; with `greetsLater` its answer is still to be read.
    func client(greetsLater: Bool = false) throws -> RawClient {
        let client = try connect()
        if greetsLater {
            try client.send(Hello(name: "raw-test"))
        } else {
            try client.greet()
        }
        return client
    }

    /// Makes the warehouse and puts units of the SKU into it.
    func stock(_ units: Int64) throws {
        let client = try client()
        let warehouse = Warehouse(
            code: ServerFixture.warehouse,
            city: "London",
            position: Position(latitudeMicrodegrees: 51_507_351, longitudeMicrodegrees: -127_758)
        )
        _ = try client.call(
            WarehouseWrite(id: .random(), warehouses: [warehouse])
        ).content(WriteReceipt.self)
        let row = StockWrite.Row(
            sku: ServerFixture.sku,
            warehouse: ServerFixture.warehouse,
            units: units
        )
        _ = try client.call(
            StockWrite(id: .random(), cause: .imported, rows: [row])
        ).content(WriteReceipt.self)
    }

    /// A reserve of units of the SKU.
    static func reserve(
        _ units: UInt32 = 1,
        id: RequestID = .random()
    ) -> ReservationRequest {
        ReservationRequest(
            id: id,
            owner: OwnerID(high: 1, low: 2),
            lines: [.init(sku: sku, quantity: units)]
        )
    }

    /// Drains the server and closes the node.
    func end() async {
        disk.letGo()
        await server.drain()
        node.close()
        directory.remove()
    }
}
