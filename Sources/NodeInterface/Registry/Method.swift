/// What a caller may do; a token or a connection has a set of these.
package enum Scope: String, CaseIterable, Hashable, Sendable {
  case read, send, contacts, groups, identity, devices, calls, admin, events
}

/// Whether a method needs a relay.
package enum NetworkUse: String, Sendable {
  /// It is about what is here.
  case none
  /// What it causes is sent later, by itself.
  case background
  /// It waits for a relay.
  case interactive
}

/// One method of the interface: everything about it, in one place.
package struct Method: Sendable {
  package typealias Handler = @Sendable (Call) async throws -> JSONValue

  /// `noun.verb`.
  package let name: String
  package let summary: String
  package let parameters: [Schema.Property]
  package let result: Schema
  /// Beyond those that every method has.
  package let errors: [ErrorKind]
  /// nil: whoever is connected may.
  package let scope: Scope?
  package let network: NetworkUse
  /// Whether it changes something, and therefore takes a `clientRef`.
  package let isMutating: Bool
  /// Whether it sends into the conversation that its parameter `chat` names: that is counted by itself.
  package let isSend: Bool
  /// The version of the program that had it first.
  package let since: String
  package let handler: Handler

  package init(
    _ name: String, _ summary: String, scope: Scope?, parameters: [Schema.Property] = [], result: Schema = .object([]),
    errors: [ErrorKind] = [], network: NetworkUse = .none, mutates: Bool = false, sends: Bool = false,
    since: String = "0.2",
    handler: @escaping Handler
  ) {
    self.name = name
    self.summary = summary
    self.parameters = parameters + (mutates ? [Self.clientReference] : [])
    self.result = result
    self.errors = errors
    self.scope = scope
    self.network = network
    isMutating = mutates
    isSend = sends
    self.since = since
    self.handler = handler
  }

  /// The part of the name before the dot.
  package var noun: String { String(name.prefix { $0 != "." }) }

  /// Bytes of a reference.
  static let maximumReferenceByteCount = 64

  private static let clientReference = Schema.Property.optional(
    "clientRef", .text(most: maximumReferenceByteCount),
    "Your own name for this call. If it is repeated within 30 days, it is not done again: the first result is "
      + "returned, with duplicate:true.")

}
