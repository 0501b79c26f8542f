import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What travels off the chain, is shown for moments and never stored (Protocol §8).
package struct EphemeralContent: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case typing(TypingState)
    /// Of a newer version. There is nothing to keep: it would be over before an update.
    case unknown
  }

  /// Names the group; empty in direct and secret chats.
  package let conversation: [UInt8]
  package let kind: Kind

  package init(conversation: [UInt8] = [], kind: Kind) {
    self.conversation = conversation
    self.kind = kind
  }
}

/// Whether somebody is writing. `started` is repeated every 10 s and ends by itself after 15 s.
package enum TypingState: Hashable, Sendable, CaseIterable {
  case started, stopped
}

/// Between an ``EphemeralContent`` and its protobuf bytes, at most 4 096.
package enum EphemeralCodec {
  /// - Throws: ``ContentError``, among it `notAllowed(.kind)` for ``EphemeralContent/Kind/unknown``.
  package static func encode(
    _ content: EphemeralContent, in scope: ContentScope = .direct
  ) throws(ContentError) -> [UInt8] {
    try scope.check(content.conversation)
    var wire = Sotto_Content_V1_Ephemeral()
    wire.conversation = Data(content.conversation)
    switch content.kind {
    case .typing(let state):
      wire.typing.state = state == .started ? .started : .stopped
    case .unknown:
      throw .notAllowed(.kind)
    }
    return try WireCoding.encode(wire)
  }

  /// - Throws: ``ContentError``. A kind that is not known is no error.
  package static func decode(
    _ bytes: [UInt8], in scope: ContentScope = .direct
  ) throws(ContentError) -> EphemeralContent {
    guard bytes.count <= ContentLimits.ephemeralByteCount else {
      throw .tooLong(field: .ephemeral, limit: ContentLimits.ephemeralByteCount, actual: bytes.count)
    }
    let wire: Sotto_Content_V1_Ephemeral = try WireCoding.decode(bytes)
    let conversation = [UInt8](wire.conversation)
    try scope.check(conversation)
    return EphemeralContent(conversation: conversation, kind: try kind(of: wire))
  }

  private static func kind(of wire: Sotto_Content_V1_Ephemeral) throws(ContentError) -> EphemeralContent.Kind {
    switch wire.kind {
    case .typing(let typing):
      switch typing.state {
      case .started: return .typing(.started)
      case .stopped: return .typing(.stopped)
      case .unspecified: throw .missing(.typingState)
      case .UNRECOGNIZED: return .unknown
      }
    case nil:
      guard !wire.unknownFields.data.isEmpty else { throw .missing(.kind) }
      return .unknown
    }
  }
}
