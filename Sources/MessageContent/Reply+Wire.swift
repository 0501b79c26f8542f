import ByteLayout
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Reply {
  /// Reads an answer; `nil` when it says something of a kind that is not known.
  init?(reading wire: Sotto_Content_V1_Reply) throws(ContentError) {
    let author: FixedBytes<33>
    do throws(LayoutError) { author = try FixedBytes(wire.author) } catch {
      throw .wrongByteCount(field: .target, expected: 33, actual: wire.author.count)
    }
    let target = OperationTarget(author: author, id: try MessageID(validating: wire.id, field: .target))
    guard let body = try Body(reading: wire.body) else { return nil }
    try self.init(target: target, body: body)
  }
}

extension Sotto_Content_V1_Reply {
  init(_ reply: Reply) {
    self.init()
    author = Data(reply.target.author.array)
    id = Data(reply.target.id.bytes.array)
    body = Sotto_Content_V1_Body(reply.body)
  }
}
