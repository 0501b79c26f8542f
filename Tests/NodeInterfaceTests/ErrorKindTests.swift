import Ambient
import Messaging
import Node
import NodeInterface
import Testing
import Vault

/// Every kind of error, as a caller gets it.
@Suite struct `Every kind of error` {
  /// Those of features that are not there yet: no method names them, and nothing makes them.
  private static let unused: Set<ErrorKind> = [
    .storeLocked, .notVerified, .noPrekeys, .notAMember, .roleRequired, .requestPending,
    .forwardForbidden, .quotaExceeded,
  ]

  private struct Unexpected: Error {}

  /// What a method throws when the core, the node or the vault does so; what it takes to get there has tests of its own.
  private static let thrown: [ErrorKind: any Error & Sendable] = [
    .internalError: Unexpected(), .windowClosed: MessagingError.editWindowClosed(limitMilliseconds: 86_400_000),
    .untrustedIdentity: MessagingError.wrongListHash,
    .noSession: MessagingError.secretChatUnavailable("Bob"), .blocked: MessagingError.contactBlocked("Bob"),
    .peerUnsupported: MessagingError.viewOnceUnsupported("Bob"), .viewOnceUsed: MessagingError.viewOnceUsed,
    .relayRejected: MessagingError.notAuthentic(what: "receipt"), .timeout: NodeError.timedOut,
    .storageFull: VaultError.storageFull, .storageCorrupt: VaultError.corrupt(.header),
  ]

  /// What a caller does to get the others.
  private static func frames(_ home: InterfaceHome) async throws -> [ErrorKind: String] {
    let notes = try await home.call("chat.open", ["contact": "self"])["result"]?["chat"]?.string ?? ""
    let small = #"[{"data":"AAAA","name":"a"}]"#
    let sent = try await home.call(
      "message.send", ["chat": .string(notes), "content": ["attachments": [["data": "AAAA", "name": "a"]]]])
    let message = sent["result"]?["message"]?.string ?? ""
    _ = try await home.call("message.delete", ["messages": [.string(message)], "scope": "me"])
    _ = try await home.call("chat.clear", ["chat": .string(notes), "clientRef": "used"])
    for _ in 0..<16 { _ = try await home.call("blob.begin", ["size": 1, "name": "a"]) }
    try home.happen(3)
    try home.vault.write { try $0.deleteEvents(upTo: try $0.greatestEventSeq()) }
    let large = String(repeating: "A", count: 79_000)
    func call(_ method: String, _ parameters: String) -> String {
      #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":\#(parameters)}"#
    }
    return [
      .parse: "{", .request: "{}", .method: call("no.such", "{}"), .params: call("contact.get", "{}"),
      .notReady: call("events.subscribe", #"{"consumer":"x"}"#),
      .notFound: call("contact.get", #"{"contact":"ct_99"}"#),
      .conflict: call("chat.clear", #"{"chat":"\#(notes)x","clientRef":"used"}"#),
      .contentGone: call("blob.stat", #"{"blob":"bl_\#(message.dropFirst(3))"}"#),
      .limitReached: call("blob.begin", #"{"size":1,"name":"a"}"#),
      .relayUnreachable: call("sync.fetch", "{}"),
      .tooLarge: call(
        "message.send",
        #"{"chat":"\#(notes)","content":{"attachments":\#(small.replacing("AAAA", with: large))}}"#),
      .cursorGone: call("events.replay", #"{"from":"1"}"#),
    ]
  }

  @Test func `is produced, or belongs to a feature that is not there yet`() async throws {
    let home = try await InterfaceHome()
    var produced: Set<ErrorKind> = []
    func note(_ answer: JSONValue, _ kind: ErrorKind) {
      #expect(answer["error"]?["data"]?["kind"] == .string(kind.rawValue), "\(kind): \(answer)")
      #expect(answer["error"]?["code"] == .integer(kind.code))
      produced.insert(kind)
    }
    for (kind, frame) in try await Self.frames(home) {
      let answer = await home.dispatcher.answer(Array(frame.utf8), from: .local)
      note(try JSONText.parse(answer ?? []), kind)
    }
    for (kind, error) in Self.thrown {
      let context = home.dispatcher.context
      let registry = MethodRegistry([Method("test.throw", "Throws.", scope: nil) { _ in throw error }])
      let dispatcher = Dispatcher(
        context: InterfaceContext(
          node: context.node, vault: context.vault, clock: context.clock, randomness: SystemPublicRandomness(),
          software: "test", registry: registry
        ) { _, _ in })
      let frame = #"{"jsonrpc":"2.0","id":1,"method":"test.throw"}"#
      note(try JSONText.parse(await dispatcher.answer(Array(frame.utf8), from: .local) ?? []), kind)
    }
    let nobody = Caller(id: "tk_99", scopes: [], mayNameFiles: false)
    note(try await home.call("contact.list", [:], from: nobody), .forbidden)
    do {
      try await home.dispatcher.context.tokens.whileValid(nobody) {
        try await ContinuousClock().sleep(for: .seconds(30))
      }
    } catch let error as InterfaceError { note(["error": error.json], error.kind) }
    let slow = try await InterfaceHome(rates: CallRates(calls: .init(perSecond: 1, burst: 1)))
    var limited = try await slow.call("auth.whoami", [:], from: nobody)
    while limited["error"] == nil { limited = try await slow.call("auth.whoami", [:], from: nobody) }
    note(limited, .rateLimited)
    for kind in ErrorKind.allCases {
      #expect(
        produced.contains(kind) != Self.unused.contains(kind), "\(kind) is produced by no test, or is used by now")
    }
    for method in MethodRegistry.standard.methods {
      #expect(Self.unused.isDisjoint(with: method.errors), "\(method.name)")
    }
  }
}
