import HoldfastClient

/// The calls of conversations, over the client library.
struct ConversationCalls {
    typealias Answer = Result<[String: ConversationValue], Refusal>

    let client: HoldfastClient

    /// Sends one request.
    func perform(_ call: String, _ arguments: ConversationArguments) async throws -> Answer {
        switch call {
        case "reserve":
            let request = try reserve(arguments)
            return try await client.reserve(request).map(ConversationAnswers.receipt)
        case "commit", "release", "fulfil", "cancel":
            return try await change(call, arguments).map(ConversationAnswers.receipt)
        case "extend":
            let reservation = try arguments.id("reservation")
            let requestID = try arguments.id("request")
            let time = try arguments.number("time_to_live", or: UInt32(0))
            let reason = try arguments.choice("reason", or: ExtendReason.shopper)
            try arguments.finish()
            return try await client.extend(
                reservation,
                for: reason,
                timeToLiveMilliseconds: time,
                requestID: requestID
            ).map(ConversationAnswers.receipt)
        case "hold_again": return try await holdAgain(arguments)
        case "reroute":
            let reservation = try arguments.id("reservation")
            let requestID = try arguments.id("request")
            try arguments.finish()
            return try await client.reroute(reservation, requestID: requestID)
                .map(ConversationAnswers.receipt)
        case "show":
            let reservation = try arguments.id("reservation")
            try arguments.finish()
            return try await client.show(reservation).map(ConversationAnswers.report)
        case "owner_show":
            let owner = try arguments.owner("owner")
            let limit = try arguments.number("limit", or: 256)
            let closed = try arguments.flag("closed")
            try arguments.finish()
            return try await client.reservations(
                of: owner,
                limit: limit,
                includingClosed: closed
            ).map(ConversationAnswers.owner)
        default: return try await performOnStock(call, arguments)
        }
    }

    private func performOnStock(
        _ call: String,
        _ arguments: ConversationArguments
    ) async throws -> Answer {
        switch call {
        case "stock_write":
            let request = try stockWrite(arguments)
            return try await client.write(request).map(ConversationAnswers.write)
        case "stock_show":
            let sku = try arguments.requiredText("sku")
            try arguments.finish()
            return try await client.stock(of: sku).map(ConversationAnswers.stock)
        case "stock_list":
            return try await pages(arguments)
        case "sku_write":
            let id = try arguments.id("id")
            let rows = try arguments.objects("rows") {
                SKUWeight(
                    sku: try $0.requiredText("sku"),
                    weightGrams: try $0.number("weight", or: 0)
                )
            }
            try arguments.finish()
            return try await client.write(rows, requestID: id).map(ConversationAnswers.write)
        case "availability":
            let query = AvailabilityQuery(
                skus: try arguments.texts("skus"),
                warehouses: try arguments.texts("warehouses").map {
                    try ConversationArguments.warehouse($0)
                },
                pools: try arguments.texts("pools").map { try ConversationArguments.pool($0) },
                owner: try arguments.optionalOwner("owner")
            )
            try arguments.finish()
            return try await client.availability(query).map(ConversationAnswers.availability)
        case "stock_holds":
            let sku = try arguments.requiredText("sku")
            let warehouse = try arguments.warehouse("warehouse")
            let limit = try arguments.number("limit", or: 1_024)
            try arguments.finish()
            return try await client.holds(of: sku, at: warehouse, limit: limit)
                .map(ConversationAnswers.holds)
        default: return try await performOnWarehouses(call, arguments)
        }
    }

    private func performOnWarehouses(
        _ call: String,
        _ arguments: ConversationArguments
    ) async throws -> Answer {
        switch call {
        case "warehouse_write":
            let id = try arguments.id("id")
            let rows = try arguments.objects("rows", warehouse)
            try arguments.finish()
            return try await client.write(rows, requestID: id).map(ConversationAnswers.write)
        case "warehouse_set_state":
            let id = try arguments.id("id")
            let code = try arguments.requiredWarehouse("code")
            let state: WarehouseState = try arguments.choice("state", or: .online)
            try arguments.finish()
            return try await client.setState(of: code, to: state, requestID: id)
                .map(ConversationAnswers.write)
        case "warehouse_list":
            try arguments.finish()
            return try await client.warehouses().map(ConversationAnswers.warehouses)
        case "warehouse_fill":
            try arguments.finish()
            return try await client.warehouseFill().map(ConversationAnswers.fill)
        case "source":
            let request = try reserve(arguments)
            return try await client.source(request).map(ConversationAnswers.sourcing)
        case "policy_write", "policy_list", "rates_write", "rates_list", "substitutes_write",
            "substitutes_list":
            return try await performOnSourcing(call, arguments)
        case "sale_write", "sale_list", "sale_status", "sale_report", "fence":
            return try await performOnSales(call, arguments)
        case "stats":
            try arguments.finish()
            return try await client.statistics().map(ConversationAnswers.statistics)
        case "check":
            try arguments.finish()
            return try await client.check().map(ConversationAnswers.check)
        default: return try await performOnSnapshots(call, arguments)
        }
    }

    // MARK: Requests

    private func holdAgain(_ arguments: ConversationArguments) async throws -> Answer {
        let reservation = try arguments.id("reservation")
        let id = try arguments.id("id")
        let owner = try arguments.owner("owner")
        let time = try arguments.number("time_to_live", or: UInt32(0))
        try arguments.finish()
        return try await client.holdAgain(
            reservation,
            as: id,
            owner: owner,
            timeToLiveMilliseconds: time
        ).map(ConversationAnswers.held)
    }

