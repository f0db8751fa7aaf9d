// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target: Swift 6 mode, no warning passes.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// Settings of the modules that work on raw memory: each unsafe use says so.
let memorySettings: [SwiftSetting] = settings + [.strictMemorySafety()]

let nio: [Target.Dependency] = [
    .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

let package = Package(
    name: "holdfast",
    products: [
        .executable(name: "holdfast", targets: ["holdfast"]),
        .library(name: "HoldfastClient", targets: ["HoldfastClient"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    ],
    targets: [
        // C shims: one header or file each, no logic of ours.
        .target(name: "CChecksum"),
        .target(name: "CPrefetch"),
        .systemLibrary(
            name: "CLZ4",
            pkgConfig: "liblz4",
            providers: [.apt(["liblz4-dev"])]
        ),

        // The core: synchronous, no I/O, no clock.
        .target(name: "Inventory", swiftSettings: memorySettings),
        .target(name: "Movements", dependencies: ["Inventory"], swiftSettings: memorySettings),
        .target(name: "Sourcing", dependencies: ["Inventory"], swiftSettings: memorySettings),
        .target(
            name: "Engine",
            dependencies: ["Inventory", "Movements", "Sourcing", "CPrefetch"],
            swiftSettings: memorySettings
        ),

        // Durability.
        .target(name: "Storage", dependencies: [system], swiftSettings: settings),
        .target(
            name: "Journal",
            dependencies: ["Inventory", "Movements", "Storage", "CChecksum", system],
            swiftSettings: memorySettings
        ),
        .target(
            name: "Snapshot",
            dependencies: ["Inventory", "Storage", "CLZ4", "CChecksum"],
            swiftSettings: memorySettings
        ),
        .target(
            name: "Node",
            dependencies: [
                "Inventory", "Movements", "Sourcing", "Engine", "Storage", "Journal", "Snapshot",
            ],
            swiftSettings: settings
        ),

        // The network.
        .target(name: "Wire", dependencies: ["Inventory"], swiftSettings: memorySettings),
        .target(
            name: "Server",
            dependencies: [
                "Inventory", "Movements", "Engine", "Journal", "Node", "Wire",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ] + nio,
            swiftSettings: settings
        ),
        .target(
            name: "HoldfastClient",
            dependencies: ["Inventory", "Wire"] + nio,
            path: "Sources/Client",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "holdfast",
            dependencies: [
                "Inventory", "Movements", "Sourcing", "Engine", "Storage", "Journal", "Snapshot",
                "Node", "Wire", "Server", "HoldfastClient", system,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ] + nio,
            swiftSettings: settings
        ),

        // Tests mirror their module; Support holds the model, simulated ports and workloads.
        .target(
            name: "Support",
            dependencies: [
                "Inventory", "Movements", "Sourcing", "Engine", "Storage", "Journal", "Node",
                system,
            ],
            path: "Tests/Support",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "crash-server",
            dependencies: [
                "Support", "Storage", "Engine", "Node", "Server", "Journal", "Inventory",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/CrashServer",
            swiftSettings: settings
        ),
        .testTarget(
            name: "InventoryTests",
            dependencies: ["Inventory", "Support"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MovementsTests",
            dependencies: ["Movements", "Inventory", "Support"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SourcingTests",
            dependencies: ["Sourcing", "Inventory"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "Engine", "Sourcing", "Movements", "Inventory", "Storage", "Support",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "JournalTests",
            dependencies: [
                "Journal", "Movements", "Inventory", "Storage", "CChecksum", "Support", system,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SnapshotTests",
            dependencies: ["Snapshot", "Inventory", "Storage", "Support"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "NodeTests",
            dependencies: [
                "Node", "Engine", "Journal", "Snapshot", "Movements", "Inventory", "Storage",
                "Support",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "WireTests",
            dependencies: ["Wire", "Inventory"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "HoldfastClient", "Server", "Node", "Engine", "Storage", "Journal", "Snapshot",
                "Movements", "Wire", "Inventory", "Support", "holdfast", "crash-server",
                .product(name: "Logging", package: "swift-log"),
            ] + nio,
            swiftSettings: settings
        ),
    ]
)

// Benchmarks join the package only where somebody asks for them. `swift package benchmark` takes
// every executable whose own folder stands in `Benchmarks` for one of its kind, so those that are
// of another kind name that folder as theirs, and what in it they are made of.
if Context.environment["BENCHMARKS"] != nil {
    package.dependencies += [
        .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: [])
    ]
    package.targets += [
        .target(name: "CAllocationCount", path: "Benchmarks/CAllocationCount"),
        .executableTarget(
            name: "hot-path-benchmarks",
            dependencies: [
                "CAllocationCount", "Engine", "Movements", "Sourcing", "Inventory", "Wire",
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/HotPathBenchmarks",
            swiftSettings: settings,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
        .executableTarget(
            name: "engine-benchmarks",
            dependencies: ["Engine", "Movements", "Inventory"],
            path: "Benchmarks",
            sources: ["EngineBenchmarks"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "node-benchmarks",
            dependencies: ["Node", "Engine", "Journal", "Movements", "Inventory", "Storage"],
            path: "Benchmarks/NodeBenchmarks",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "sourcing-benchmarks",
            dependencies: ["Sourcing", "Inventory"],
            path: "Benchmarks",
            sources: ["SourcingBenchmarks"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "peers-load",
            dependencies: [
                "HoldfastClient",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ] + nio,
            path: "Benchmarks/peers/Load",
            swiftSettings: settings
        ),
    ]
}
