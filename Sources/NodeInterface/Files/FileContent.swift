import Messaging
import Node

/// The content of a file, for transports that carry bytes better than JSON does.
package struct FileContent: Sendable {
  private enum Source: Sendable {
    /// It came inside its message.
    case inside([UInt8])
    case fetched(FetchedFile)
  }

  /// As its sender named it.
  package let name: String
  package let byteCount: Int
  private let source: Source

  init(_ file: AttachedFile) {
    name = file.name
    byteCount = file.bytes.count
    source = .inside(file.bytes)
  }

  init(_ file: FetchedFile, name: String) {
    self.name = name
    byteCount = Int(clamping: file.byteCount)
    source = .fetched(file)
  }

  /// Gives some of the bytes, in order, in pieces of at most 64 KiB; the plaintext is in memory only.
  ///
  /// What came in a file of its own is decrypted from its beginning: what stands before the part is dropped.
  /// - Throws: what `take` throws, and ``NodeFileError`` when the file was changed on the disk: then nothing is to be believed.
  @concurrent package func read(
    _ part: Range<Int>, _ take: @concurrent ([UInt8]) async throws -> Void
  ) async throws {
    switch source {
    case .inside(let bytes): try await take([UInt8](bytes[part]))
    case .fetched(let file):
      let reader = try file.reader()
      var position = 0
      while position < part.upperBound, let bytes = try reader.next() {
        let (start, end) = (max(part.lowerBound, position), min(part.upperBound, position + bytes.count))
        if start < end { try await take([UInt8](bytes[(start - position)..<(end - position)])) }
        position += bytes.count
      }
    }
  }
}

extension InterfaceContext {
  /// The content of a file; one that is at a relay is fetched and verified first, however long that takes.
  ///
  /// - Parameter id: `bl_` and what follows `ms_` in the id of its message.
  /// - Throws: ``InterfaceError``: not_found, content_gone, forbidden, and what fetching fails with.
  package func file(_ id: String, for caller: Caller) async throws -> FileContent {
    guard caller.scopes.contains(.read) else { throw InterfaceError.missing(.read) }
    try limits.count(caller, sendingTo: nil)
    let unknown = InterfaceError(.notFound, "There is no such file.")
    guard id.hasPrefix(InterfaceID.blob.rawValue) else { throw unknown }
    do {
      let message = try await node.withMessenger { messenger in try BlobMethods.message(of: id, messenger) }
      switch message.body {
      case .file(_, let file): return FileContent(file)
      case .attachment(_, let file): return FileContent(try await node.fetchFile(of: message.id), name: file.name)
      default: throw unknown
      }
    } catch {
      guard let known = InterfaceError(error) else { throw error }
      throw known.kind == .params ? unknown : known
    }
  }
}

extension InterfaceError {
  /// The caller may not do this.
  static func missing(_ scope: Scope) -> InterfaceError {
    InterfaceError(.forbidden, "This needs the scope \(scope.rawValue).", details: ["scope": .string(scope.rawValue)])
  }
}
