import Ambient
import NodeInterface
import TestSupport
import Testing
import Vault

@Suite struct `The log of events` {
  private func seqs(_ answer: JSONValue) -> [String] {
    answer["result"]?["events"]?.array?.compactMap { $0["seq"]?.string } ?? []
  }

  @Test func `events go when every reader is done with them, and not before`() async throws {
    let home = try await InterfaceHome()
    try home.happen(5)
    for name in ["a", "b"] {
      let told = try await home.call("events.poll", ["consumer": .string(name), "from": "0"])
      #expect(seqs(told) == ["1", "2", "3", "4", "5"])
    }
    _ = try await home.call("events.ack", ["consumer": "a", "seq": "5"])
    try await home.dispatcher.context.events.removeOld()
    #expect(try home.vault.read { try $0.eventCount() } == 5)
    _ = try await home.call("events.ack", ["consumer": "b", "seq": "3"])
    try await home.dispatcher.context.events.removeOld()
    #expect(try home.vault.read { try $0.oldestEventSeq() } == 4)
    #expect(seqs(try await home.call("events.poll", ["consumer": "b"])) == ["4", "5"])
    let gone = try await home.call("events.replay", ["from": "1"])["error"]
    #expect(gone?["code"] == 1_503 && gone?["data"]?["oldestSeq"] == "4")
  }

  @Test func `a reader that was away too long is told of the gap`() async throws {
    let home = try await InterfaceHome()
    _ = try await home.call("events.poll", ["consumer": "a", "from": "now"])
    try home.happen(5)
    home.clock.advance(by: .seconds(15 * 86_400))
    try home.happen(1)
    try await home.dispatcher.context.events.removeOld()
    let told = try await home.call("events.poll", ["consumer": "a"])["result"]?["events"]?.array
    #expect(told?.map { $0["type"] } == ["consumer.gap", "contact.added"])
    #expect(told?.first?["data"] == ["fromSeq": "1", "toSeq": "5"])
    _ = try await home.call("events.ack", ["consumer": "a", "seq": "5"])
    #expect(seqs(try await home.call("events.poll", ["consumer": "a"])) == ["6"])
  }

  @Test func `a reader that does not come back for a month is forgotten`() async throws {
    let home = try await InterfaceHome()
    _ = try await home.call("events.poll", ["consumer": "a", "from": "now"])
    home.clock.advance(by: .seconds(31 * 86_400))
    try await home.dispatcher.context.events.removeOld()
    #expect(try await home.call("events.consumers.list", [:])["result"]?["consumers"] == [])
  }

  @Test func `an event that is caught up on is not live`() async throws {
    let home = try await InterfaceHome()
    try home.happen(1)
    let old = try await home.call("events.poll", ["consumer": "a", "from": "0"])
    #expect(old["result"]?["events"]?.array?.first?["live"] == false)
  }

  @Test func `callers do not see each other's readers`() async throws {
    let home = try await InterfaceHome()
    let other = Caller(id: "other", scopes: [.events], mayNameFiles: false)
    _ = try await home.call("events.poll", ["consumer": "a", "from": "now"])
    #expect(try await home.call("events.consumers.list", [:], from: other)["result"]?["consumers"] == [])
    let refused = try await home.call("events.consumers.delete", ["consumer": "a"], from: other)
    #expect(refused["error"]?["code"] == 1_101)
  }
}

@Suite struct `What callers may do` {
  @Test func `every method with a scope is refused without it, by the scope's name`() async throws {
    let home = try await InterfaceHome()
    for method in MethodRegistry.standard.methods {
      guard let scope = method.scope else { continue }
      let caller = Caller(id: "t", scopes: Set(Scope.allCases).subtracting([scope]), mayNameFiles: false)
      let error = try await home.call(method.name, [:], from: caller)["error"]
      #expect(error?["code"] == 1_002 && error?["data"]?["scope"] == .string(scope.rawValue), "\(method.name)")
    }
  }

  @Test func `paths of files are taken from who could read them, and nobody else`() async throws {
    let home = try await InterfaceHome()
    let remote = Caller(id: "t", scopes: Set(Scope.allCases), mayNameFiles: false)
    let chat = try await home.call("chat.open", ["contact": "self"])["result"]?["chat"] ?? .null
    let file: JSONValue = ["chat": chat, "content": ["attachments": [["path": "/etc/hostname"]]]]
    #expect(try await home.call("message.send", file, from: remote)["error"]?["code"] == 1_002)
    #expect(try await home.call("message.send", file)["result"]?["state"] == "read")
    let inline: JSONValue = [
      "chat": chat, "content": ["text": "look", "attachments": [["data": "R3LDvGV6aQ==", "name": "a.txt"]]],
    ]
    #expect(try await home.call("message.send", inline, from: remote)["result"]?["state"] == "read")
    let found = try await home.call("message.search", ["query": "loo"], from: remote)["result"]?["hits"]?.array
    #expect(found?.first?["snippet"] == "look")
    #expect(try await home.call("message.search", ["query": " "])["error"]?["code"] == -32_602)
  }

  @Test func `a clientRef belongs to its caller`() async throws {
    let home = try await InterfaceHome()
    let other = Caller(id: "other", scopes: Set(Scope.allCases), mayNameFiles: false)
    let chat = try await home.call("chat.open", ["contact": "self"])["result"]?["chat"] ?? .null
    let note: JSONValue = ["chat": chat, "content": ["text": "note"], "clientRef": "n"]
    #expect(try await home.call("message.send", note)["result"]?["duplicate"] == nil)
    #expect(try await home.call("message.send", note)["result"]?["duplicate"] == true)
    #expect(try await home.call("message.send", note, from: other)["result"]?["duplicate"] == nil)
    let long: JSONValue = [
      "chat": chat, "content": ["text": "x"], "clientRef": .string(String(repeating: "r", count: 65)),
    ]
    #expect(try await home.call("message.send", long)["error"]?["code"] == -32_602)
  }
}
