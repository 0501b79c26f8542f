import Messaging
import NodeInterface
import Testing

/// Every method of the table, with parameters that are good and with some that are bad.
@Suite struct `Every method` {
  /// What comes of good parameters in a home that nothing is connected to.
  private enum Outcome: Sendable {
    case result
    case error(ErrorKind)
  }

  private static let contact: JSONValue = "ct_99"
  private static let chat: JSONValue = "ch_1"
  private static let message: JSONValue = "ms_00000000000000000000000000000001"

  /// A method without an entry here fails the test. Chat 1 is the notes to oneself.
  private static let calls: [String: (parameters: JSONValue, outcome: Outcome)] = [
    "system.info": ([:], .result), "system.capabilities": ([:], .result), "system.health": ([:], .result),
    "system.stats": ([:], .result), "rpc.discover": ([:], .result), "auth.whoami": ([:], .result),
    "token.create": (["name": "x", "scopes": ["read"]], .result), "token.list": ([:], .result),
    "token.revoke": (["id": "tk_99"], .error(.notFound)),
    "webhook.set": (["webhook": "x", "url": "nonsense"], .error(.params)), "webhook.get": ([:], .result),
    "webhook.test": (["webhook": "x"], .error(.notFound)), "webhook.delete": (["webhook": "x"], .error(.notFound)),
    "webhook.deadLetters": (["webhook": "x"], .error(.notFound)),
    "webhook.redeliver": (["webhook": "x"], .error(.notFound)), "account.get": ([:], .result),
    "account.update": (["readReceipts": false, "clientRef": "a"], .result),
    "bot.commands.set": (["items": [["name": "help", "description": "Says what this does"]]], .result),
    "bot.commands.get": (["contact": contact], .error(.notFound)), "bot.commands.clear": ([:], .result),
    "invite.list": ([:], .result), "invite.revoke": (["invite": "in_9"], .error(.notFound)),
    "invite.create": (["kind": "single"], .error(.relayUnreachable)),
    "invite.inspect": (["link": "nonsense"], .error(.params)), "invite.accept": (["link": "nonsense"], .error(.params)),
    "contact.list": (["name": "nobody"], .result), "contact.get": (["contact": contact], .error(.notFound)),
    "contact.update": (["contact": contact, "nickname": "x"], .error(.notFound)),
    "contact.remove": (["contact": contact], .error(.notFound)),
    "store.rekey": (["new": "x"], .error(.notReady)),
    "contact.block": (["contact": contact], .error(.notFound)),
    "contact.unblock": (["contact": contact], .error(.notFound)), "request.list": ([:], .result),
    "request.accept": (["request": contact], .error(.notFound)),
    "request.decline": (["request": contact, "action": "block"], .error(.notFound)),
    "chat.open": (["contact": "self"], .result), "chat.list": (["kind": "direct"], .result),
    "chat.get": (["chat": chat], .result), "chat.key": (["chat": chat], .error(.notFound)),
    "chat.delete": (["chat": chat], .error(.notFound)), "chat.update": (["chat": chat, "archived": true], .result),
    "chat.setTimer": (["chat": chat, "mode": "after_read", "seconds": 60], .result),
    "chat.setDefaultTimer": (["mode": "off"], .result),
    "chat.markRead": (["chat": chat, "upTo": message], .error(.notFound)),
    "chat.typing": (["chat": chat, "state": "started"], .result), "chat.clear": (["chat": chat], .result),
    "message.send": (["chat": chat, "content": ["text": "note"], "clientRef": "b"], .result),
    "message.get": (["message": message], .error(.notFound)), "message.list": (["chat": chat], .result),
    "message.edit": (["message": message, "content": ["text": "x"]], .error(.notFound)),
    "message.search": (["query": "note"], .result),
    "message.delete": (["messages": [message], "scope": "me"], .error(.notFound)),
    "message.open": (["message": message], .error(.notFound)),
    "message.receipts": (["message": message], .error(.notFound)),
    "message.retry": (["message": message], .error(.notFound)),
    "blob.begin": (["size": 1, "name": "x"], .result),
    "blob.commit": (["blob": "bl_u00000000000000000000000000000001"], .error(.notFound)),
    "blob.delete": (["blob": "bl_00000000000000000000000000000001"], .error(.notFound)),
    "blob.stat": (["blob": "bl_00000000000000000000000000000001"], .error(.notFound)),
    "blob.fetch": (["blob": "bl_00000000000000000000000000000001", "path": "/nowhere/x"], .error(.notFound)),
    "identity.safetyNumber": (["contact": contact], .error(.notFound)),
    "identity.verify": (["contact": contact, "digits": "1"], .error(.notFound)),
    "identity.unverify": (["contact": contact], .error(.notFound)),
    "identity.accept": (["contact": contact, "listHash": "00"], .error(.params)), "store.check": ([:], .result),
    "store.reindex": ([:], .result), "store.adopt": ([:], .error(.relayUnreachable)),
    "sync.fetch": ([:], .error(.relayUnreachable)), "sync.flush": (["timeoutMs": 0], .result),
    "events.subscribe": (["consumer": "x"], .error(.notReady)),
    "events.unsubscribe": (["consumer": "x"], .error(.notFound)),
    "events.ack": (["consumer": "x", "seq": "1"], .error(.notFound)),
    "events.nack": (["consumer": "x", "seq": "1"], .error(.notFound)), "events.poll": (["consumer": "y"], .result),
    "events.replay": (["from": "1"], .result), "events.consumers.list": ([:], .result),
    "events.consumers.delete": (["consumer": "x"], .error(.notFound)),
  ]

  @Test func `does what it is for, refuses what it does not know, and needs its scope`() async throws {
    let home = try await InterfaceHome()
    _ = try await home.call("chat.open", ["contact": "self"])
    for method in MethodRegistry.standard.methods {
      guard let entry = Self.calls[method.name] else {
        Issue.record("\(method.name) is called by no test: give it an entry here")
        continue
      }
      let answer = try await home.call(method.name, entry.parameters)
      let kind = answer["error"]?["data"]?["kind"]?.string
      switch entry.outcome {
      case .result: #expect(answer["result"] != nil, "\(method.name): \(kind ?? "")")
      case .error(let wanted): #expect(kind == wanted.rawValue, "\(method.name)")
      }
      let unknown = try await home.call(method.name, ["nobody": 1])
      #expect(unknown["error"]?["data"]?["unknown"] == ["nobody"], "\(method.name)")
      let caller = Caller(id: "nobody", scopes: [], mayNameFiles: false)
      let foreign = try await home.call(method.name, entry.parameters, from: caller)
      #expect((foreign["error"]?["data"]?["kind"] == "forbidden") == (method.scope != nil), "\(method.name)")
    }
    #expect(Set(Self.calls.keys).isSubset(of: MethodRegistry.standard.methods.map(\.name)))
  }
}
