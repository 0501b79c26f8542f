import Messaging
import Node

/// A file that came inside its message.
package struct FileContent: Hashable, Sendable {
  /// As its sender named it.
  package let name: String
  package let bytes: [UInt8]
}

extension InterfaceContext {
  /// The content of a file, for transports that carry bytes better than JSON does.
  ///
  /// - Parameter id: `bl_` and what follows `ms_` in the id of its message.
  /// - Throws: ``InterfaceError``: not_found, content_gone, conflict for a file that is at a relay, forbidden.
  package func file(_ id: String, for caller: Caller) async throws -> FileContent {
    guard caller.scopes.contains(.read) else {
      throw InterfaceError(.forbidden, "This needs the scope read.", details: ["scope": "read"])
    }
    try limits.count(caller, sendingTo: nil)
    let unknown = InterfaceError(.notFound, "There is no such file.")
    guard id.hasPrefix("bl_") else { throw unknown }
    do {
      return try await node.withMessenger { messenger in
        let row = try InterfaceID.messageRow(
          InterfaceID.message.rawValue + id.dropFirst(3), at: "blob", messenger)
        switch try messenger.message(row).body {
        case .file(_, let file): return FileContent(name: file.name, bytes: file.bytes)
        case .gone(let reason): throw InterfaceError(.contentGone, details: ["reason": .string(reason.name)])
        case .attachment: throw InterfaceError(.conflict, "This file is at a relay.", details: ["reason": "remote"])
        default: throw unknown
        }
      }
    } catch {
      guard let known = InterfaceError(error) else { throw error }
      throw known.kind == .params ? unknown : known
    }
  }
}
