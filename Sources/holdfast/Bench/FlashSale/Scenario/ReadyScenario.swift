/// The scenarios that are always there; their texts are those of the files in
/// `Benchmarks/flash-sale`.
enum ReadyScenario {
    /// Names and texts.
    static let texts: [(name: String, text: String)] = [
        ("sneaker-drop", sneakerDrop),
        ("ticket-sale", ticketSale),
        ("marketplace-day", marketplaceDay),
        ("bot-attack", botAttack),
        ("demo", demo),
    ]

    /// The scenario of a name, or that of a file.
    static func named(_ name: String) throws(CommandFailure) -> FlashSaleScenario {
        if let ready = texts.first(where: { $0.name == name }) {
            return try ScenarioFile.scenario(ready.text, name: name + ".scenario")
        }
        let isPath = name.contains("/") || name.contains(".")
        guard isPath else {
            let names = texts.map(\.name).joined(separator: ", ")
            throw .usage("\(name): give a file, or one of \(names)")
        }
        let bytes = try InputFile.bytes(at: name)
        return try ScenarioFile.scenario(String(decoding: bytes, as: UTF8.self), name: name)
    }

    private static let sneakerDrop = """
        # A sneaker drop: much too many people for six models, and bots among them.
        title            Sneaker drop
        shoppers         200000
        connections      500
        duration         40s
        early            10%
        early-by         3s
        rush             4s
        patience         20s
        retry-pause      3s
        tabs             15%
        tabs-max         3
        double-clicks    5%
        switches         25%

        quantity         1
        pay-time         4s
        payments-failing 4%
        payments-late    1%
        abandoned        5%
        hold             12s

        skus             6
        units            500
        popularity       zipf 0.6
        pool             drop
        sku-prefix       SNEAKER
        sells-out        yes

        limit-owner      2
        limit-owner-sku  1
        limit-open-holds 2

        bots             100
        bot-owners       20
        bot-requests     4
        bot-pause        10ms

        """

    private static let ticketSale = """
        # Tickets: groups of four want seats of one block, all or nothing.
        title            Ticket sale
        shoppers         100000
        connections      300
        duration         40s
        early            20%
        early-by         3s
        rush             5s
        patience         20s
        retry-pause      2s
        tabs             10%
        double-clicks    5%
        # Whose block is full asks for another one.
        switches         80%

        quantity         4
        pay-time         4s
        payments-failing 5%
        payments-late    1%
        abandoned        6%
        hold             10s

        # Blocks of 400 seats: groups of four fill them without a rest.
        skus             50
        units            400
        popularity       zipf 0.5
        pool             tickets
        sku-prefix       BLOCK
        sells-out        yes

        limit-owner      4
        limit-order      4

        """

    private static let marketplaceDay = """
        # A marketplace's big day: 10,000 SKUs, baskets of up to four, a few of them very popular.
        title            Marketplace day
        shoppers         300000
        connections      400
        duration         40s
        early            2%
        rush             20s
        patience         6s
        retry-pause      2s
        tabs             5%
        double-clicks    3%
        switches         60%

        quantity         1-2
        lines            1-4
        pay-time         3s
        payments-failing 3%
        payments-late    0.5%
        abandoned        10%
        hold             10s

        skus             10000
        units            40
        popularity       zipf 0.9
        pool             market
        sku-prefix       ITEM

        limit-order      8
        limit-window     8
        window           10s

        """

    private static let botAttack = """
        # An attack: a few hundred bots send nearly all requests.
        title            Bot attack
        shoppers         20000
        connections      500
        duration         30s
        early            10%
        early-by         2s
        rush             3s
        patience         15s
        retry-pause      2s
        hammering        5%
        hammer-pause     50ms
        double-clicks    5%

        quantity         1
        pay-time         3s
        payments-failing 4%
        payments-late    1%
        abandoned        5%
        hold             8s

        skus             4
        units            1000
        pool             drop
        sku-prefix       CONSOLE
        sells-out        yes

        limit-owner      1
        limit-open-holds 1

        # 300 bots with 20 owners and 8 requests at once each: 6,000 owners, who could buy all 4,000
        # units within their limit of one. What holds them back is how often an owner may ask.
        bots             300
        bot-owners       20
        bot-requests     8
        bot-pause        1ms

        serve            --rate-owner 10/m:3

        """

    private static let demo = """
        # The sneaker drop, small: what tools/demo plays.
        title            Sneaker drop, small
        shoppers         20000
        connections      64
        duration         9s
        early            10%
        early-by         1s
        rush             1500ms
        patience         6s
        retry-pause      800ms
        answer-timeout   500ms
        tabs             15%
        double-clicks    5%
        switches         25%

        quantity         1
        pay-time         800ms
        payments-failing 4%
        payments-late    1%
        abandoned        5%
        hold             2500ms

        skus             6
        units            200
        popularity       zipf 0.6
        pool             drop
        sku-prefix       SNEAKER
        sells-out        yes

        limit-owner      2
        limit-owner-sku  1
        limit-open-holds 2

        bots             20
        bot-owners       10
        bot-requests     4
        bot-pause        10ms

        kills            1
        serve            --segment-size 16MiB

        """
}
