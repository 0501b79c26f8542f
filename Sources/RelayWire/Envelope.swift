package import FoundationEssentials

/// A sealed envelope as the relay sees it: opaque bytes of one of seven sizes, 1 024 · 2^i for i = 0 … 6 (C3).
///
/// Kept as `Data`, so that the bytes go from the frame to the store without a copy.
package struct Envelope: Hashable, Sendable {
  /// 1 024, 2 048, … 65 536 bytes.
  package let data: Data

  /// The seven sizes, ascending.
  package static let sizes = (0...6).map { 1_024 << $0 }

  /// - Throws: ``WireError/wrongByteCount(field:actual:)`` for any size but the seven.
  package init(_ data: Data) throws(WireError) {
    let count = data.count
    guard count >= 1_024, count <= 65_536, count & (count - 1) == 0 else {
      throw .wrongByteCount(field: "envelope", actual: count)
    }
    self.data = data
  }

  /// - Throws: ``WireError/wrongByteCount(field:actual:)`` for any size but the seven.
  package init(_ bytes: [UInt8]) throws(WireError) { try self.init(Data(bytes)) }

  /// A copy of the bytes as an array.
  package var bytes: [UInt8] { [UInt8](data) }
}
