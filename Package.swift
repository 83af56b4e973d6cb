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
        .executable(name: "parsec-sim", targets: ["parsec-sim"]),
        .executable(name: "parsec-graph", targets: ["parsec-graph"]),
        .executable(name: "parsec-bench", targets: ["parsec-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
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
            name: "GraphFormats",
            dependencies: [
                "ParsecCore", "GossipGraph", "Voting", "MetaVoting", "Membership", "Accountability", "Consensus",
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
        .executableTarget(
            name: "parsec-graph",
            dependencies: [
                "Serialization", "Identity", "Simulation",
                "GraphFormats", "Consensus", "Accountability", "Membership", "MetaVoting", "Voting", "GossipGraph",
                "ParsecCore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tools/parsec-graph"
        ),

        .executableTarget(
            name: "parsec-bench",
            dependencies: [
                "Simulation", "Serialization", "Identity", "Consensus", "Accountability", "Membership", "Voting",
                "GossipGraph", "ParsecCore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tools/parsec-bench"
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
                "Accountability", "Consensus", "Membership", "MetaVoting", "Voting", "GossipGraph", "ParsecCore", "Simulation",
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
                "parsec-graph", "GraphFormats", "Serialization", "Simulation", "Consensus", "Accountability", "Membership", "MetaVoting", "Voting",
                "GossipGraph", "ParsecCore",
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
