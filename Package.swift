// swift-tools-version: 6.2
import PackageDescription

// A target imports only what stands above it in this list.
let package = Package(
    name: "parsec",
    products: [
        .library(
            name: "Consensus",
            targets: ["ParsecCore", "GossipGraph", "Voting", "MetaVoting", "Membership", "Accountability", "Consensus"]
        ),
        .library(name: "Serialization", targets: ["Serialization"]),
        .library(name: "Identity", targets: ["Identity"]),
        .library(name: "GraphFormats", targets: ["GraphFormats"]),
        .library(name: "Simulation", targets: ["Simulation", "ScenarioFiles"]),
        .library(name: "App", targets: ["App", "NodeHTTP", "NodeFiles", "Transport", "Storage"]),
        .library(name: "TCPTransport", targets: ["TCPTransport"]),
        .library(name: "SQLiteStorage", targets: ["SQLiteStorage"]),
        .executable(name: "parsec-sim", targets: ["parsec-sim"]),
        .executable(name: "parsec-node", targets: ["parsec-node"]),
        .executable(name: "ledger", targets: ["ledger"]),
        .executable(name: "parsec-graph", targets: ["parsec-graph"]),
        .executable(name: "parsec-bench", targets: ["parsec-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        // The engine: these seven depend on nothing but the toolchain and build in seconds.
        .target(name: "ParsecCore"),
        .target(name: "GossipGraph", dependencies: ["ParsecCore"]),
        .target(name: "Voting", dependencies: ["ParsecCore", "GossipGraph"]),
        .target(name: "MetaVoting", dependencies: ["ParsecCore", "GossipGraph", "Voting"]),
        .target(name: "Membership", dependencies: ["ParsecCore", "Voting", "MetaVoting"]),
        .target(
            name: "Accountability",
            dependencies: ["ParsecCore", "GossipGraph", "Voting", "MetaVoting", "Membership"]
        ),
        .target(
            name: "Consensus",
            dependencies: ["ParsecCore", "GossipGraph", "Voting", "MetaVoting", "Membership", "Accountability"]
        ),

        .systemLibrary(
            name: "CZlib",
            path: "Modules/CZlib",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"])]
        ),
        .target(
            name: "Serialization",
            dependencies: [
                "ParsecCore", "GossipGraph", "Voting", "MetaVoting", "Membership", "Accountability", "Consensus",
                "CZlib",
            ]
        ),
        .target(
            name: "Identity",
            dependencies: [
                "ParsecCore", "GossipGraph", "Voting", "MetaVoting", "Membership", "Accountability", "Consensus",
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
        .target(
            name: "Transport",
            dependencies: ["ParsecCore", "Consensus"]
        ),
        .target(
            name: "TCPTransport",
            dependencies: [
                "ParsecCore", "Identity", "Transport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "X509", package: "swift-certificates"),
            ]
        ),
        .target(
            name: "Storage",
            dependencies: ["ParsecCore", "Voting", "MetaVoting", "Consensus", "Serialization"]
        ),
        .target(
            name: "SQLiteStorage",
            dependencies: [
                "ParsecCore", "Voting", "Consensus", "Serialization", "Storage",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        .target(
            name: "GraphFormats",
            dependencies: [
                "ParsecCore", "GossipGraph", "Voting", "MetaVoting", "Membership", "Accountability", "Consensus",
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
        .target(
            name: "GraphDiff",
            dependencies: [
                "ParsecCore", "GossipGraph", "Voting", "MetaVoting", "Membership", "Consensus", "GraphFormats",
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
        .target(
            name: "Simulation",
            dependencies: [
                "ParsecCore", "GossipGraph", "Voting", "MetaVoting", "Membership", "Accountability", "Consensus",
                .product(name: "HeapModule", package: "swift-collections"),
            ]
        ),
        .target(
            name: "ScenarioFiles",
            dependencies: [
                "ParsecCore", "GossipGraph", "Voting", "Consensus", "Simulation",
                .product(name: "TOMLKit", package: "TOMLKit"),
            ]
        ),

        .target(
            name: "App",
            dependencies: [
                "ParsecCore", "GossipGraph", "Voting", "MetaVoting", "Membership", "Accountability", "Consensus",
                "Serialization", "Transport", "Storage",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .target(
            name: "NodeHTTP",
            dependencies: [
                "ParsecCore", "GossipGraph", "Voting", "MetaVoting", "Membership", "Accountability", "Consensus",
                "Serialization", "Identity", "GraphFormats", "GraphDiff", "Transport", "Storage", "App",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Page")]
        ),

        .executableTarget(
            name: "parsec-sim",
            dependencies: [
                "ScenarioFiles", "Simulation", "GraphFormats", "Serialization", "Identity", "Consensus",
                "Accountability", "Membership",
                "MetaVoting", "Voting", "GossipGraph", "ParsecCore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Apps/parsec-sim"
        ),
        .target(
            name: "NodeFiles",
            dependencies: [
                "ParsecCore", "Voting", "MetaVoting", "Consensus", "Identity", "Transport", "TCPTransport", "Storage",
                "SQLiteStorage", "App", "NodeHTTP",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "TOMLKit", package: "TOMLKit"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),

        .executableTarget(
            name: "ledger",
            dependencies: [
                "ParsecCore", "Voting", "Consensus", "Identity", "Serialization", "App", "NodeHTTP", "NodeFiles",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Apps/ledger"
        ),
        .executableTarget(
            name: "parsec-node",
            dependencies: [
                "ParsecCore", "GossipGraph", "Voting", "MetaVoting", "Membership", "Consensus", "Serialization",
                "Identity", "GraphFormats", "Transport", "TCPTransport", "Storage", "SQLiteStorage", "App", "NodeHTTP",
                "NodeFiles",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Apps/parsec-node",
            exclude: ["packaging"]
        ),
        .executableTarget(
            name: "parsec-graph",
            dependencies: [
                "Serialization", "Identity", "ScenarioFiles", "Simulation",
                "GraphFormats", "GraphDiff", "Storage", "SQLiteStorage", "Consensus", "Accountability", "Membership",
                "MetaVoting", "Voting", "GossipGraph",
                "ParsecCore",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tools/parsec-graph"
        ),

        .executableTarget(
            name: "parsec-bench",
            dependencies: [
                "GraphFormats", "Simulation", "Serialization", "Identity", "Consensus", "Accountability", "Membership",
                "MetaVoting", "Voting", "GossipGraph", "ParsecCore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tools/parsec-bench",
            exclude: ["instructions.txt"]
        ),

        // What several suites share: the slow model written from the definitions, and random graphs.
        .target(
            name: "ModelKit",
            dependencies: [
                "ParsecCore", "GossipGraph", "Voting", "MetaVoting", "Membership", "Accountability", "Consensus",
                "Simulation",
            ],
            path: "Tests/ModelKit"
        ),
        .testTarget(name: "ParsecCoreTests", dependencies: ["ParsecCore"]),
        .testTarget(
            name: "GossipGraphTests",
            dependencies: ["GossipGraph", "Voting", "ParsecCore", "ModelKit", "Simulation"]
        ),
        .testTarget(
            name: "VotingTests",
            dependencies: ["Voting", "GossipGraph", "ParsecCore", "ModelKit", "Simulation"]
        ),
        .testTarget(
            name: "MetaVotingTests",
            dependencies: [
                "MetaVoting", "Membership", "Voting", "GossipGraph", "ParsecCore", "Consensus", "ModelKit",
                "Simulation",
            ]
        ),
        .testTarget(name: "MembershipTests", dependencies: ["Membership", "MetaVoting", "Voting", "ParsecCore"]),
        .testTarget(
            name: "AccountabilityTests",
            dependencies: [
                "Serialization",
                "Accountability", "Consensus", "Membership", "MetaVoting", "Voting", "GossipGraph", "ParsecCore",
                "Simulation",
            ]
        ),
        .testTarget(
            name: "ConsensusTests",
            dependencies: [
                "Consensus", "Accountability", "Membership", "MetaVoting", "Voting", "GossipGraph", "ParsecCore",
                "ModelKit", "Simulation",
            ]
        ),
        .testTarget(
            name: "GraphDiffTests",
            dependencies: [
                "GraphDiff", "GraphFormats", "Simulation", "Consensus", "Accountability", "Membership", "MetaVoting",
                "Voting", "GossipGraph", "ParsecCore",
            ],
            exclude: ["Golden", "Recordings"]
        ),
        .testTarget(
            name: "ParsecGraphTests",
            dependencies: [
                "parsec-graph", "GraphDiff", "GraphFormats", "Identity", "ScenarioFiles", "Simulation", "Consensus", "Voting",
                "ParsecCore",
            ]
        ),
        .testTarget(
            name: "GraphFormatsTests",
            dependencies: [
                "GraphFormats", "Simulation", "Consensus", "Accountability", "Membership", "MetaVoting", "Voting",
                "GossipGraph",
                "ParsecCore",
            ]
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "Simulation", "Consensus", "Accountability", "Membership", "MetaVoting", "Voting", "GossipGraph",
                "ParsecCore",
            ]
        ),
        .testTarget(
            name: "SerializationTests",
            dependencies: [
                "Serialization", "Identity", "Simulation", "Consensus", "Accountability", "Membership", "MetaVoting",
                "Voting",
                "GossipGraph", "ParsecCore",
            ]
        ),
        .testTarget(
            name: "IdentityTests",
            dependencies: [
                "Identity", "Consensus", "Accountability", "Membership", "MetaVoting", "Voting", "GossipGraph",
                "ParsecCore",
            ]
        ),
        .testTarget(
            name: "ScenarioFilesTests",
            dependencies: ["ScenarioFiles", "Simulation", "Consensus", "Voting", "GossipGraph", "ParsecCore"]
        ),
        .testTarget(
            name: "ParsecSimTests",
            dependencies: [
                "parsec-sim", "ScenarioFiles", "GraphFormats", "Simulation", "Consensus", "Voting", "GossipGraph",
                "ParsecCore",
            ]
        ),
        .testTarget(
            name: "Conformance",
            dependencies: [
                "GraphFormats", "Serialization", "Simulation", "Consensus", "Accountability", "Membership",
                "MetaVoting", "Voting",
                "GossipGraph", "ParsecCore",
            ],
            exclude: ["Golden"]
        ),
        .testTarget(
            name: "Adversary",
            dependencies: [
                "parsec-graph", "GraphFormats", "Serialization", "Simulation", "Consensus", "Accountability",
                "Membership", "MetaVoting", "Voting",
                "GossipGraph", "ParsecCore",
            ]
        ),
        .testTarget(
            name: "TransportTests",
            dependencies: [
                "ParsecCore", "Identity", "Transport", "TCPTransport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        .testTarget(
            name: "AppTests",
            dependencies: [
                "ParsecCore", "Voting", "MetaVoting", "Consensus", "Serialization", "Identity", "Simulation",
                "Transport",
                "TCPTransport", "Storage", "SQLiteStorage", "App", "NodeHTTP", "NodeFiles",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),
        .testTarget(
            name: "LedgerTests",
            dependencies: ["ledger", "ParsecCore", "Voting", "Consensus", "Identity", "App"]
        ),
        .testTarget(
            name: "StorageTests",
            dependencies: [
                "ParsecCore", "Voting", "Consensus", "Simulation", "Storage", "SQLiteStorage",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        .testTarget(
            name: "Cluster",
            dependencies: [
                "parsec-node", "parsec-graph", "ledger", "App", "NodeHTTP", "GraphDiff",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "Churn",
            dependencies: [
                "GraphFormats", "Simulation", "Consensus", "Accountability", "Membership", "MetaVoting", "Voting",
                "GossipGraph",
                "ParsecCore",
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

// Fuzzers need instrumented modules; see docs/fuzzing.md.
if Context.environment["PARSEC_FUZZ"] != nil {
    package.targets.append(
        .target(
            name: "FuzzKit",
            dependencies: [
                "ScenarioFiles", "Simulation", "GraphFormats", "Serialization", "Consensus", "Accountability",
                "Membership", "MetaVoting",
                "Voting", "GossipGraph", "ParsecCore",
            ],
            path: "Tools/fuzz/FuzzKit"
        )
    )
    package.targets.append(
        .executableTarget(name: "parsec-fuzz", dependencies: ["FuzzKit"], path: "Tools/fuzz/parsec-fuzz")
    )
}

for target in package.targets {
    if target.type == .system { continue }
    if target.path == nil {
        target.path = (target.type == .test ? "Tests/" : "Modules/") + target.name
    }
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]
}
