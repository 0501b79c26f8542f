import NodeInterface
import Testing

@Suite struct `The table of methods` {
  private let registry = MethodRegistry.standard

  @Test func `every method is described in full`() {
    for method in registry.methods {
      #expect(method.name.contains(".") && method.name.allSatisfy { $0.isLetter || $0 == "." }, "\(method.name)")
      #expect(method.summary.hasSuffix("."), "\(method.name)")
      #expect(method.parameters.contains { $0.name == "clientRef" } == method.isMutating, "\(method.name)")
      #expect(method.parameters.allSatisfy { !$0.summary.isEmpty }, "\(method.name)")
    }
  }

  @Test func `numbers of errors are those of the contract, and unique names stay unique`() {
    let codes: [ErrorKind: Int64] = [
      .parse: -32_700, .request: -32_600, .method: -32_601, .params: -32_602, .internalError: -32_603,
      .unauthenticated: 1_001, .forbidden: 1_002, .storeLocked: 1_003, .notReady: 1_004, .notFound: 1_101,
      .conflict: 1_102, .contentGone: 1_104, .limitReached: 1_105, .untrustedIdentity: 1_201, .blocked: 1_204,
      .peerUnsupported: 1_206, .viewOnceUsed: 1_302, .rateLimited: 1_401, .relayUnreachable: 1_402, .tooLarge: 1_405,
      .timeout: 1_406, .storageFull: 1_501, .storageCorrupt: 1_502, .cursorGone: 1_503,
    ]
    for (kind, code) in codes { #expect(kind.code == code) }
    #expect(Set(ErrorKind.allCases.map(\.rawValue)).count == ErrorKind.allCases.count)
  }

  @Test func `the OpenRPC document holds every method with its parameters`() throws {
    let document = OpenRPC.document(registry, version: "test")
    #expect(document["openrpc"]?.string?.hasPrefix("1.3.") == true)
    let methods = try #require(document["methods"]?.array)
    #expect(methods.compactMap { $0["name"]?.string } == registry.methods.map(\.name))
    for (described, method) in zip(methods, registry.methods) {
      #expect(described["params"]?.array?.count == method.parameters.count)
      #expect(described["result"]?["schema"] != nil)
    }
  }
}

@Suite struct `Schemas` {
  private let schema = Schema.object([
    .init("chat", .identifier("ch_"), "x"), .optional("limit", .integer(1...10), "x"),
    .optional("list", .array(.object([.init("a", .text(most: 3), "x")]), most: 2), "x"),
  ])

  private func refusal(_ value: JSONValue) -> InterfaceError? {
    do throws(InterfaceError) {
      try schema.validate(value, at: "p")
      return nil
    } catch { return error }
  }

  @Test func `what fits is taken`() {
    #expect(refusal(["chat": "ch_1", "limit": 10, "list": [["a": "ä"]]]) == nil)
  }

  private static let unfit: [(value: JSONValue, path: String)] = [
    (["chat": "ch_"], "p.chat"), (["chat": 1], "p.chat"), ([:], "p.chat"), (["chat": "ch_1", "limit": 11], "p.limit"),
    (["chat": "ch_1", "limit": "1"], "p.limit"), (["chat": "ch_1", "list": [["a": "abcd"]]], "p.list[0].a"),
    (["chat": "ch_1", "list": [1]], "p.list[0]"),
    (["chat": "ch_1", "list": [["a": "a"], ["a": "a"], ["a": "a"]]], "p.list"),
  ]

  @Test(arguments: unfit)
  func `what does not fit is refused at its place`(unfit: (value: JSONValue, path: String)) {
    let refusal = refusal(unfit.value)
    #expect(refusal?.kind == .params)
    #expect(refusal?.details["path"] == .string(unfit.path))
    #expect(refusal?.details["expected"] != nil)
  }

  @Test func `unknown names are named`() {
    #expect(refusal(["chat": "ch_1", "zzz": 1, "aaa": 2])?.details["unknown"] == ["p.aaa", "p.zzz"])
  }
}
