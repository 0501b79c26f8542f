package import FoundationEssentials

/// A published item as the relay sees it: nonce(24) ‖ ciphertext ‖ tag(16), never parsed (C6).
package struct SealedItem: Hashable, Sendable {
  /// What an item is sealed as; each kind has its padded sizes (C6).
  package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    case lists = 1
    case bundle = 2
    case oneTime = 3

    /// The padded plaintext's sizes.
    package var paddedByteCounts: [Int] {
      switch self {
      case .lists: [1_024, 2_048, 4_096, 8_192]
      case .bundle: [2_048]
      case .oneTime: [128, 1_792]
      }
    }
  }

  /// Nonce and tag around the padded bytes.
  package static let overhead = 24 + 16

  package let kind: Kind
  package let data: Data

  /// - Throws: ``WireError/wrongByteCount(field:actual:)`` for a size that items of this kind do not have.
  package init(_ kind: Kind, _ data: Data) throws(WireError) {
    guard kind.paddedByteCounts.contains(data.count - Self.overhead) else {
      throw .wrongByteCount(field: "sealed item \(kind.rawValue)", actual: data.count)
    }
    self.kind = kind
    self.data = data
  }

  /// - Throws: ``WireError/wrongByteCount(field:actual:)`` for a size that items of this kind do not have.
  package init(_ kind: Kind, _ bytes: [UInt8]) throws(WireError) { try self.init(kind, Data(bytes)) }

  /// A copy of the bytes as an array.
  package var bytes: [UInt8] { [UInt8](data) }
}
