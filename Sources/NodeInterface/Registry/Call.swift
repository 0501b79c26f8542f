package import Messaging
package import Node
import Synchronization
import Vault

/// One call of one method, with parameters that were checked against its description.
package final class Call: Sendable {
  package let context: InterfaceContext
  package let caller: Caller
  /// Where it came from, if notifications can go there.
  package let session: InterfaceSession?
  let parameters: [String: JSONValue]
  /// Under which its result is to be kept, if the caller gave a reference.
  let reference: CallReference?
  private let isRecorded = Mutex(false)

  init(
    context: InterfaceContext, caller: Caller, session: InterfaceSession?, parameters: [String: JSONValue],
    reference: CallReference?
  ) {
    self.context = context
    self.caller = caller
    self.session = session
    self.parameters = parameters
    self.reference = reference
  }

  /// Asks the core.
  package func read<Value: Sendable>(_ body: @Sendable (Messenger) throws -> Value) async throws -> Value {
    try await context.node.withMessenger(body)
  }

  /// Changes something in steps of its own; what it says is kept for the reference afterwards.
  package func change<Value: Sendable>(_ body: @Sendable (Messenger) throws -> Value) async throws -> Value {
    try await context.node.change(body)
  }

  /// Changes something in one transaction, together with what is kept for the reference: exactly once, whatever happens.
  package func transaction(_ body: @Sendable (Messenger) throws -> JSONValue) async throws -> JSONValue {
    try await context.node.change { [context, reference] messenger in
      try context.vault.together {
        let result = try body(messenger)
        if let reference { try context.references.record(reference, result) }
        return result
      }
    }.recorded(by: self)
  }

  /// As ``transaction(_:)``, with the node around the core: for what needs its files.
  package func nodeTransaction(_ body: @Sendable (isolated Node) throws -> JSONValue) async throws -> JSONValue {
    try await context.node.perform { [context, reference] node in
      try context.vault.together {
        let result = try body(node)
        if let reference { try context.references.record(reference, result) }
        return result
      }
    }.recorded(by: self)
  }

  fileprivate func noteRecorded() { isRecorded.withLock { $0 = true } }

  /// Whether the result is kept already.
  var hasRecorded: Bool { isRecorded.withLock { $0 } }
}

extension JSONValue {
  fileprivate func recorded(by call: Call) -> JSONValue {
    call.noteRecorded()
    return self
  }
}

// MARK: - Parameters

extension Call {
  /// A parameter that the description requires.
  package func text(_ name: String) throws(InterfaceError) -> String {
    guard let value = parameters[name]?.string else { throw .parameter(name, expected: "a text") }
    return value
  }

  package func integer(_ name: String) -> Int64? { parameters[name]?.integer }
  package func optionalText(_ name: String) -> String? { parameters[name]?.string }
  package func flag(_ name: String) -> Bool { parameters[name]?.bool ?? false }
  package func value(_ name: String) -> JSONValue? { parameters[name] }

  /// The texts of a list, empty when it is not there.
  package func texts(_ name: String) -> [String] { parameters[name]?.array?.compactMap(\.string) ?? [] }

  package func contact(_ name: String = "contact") throws(InterfaceError) -> Int64 {
    try InterfaceID.contact.row(try text(name), at: name)
  }

  package func chat(_ name: String = "chat") throws(InterfaceError) -> Int64 {
    try InterfaceID.chat.row(try text(name), at: name)
  }
}
