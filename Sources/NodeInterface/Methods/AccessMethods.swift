import Ambient

/// `auth.whoami`, `token.*`: who may call, beside this machine's user.
enum AccessMethods {
  static let all = [whoAmI, create, list, revoke]

  private static let scopes = Schema.array(.choice(Scope.allCases.map(\.rawValue)), most: Scope.allCases.count)

  private static let tokenSchema = Schema.object([
    .init("id", .identifier("tk_"), "Names the token; readers and references of its bearer belong to it."),
    .init("name", .text(), "What it is for."), .init("scopes", scopes, "What its bearer may do."),
    .init("createdAt", .integer(), "In ms."), .optional("expiresAt", .integer(), "In ms; missing: never."),
    .init("expired", .boolean, "Whether that time is over."),
  ])

  private static let whoAmI = Method(
    "auth.whoami", "Says as whom you are connected, and what you may do.", scope: nil,
    result: .object([
      .init("caller", .text(), "Your name here: readers and references belong to it."),
      .init("scopes", scopes, "What you may do."),
      .optional("token", tokenSchema, "The token that you showed; missing over the daemon's own socket."),
    ])
  ) { call in
    let token = try call.context.tokens.token(call.caller.id)
    return .object(present: [
      "caller": .string(call.caller.id), "scopes": names(call.caller.scopes),
      "token": token.map { shown($0, call) },
    ])
  }

  // Takes no reference: its result would be kept, and the secret is nowhere but in this answer.
  private static let create = Method(
    "token.create",
    "Makes a token, with which somebody else may use this interface over HTTP. Its secret is shown this once.",
    scope: .admin,
    parameters: [
      .init("name", .text(most: 64), "What it is for."),
      .init("scopes", scopes, "What its bearer may do: nothing that you may not."),
      .optional("expiresAt", .integer(0 ... .max), "A time in ms, after which it is worth nothing."),
    ],
    result: .object([
      .init("id", .identifier("tk_"), "Names the token."),
      .init("secret", .text(), "For the header Authorization: Bearer. It is kept nowhere."),
    ]), errors: [.limitReached, .forbidden]
  ) { call in
    let scopes = Set(call.texts("scopes").compactMap(Scope.init(rawValue:)))
    guard !scopes.isEmpty else { throw InterfaceError.parameter("scopes", expected: "at least one") }
    if let missing = scopes.subtracting(call.caller.scopes).map(\.rawValue).min() {
      throw InterfaceError(
        .forbidden, "You do not have the scope \(missing) yourself.", details: ["scope": .string(missing)])
    }
    let expiresAt = call.integer("expiresAt")
    if let expiresAt, expiresAt <= call.context.clock.now().milliseconds {
      throw InterfaceError.parameter("expiresAt", expected: "a time that is to come, in ms")
    }
    let made = try call.context.tokens.create(name: try call.text("name"), scopes: scopes, expiresAt: expiresAt)
    return ["id": .string(InterfaceID.token.text(made.token.id)), "secret": .string(made.secret)]
  }

  private static let list = Method(
    "token.list", "Lists the tokens, also those that have expired.", scope: .admin,
    result: .object([.init("tokens", .array(tokenSchema), "Oldest first.")])
  ) { call in
    ["tokens": .array(try call.context.tokens.list().map { shown($0, call) })]
  }

  private static let revoke = Method(
    "token.revoke", "Ends a token at once, with what its bearer is doing, its readers and its webhooks.", scope: .admin,
    parameters: [.init("id", .identifier("tk_"), "The token.")], errors: [.notFound], mutates: true
  ) { call in
    let row = try InterfaceID.token.row(try call.text("id"), at: "id")
    guard try call.context.tokens.revoke(row) else { throw InterfaceError(.notFound, "There is no such token.") }
    await call.context.events.forget(owner: InterfaceID.token.text(row))
    call.context.staged.forget(owner: InterfaceID.token.text(row))
    call.context.webhooks.changed()
    return [:]
  }

  private static func shown(_ token: AccessToken, _ call: Call) -> JSONValue {
    .object(present: [
      "id": .string(InterfaceID.token.text(token.id)), "name": .string(token.name), "scopes": names(token.scopes),
      "createdAt": .integer(token.createdAt), "expiresAt": token.expiresAt.map { .integer($0) },
      "expired": .bool(token.isExpired(at: call.context.clock.now())),
    ])
  }

  private static func names(_ scopes: Set<Scope>) -> JSONValue {
    .strings(Scope.allCases.filter(scopes.contains).map(\.rawValue))
  }
}
