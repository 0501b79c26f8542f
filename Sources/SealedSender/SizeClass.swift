/// The seven sizes that an envelope may have: 1 024 · 2^i bytes, i = 0 … 6 (C3).
///
/// The relay sees which of the seven it is, and no more about the length of what is inside (Protocol §9, attack 17).
package enum SizeClass: Int, CaseIterable, Hashable, Sendable {
  case oneKibibyte = 1_024
  case twoKibibytes = 2_048
  case fourKibibytes = 4_096
  case eightKibibytes = 8_192
  case sixteenKibibytes = 16_384
  case thirtyTwoKibibytes = 32_768
  case sixtyFourKibibytes = 65_536

  /// What an envelope adds to its payload: 1 version ‖ 4 seal id ‖ 32 key ‖ 86 sender ‖ 16 tag, and 1 byte of padding.
  package static let overheadByteCount = 140

  /// The longest payload that the largest envelope takes, 65 396 bytes.
  package static let maximumPayloadByteCount = SizeClass.sixtyFourKibibytes.rawValue - overheadByteCount

  /// The size of the whole envelope in bytes.
  package var byteCount: Int { rawValue }

  /// The longest payload of this size in bytes.
  package var payloadByteCount: Int { rawValue - Self.overheadByteCount }

  /// The smallest size that takes a payload of `payloadByteCount` bytes.
  ///
  /// - Throws: ``SealedSenderError/payloadTooLong(limit:actual:)`` above 65 396 bytes.
  package init(forPayloadByteCount payloadByteCount: Int) throws(SealedSenderError) {
    guard let fitting = Self.allCases.first(where: { $0.payloadByteCount >= payloadByteCount }) else {
      throw .payloadTooLong(limit: Self.maximumPayloadByteCount, actual: payloadByteCount)
    }
    self = fitting
  }
}