    /// The reserve of a step, also of one that only asks what plan it would get.
    func reserve(_ arguments: ConversationArguments) throws -> ReservationRequest {
        let policy = try arguments.text("policy") ?? "nearest"
        let builtIn = PolicyDefinition.builtIn.firstIndex { "\($0.name)" == policy }
        guard let policyName = PolicyName(policy) else { throw UnsendableValue(what: policy) }
        let request = ReservationRequest(
            id: try arguments.id("id"),
            owner: try arguments.owner("owner"),
            lines: try arguments.objects("lines") {
                ReservationRequest.Line(
                    sku: try $0.requiredText("sku"),
                    quantity: try $0.number("units", or: 0),
                    warehouse: try $0.warehouse("warehouse"),
                    pools: try $0.texts("pools").map { try ConversationArguments.pool($0) },
                    expectedVersion: try $0.number("expected_version", UInt64.self)
                )
            },
            timeToLiveMilliseconds: try arguments.number("time_to_live", or: 0),
            mode: try arguments.choice("mode", or: .allOrNothing),
            policy: builtIn.map { SourcingPolicy(rawValue: UInt8($0)) } ?? .nearest,
            policyName: builtIn == nil ? policyName : nil,
            destination: try arguments.object("destination") { place in
                let region = try place.text("region") ?? ""
                guard let code = RegionCode(region) else { throw UnsendableValue(what: region) }
                return Destination(
                    position: Position(
                        latitudeMicrodegrees: try place.number("latitude", or: 0),
                        longitudeMicrodegrees: try place.number("longitude", or: 0)
                    ),
                    region: code
                )
            },
            orderedAt: try arguments.number("ordered_at", Int64.self).map {
                Instant(milliseconds: $0)
            },
            replaces: try arguments.optionalID("replaces"),
            constraints: try arguments.object("constraints", constraints) ?? .none,
            wantsAlternatives: try arguments.flag("alternatives")
        )
        try arguments.finish()
        return request
    }

    private func change(
        _ call: String,
        _ arguments: ConversationArguments
    ) async throws -> Result<ReservationReceipt, Refusal> {
        let reservation = try arguments.id("reservation")
        let id = try arguments.id("request")
        let fulfilling = try arguments.flag("fulfil")
        let items = try arguments.objects("items") {
            ChangeItem(
                line: try $0.number("line", or: 0),
                quantity: try $0.number("units", or: 0),
                warehouse: try $0.warehouse("warehouse") ?? .none,
                pool: try $0.pool("pool")
            )
        }
        try arguments.finish()
        switch call {
        case "commit":
            return try await client.commit(
                reservation,
                items: items,
                fulfilling: fulfilling,
                requestID: id
            )
        case "release":
            return try await client.release(reservation, items: items, requestID: id)
        case "fulfil": return try await client.fulfil(reservation, items: items, requestID: id)
        default: return try await client.cancel(reservation, items: items, requestID: id)
        }
    }

    private func stockWrite(_ arguments: ConversationArguments) throws -> StockWrite {
        let request = StockWrite(
            id: try arguments.id("id"),
            cause: try ConversationArguments.choice(try arguments.requiredText("cause")),
            reason: try arguments.text("reason") ?? "",
            rows: try arguments.objects("rows") {
                StockWrite.Row(
                    sku: try $0.requiredText("sku"),
                    warehouse: try $0.requiredWarehouse("warehouse"),
                    units: try $0.number("units", or: 0),
                    safetyStock: try $0.number("safety_stock", Int64.self),
                    pool: try $0.pool("pool") ?? .default,
                    backorderLimit: try $0.number("backorder_limit", Int64.self),
                    expectedVersion: try $0.number("expected_version", UInt64.self),
                    isDifference: try $0.flag("difference")
                )
            }
        )
        try arguments.finish()
        return request
    }

    private func warehouse(_ row: ConversationArguments) throws -> Warehouse {
        Warehouse(
            code: try row.requiredWarehouse("code"),
            city: try row.text("city") ?? "",
            position: Position(
                latitudeMicrodegrees: try row.number("latitude", or: 0),
                longitudeMicrodegrees: try row.number("longitude", or: 0)
            ),
            priority: try row.number("priority", or: 0),
            shipmentCostMinor: try row.number("shipment_cost", or: 0),
            perKilometreMinor: try row.number("kilometre_cost", or: 0),
            unitCostMinor: try row.number("unit_cost", or: 0),
            cutoffHourUTC: try row.number("cutoff_hour", or: 0),
            handlingHours: try row.number("handling_hours", or: 0),
            closedWeekdays: try row.number("closed_weekdays", or: 0),
            utcOffsetMinutes: try row.number("utc_offset", or: 0),
            capacityShipments: try row.number("capacity", UInt32.self),
            regions: try row.texts("regions").map { try ConversationArguments.region($0) },
            state: try row.choice("state", or: .online)
        )
    }

    private func pages(_ arguments: ConversationArguments) async throws -> Answer {
        let cursor = try arguments.number("cursor", or: UInt32(0))
        let limit = try arguments.number("limit", or: 1_000)
        let isWhole = try arguments.flag("all_pages")
        try arguments.finish()
        var result = try await client.stockPage(from: cursor, cellsMax: limit)
        while isWhole, case .success(let page) = result, let next = page.next {
            result = try await client.stockPage(from: next, cellsMax: limit).map {
                StockPage(reports: page.reports + $0.reports, next: $0.next)
            }
        }
        return result.map(ConversationAnswers.page)
    }
}
