// swift-tools-version: 6.2
//
// The manifest is a security argument: what a target may reach is what its list below says, and nothing else.
// `.ci/check-targets` computes the closures from `swift package describe` and fails when one grows.
//
// Forbidden, and checked:
//  - `sotto-relay` reaching SecretMemory, Primitives, KeyAgreement, DoubleRatchet, SealedSender, MessageContent,
//    Vault or Messaging: the relay holds no key that opens an envelope, and none of the code that could use one.
//  - KeyAgreement and DoubleRatchet knowing each other: the handshake hands over bytes, the ratchet takes them.
//  - Messaging importing NIO: logic has no I/O.
//  - anything but Vault and RelayStore importing GRDB.
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .enableUpcomingFeature("ImmutableWeakCaptures"),
  .treatAllWarnings(as: .error),
]

/// For the targets that touch raw memory: every unsafe expression carries the word `unsafe`.
let settingsForRawMemory = settings + [.strictMemorySafety()]

let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket: Target.Dependency = .product(name: "NIOWebSocket", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

/// libFuzzer's program, which only `Scripts/fuzz` builds: everywhere else there is no such target.
let fuzzing: [Target] =
  Context.environment["SOTTO_FUZZ"] == "1"
  ? [
    .executableTarget(
      name: "sotto-fuzz", dependencies: ["FuzzTargets"], path: "Fuzz/Program",
      swiftSettings: [.swiftLanguageMode(.v6)])
  ] : []

/// The program that valgrind watches for secrets in branches, which only `Scripts/constant-time` builds.
let constantTime: [Target] =
  Context.environment["SOTTO_CONSTANT_TIME"] == "1"
  ? [
    .target(
      name: "CMemcheck", path: "ConstantTime/Memcheck", linkerSettings: [.linkedLibrary("sodium")]),
    .executableTarget(
      name: "sotto-constant-time",
      dependencies: [
        "BlobCipher", "ByteLayout", "CMemcheck", "DoubleRatchet", "KeyAgreement", "Primitives", "SealedSender",
        "SecretMemory", "Verification",
      ],
      path: "ConstantTime/Program", swiftSettings: [.swiftLanguageMode(.v6)]),
  ] : []

let package = Package(
  name: "sotto",
  products: [
    .executable(name: "sotto", targets: ["sotto"]),
    .executable(name: "sotto-relay", targets: ["sotto-relay"]),
    .executable(name: "sotto-vectors", targets: ["sotto-vectors"]),
    .executable(name: "sotto-bench", targets: ["sotto-bench"]),
    .executable(name: "sotto-sim", targets: ["sotto-sim"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML"]),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    // MARK: Foundations, which the relay may link
    .systemLibrary(
      name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .target(name: "ByteLayout", swiftSettings: settings),
    .target(name: "Ambient", swiftSettings: settings),
    // A conversation on a screen: keys in, rows out, nothing else.
    .target(name: "TerminalChat", swiftSettings: settings),
    .testTarget(name: "TerminalChatTests", dependencies: ["TerminalChat"], swiftSettings: settings),
    // Telling a service manager how a program is.
    .target(name: "Systemd", swiftSettings: settings),
    // How long the parts of an HTTP/1.1 connection may take, for whoever serves one.
    .target(name: "HTTPConnection", dependencies: [nioCore, nioHTTP1, httpTypes], swiftSettings: settings),
    .target(
      name: "Verification", dependencies: ["ByteLayout", "CSodium"], swiftSettings: settingsForRawMemory),
    .target(
      name: "RelayWire", dependencies: ["ByteLayout", protobuf], exclude: ["relay.proto"],
      swiftSettings: settings),
    // What a relay hashes and signs, and how its clients check it: the same code at both ends. It has no signing key.
    .target(
      name: "RelayProofs", dependencies: ["ByteLayout", "RelayWire", "Verification"], swiftSettings: settings),

    // MARK: Cryptography, which the relay must never reach
    .target(
      name: "SecretMemory", dependencies: ["ByteLayout", "CSodium"], swiftSettings: settingsForRawMemory),
    .target(
      // swift-crypto here is ML-KEM and nothing else: libsodium has none.
      name: "Primitives", dependencies: ["ByteLayout", "CSodium", "SecretMemory", "Verification", crypto],
      swiftSettings: settingsForRawMemory),
    // No edge to DoubleRatchet: the shared secret and the associated data leave as values.
    .target(
      name: "KeyAgreement", dependencies: ["ByteLayout", "Primitives", "SecretMemory", "Verification"],
      swiftSettings: settings),
    // No edge to KeyAgreement: the ratchet sees its associated data as opaque bytes.
    .target(
      name: "DoubleRatchet", dependencies: ["ByteLayout", "Primitives", "SecretMemory", "Verification"],
      swiftSettings: settings),
    .target(
      name: "SealedSender", dependencies: ["ByteLayout", "Primitives", "SecretMemory", "Verification"],
      swiftSettings: settings),
    // Files that are too large for an envelope. Knows no relay, and does no I/O of its own.
    .target(
      name: "BlobCipher", dependencies: ["ByteLayout", "Primitives", "SecretMemory", "Verification"],
      swiftSettings: settings),
    .target(
      name: "MessageContent", dependencies: ["ByteLayout", protobuf], exclude: ["content.proto"],
      swiftSettings: settings),

    // ML-KEM's encapsulation with given randomness, which no library offers: for vectors and for tests with seeds.
    .target(name: "VectorSupport", dependencies: ["Primitives", "SecretMemory"], swiftSettings: settings),

    // MARK: The node
    .target(
      name: "Vault",
      dependencies: ["ByteLayout", "Primitives", "SecretMemory", grdb, grdbSQLite],
      swiftSettings: settings),
    // No edge to NIO and none to GRDB: the core is synchronous logic over the vault's typed records.
    .target(
      name: "Messaging",
      dependencies: [
        "Ambient", "ByteLayout", "DoubleRatchet", "KeyAgreement", "MessageContent", "Primitives", "RelayProofs",
        "RelayWire", "SealedSender", "SecretMemory", "Vault", "Verification",
      ],
      swiftSettings: settings),
    .target(
      name: "RelayClient",
      dependencies: [
        "Ambient", "ByteLayout", "RelayWire", "Verification", nioCore, nioPosix, nioHTTP1, nioWebSocket, nioSSL,
      ],
      swiftSettings: settings),
    .target(
      name: "Node",
      dependencies: [
        "Ambient", "BlobCipher", "ByteLayout", "MessageContent", "Messaging", "Primitives", "RelayClient",
        "RelayProofs",
        "RelayWire", "SecretMemory", "Vault", "Verification",
      ],
      swiftSettings: settings),
    // What a node offers to programs beside it: methods, events, their documents. Bytes in, bytes out: no sockets.
    .target(
      name: "NodeInterface",
      dependencies: [
        "Ambient", "ByteLayout", "MessageContent", "Messaging", "Node", "Primitives", "SecretMemory", "Vault",
        "Verification",
      ],
      swiftSettings: settings),
    // Where that is listened for, and who may ask.
    .target(
      name: "NodeServer",
      dependencies: [
        "HTTPConnection", "NodeInterface", nioCore, nioPosix, nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1, httpTypes,
        hummingbirdCore, logging, asyncHTTPClient,
      ],
      swiftSettings: settings),

    // What a node's process frees is overwritten: words of messages are in ordinary memory while they are handled.
    .target(name: "WipingFree"),

    // MARK: The relay
    .target(
      name: "RelayCore", dependencies: ["ByteLayout", "RelayWire", "Verification"],
      swiftSettings: settings),
    .target(
      name: "RelayStore",
      dependencies: [
        "Ambient", "ByteLayout", "RelayCore", "RelayProofs", "RelayWire", "Verification", grdb, grdbSQLite,
      ],
      swiftSettings: settings),
    // Files on disk and what is told of them. No edge to NIO and none to the mailboxes' store.
    .target(
      name: "RelayBlobs",
      dependencies: ["Ambient", "ByteLayout", "RelayCore", "RelayProofs", "RelayWire", "Verification"],
      swiftSettings: settings),
    // swift-crypto here is Curve25519.Signing and nothing else: libsodium's signing would widen the allow-list.
    .target(
      name: "RelaySigning", dependencies: ["ByteLayout", "Verification", crypto], swiftSettings: settings),
    .target(
      name: "RelayServer",
      dependencies: [
        "Ambient", "ByteLayout", "HTTPConnection", "RelayBlobs", "RelayCore", "RelaySigning", "RelayStore", "RelayWire",
        "Systemd", "Verification", nioCore, nioPosix, nioHTTP1, nioWebSocket, nioSSL, nioHTTPTypes, nioHTTPTypesHTTP1,
        httpTypes, hummingbird,
        hummingbirdCore, logging, lifecycle,
      ],
      swiftSettings: settings),
    // MARK: Settings
    // What an operator sets. No edge to a server, which gets values and not names.
    .target(name: "Settings", dependencies: [configuration, yams], swiftSettings: settings),
    .target(name: "RelaySettings", dependencies: ["Settings"], swiftSettings: settings),
    .target(name: "NodeSettings", dependencies: ["Settings"], swiftSettings: settings),

    // MARK: Programs
    .executableTarget(
      name: "sotto",
      dependencies: [
        "Ambient", "MessageContent", "Messaging", "Node", "NodeInterface", "NodeServer", "NodeSettings",
        "Primitives", "RelayWire", "SecretMemory", "Settings", "Systemd", "TerminalChat", "Vault", "WipingFree",
        argumentParser, lifecycle, logging, unixSignals,
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "sotto-relay",
      dependencies: [
        "Ambient", "RelayBlobs", "RelayCore", "RelayServer", "RelaySettings", "RelayWire", "Settings", "Systemd",
        argumentParser, logging, lifecycle, unixSignals,
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "sotto-vectors",
      dependencies: [
        "BlobCipher", "ByteLayout", "DoubleRatchet", "KeyAgreement", "Primitives", "RelayProofs", "RelayWire",
        "SealedSender", "SecretMemory", "VectorSupport", "Verification", argumentParser,
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "sotto-bench",
      dependencies: [
        "Ambient", "ByteLayout", "CSodium", "DoubleRatchet", "KeyAgreement", "MessageContent", "Messaging",
        "Primitives",
        "ProcessSupport", "RelayClient", "RelaySupport", "RelayWire", "SealedSender", "SecretMemory", "TestSupport",
        "Vault", "Verification", argumentParser, crypto, grdbSQLite, nioCore, nioPosix, nioSSL,
      ],
      swiftSettings: settings),

    .executableTarget(
      name: "sotto-sim", dependencies: ["Simulation", argumentParser], swiftSettings: settings),

    // MARK: Support for tests
    // Seeded randomness and a manual clock: the only doubles, beside a faulty network.
    .target(
      name: "TestSupport",
      dependencies: ["Ambient", "ByteLayout", "Primitives", "SecretMemory", "VectorSupport"],
      path: "Tests/TestSupport", swiftSettings: settings),
    // Starts the built programs on port 0, and ends them by their pid.
    .target(
      name: "ProcessSupport", dependencies: [nioCore, nioPosix], path: "Tests/ProcessSupport",
      exclude: ["DiskFaults.c", "WallClock.c"], swiftSettings: settings),

    // The real relay's rules and store without a network, for tests of the node's core.
    .target(
      name: "RelaySupport",
      dependencies: [
        "Ambient", "ByteLayout", "RelayCore", "RelayProofs", "RelayStore", "RelayWire", "Verification", crypto,
      ],
      path: "Tests/RelaySupport", swiftSettings: settings),

    // Many nodes with real vaults, real relay rules over real stores, a virtual clock and a network that does its worst.
    .target(
      name: "Simulation",
      dependencies: [
        "Ambient", "ByteLayout", "KeyAgreement", "MessageContent", "Messaging", "RelayCore", "RelayStore",
        "RelaySupport",
        "RelayWire", "SecretMemory", "TestSupport", "Vault",
      ],
      path: "Tests/Simulation", exclude: ["Mutations"], swiftSettings: settings),

    // The parsers that strangers' bytes reach, as functions: libFuzzer calls them, and the tests with its corpus.
    .target(
      name: "FuzzTargets",
      dependencies: [
        "ByteLayout", "DoubleRatchet", "KeyAgreement", "MessageContent", "Primitives", "RelayBlobs", "RelayProofs",
        "RelayServer", "RelayWire", "SealedSender", "SecretMemory", "Verification", nioCore, nioEmbedded, nioHTTP1,
        nioWebSocket,
      ],
      path: "Tests/FuzzTargets", swiftSettings: settings),

    // MARK: Tests: each declares only its own target and support targets
    .testTarget(name: "ByteLayoutTests", dependencies: ["ByteLayout"], swiftSettings: settings),
    .testTarget(name: "SecretMemoryTests", dependencies: ["SecretMemory", "ByteLayout"], swiftSettings: settings),
    .testTarget(name: "VerificationTests", dependencies: ["Verification", "ByteLayout"], swiftSettings: settings),
    .testTarget(
      name: "PrimitivesTests",
      dependencies: ["Primitives", "SecretMemory", "Verification", "ByteLayout", "TestSupport", "VectorSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "KeyAgreementTests",
      dependencies: [
        "KeyAgreement", "Primitives", "SecretMemory", "Verification", "ByteLayout", "TestSupport", "VectorSupport",
      ],
      swiftSettings: settings),
    // Does not link KeyAgreement, and KeyAgreementTests does not link DoubleRatchet: neither needs the other.
    .testTarget(
      name: "DoubleRatchetTests",
      dependencies: ["DoubleRatchet", "Primitives", "SecretMemory", "Verification", "ByteLayout", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "SealedSenderTests",
      dependencies: ["SealedSender", "ByteLayout", "Primitives", "SecretMemory", "Verification", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "BlobCipherTests",
      dependencies: ["BlobCipher", "ByteLayout", "Primitives", "SecretMemory", "Verification"],
      swiftSettings: settings),
    .testTarget(
      name: "MessageContentTests", dependencies: ["MessageContent", "ByteLayout", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "VaultTests",
      dependencies: ["Vault", "ByteLayout", "Primitives", "SecretMemory", "TestSupport", grdb], swiftSettings: settings),
    .testTarget(
      name: "MessagingTests",
      dependencies: [
        "Messaging", "Ambient", "ByteLayout", "DoubleRatchet", "KeyAgreement", "MessageContent", "Primitives",
        "RelayProofs", "RelayWire", "SealedSender", "SecretMemory", "Vault", "Verification", "ProcessSupport",
        "RelaySupport", "TestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "RelayWireTests", dependencies: ["RelayWire", "ByteLayout", "TestSupport", protobuf],
      swiftSettings: settings),
    .testTarget(
      name: "RelayProofsTests",
      dependencies: ["RelayProofs", "ByteLayout", "RelayWire", "Verification", "RelaySupport"], swiftSettings: settings),
    .testTarget(
      name: "RelayCoreTests",
      dependencies: ["RelayCore", "ByteLayout", "RelayWire", "Verification", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "RelayStoreTests",
      dependencies: [
        "RelayStore", "RelayCore", "RelayProofs", "Ambient", "ByteLayout", "RelayWire", "Verification", "RelaySupport",
        "TestSupport", grdb, grdbSQLite,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "RelayBlobsTests",
      dependencies: [
        "RelayBlobs", "Ambient", "ByteLayout", "RelayCore", "RelayProofs", "RelayWire", "ProcessSupport", "TestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "RelaySigningTests", dependencies: ["RelaySigning", "ByteLayout", "Verification", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "RelayClientTests",
      dependencies: [
        "RelayClient", "RelayWire", "Ambient", "ByteLayout", "ProcessSupport", nioCore, nioPosix, nioHTTP1,
        nioWebSocket,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "RelayServerTests",
      dependencies: [
        "RelayServer", "HTTPConnection", "RelayCore", "RelayStore", "RelaySigning", "RelayWire", "Ambient",
        "ByteLayout", "Verification",
        "ProcessSupport", logging, nioCore, nioPosix, nioHTTP1, nioWebSocket, nioEmbedded, crypto,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "RelaySettingsTests", dependencies: ["RelaySettings", "Settings", "ProcessSupport"], swiftSettings: settings
    ),
    .testTarget(
      name: "NodeSettingsTests", dependencies: ["NodeSettings", "Settings", "ProcessSupport"], swiftSettings: settings),
    .testTarget(
      name: "NodeTests",
      dependencies: [
        "Node", "Ambient", "Messaging", "Primitives", "ProcessSupport", "Vault",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "NodeInterfaceTests",
      dependencies: [
        "NodeInterface", "Ambient", "ByteLayout", "Messaging", "Node", "Primitives", "ProcessSupport", "SecretMemory",
        "TestSupport", "Vault",
      ],
      swiftSettings: settings),
    // Against real daemons and a real relay.
    .testTarget(
      name: "NodeServerTests", dependencies: ["NodeServer", "NodeInterface", "ProcessSupport"], exclude: ["Schemas"],
      swiftSettings: settings),
    // Tests of whole programs: they speak to real processes, so they link what a client of those would.
    .testTarget(
      name: "RelayProcessTests",
      dependencies: [
        "ProcessSupport", "RelayClient", "RelayProofs", "RelayWire", "Ambient", "ByteLayout", "Primitives",
        "SecretMemory",
        "Verification", crypto,
      ],
      swiftSettings: settings),
    .testTarget(name: "EndToEndTests", dependencies: ["ByteLayout", "ProcessSupport"], swiftSettings: settings),
    .testTarget(name: "FuzzTargetsTests", dependencies: ["FuzzTargets"], swiftSettings: settings),
  ] + fuzzing + constantTime
)

// `Scripts/sanitize` and `Scripts/mutate-crypto` build some tests and programs, and what those need: SOTTO_ONLY names them.
if let names = Context.environment["SOTTO_ONLY"]?.split(separator: ",").map(String.init), !names.isEmpty {
  var needed: Set<String> = []
  var waiting = names
  while let name = waiting.popLast() {
    guard needed.insert(name).inserted, let target = package.targets.first(where: { $0.name == name }) else { continue }
    for case .byNameItem(let dependency, _) in target.dependencies { waiting.append(dependency) }
  }
  package.products.removeAll { !needed.contains($0.name) }
  package.targets.removeAll { !needed.contains($0.name) }
}
