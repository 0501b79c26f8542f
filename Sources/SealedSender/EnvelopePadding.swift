/// Padding of a payload to its size class: payload ‖ 0x80 ‖ 0x00… (C3). It happens here once and nowhere else.
enum EnvelopePadding {
  static let marker: UInt8 = 0x80

  /// Appends the marker and as many zero bytes as make the envelope `size` bytes long.
  static func padded(_ payload: [UInt8], to size: SizeClass) -> [UInt8] {
    let zeroByteCount = size.payloadByteCount - payload.count
    precondition(zeroByteCount >= 0, "the size was chosen for this payload")
    var padded: [UInt8] = []
    padded.reserveCapacity(payload.count + 1 + zeroByteCount)
    padded += payload
    padded.append(marker)
    padded += [UInt8](repeating: 0, count: zeroByteCount)
    return padded
  }

  /// Strips the zero bytes and the marker.
  ///
  /// The bytes have been authenticated before, so an early exit tells nobody anything but their author.
  /// - Throws: ``SealedSenderError/refused`` when no marker stands before the zeros.
  static func stripped(_ padded: [UInt8]) throws(SealedSenderError) -> [UInt8] {
    guard let last = padded.lastIndex(where: { $0 != 0 }), padded[last] == marker else { throw .refused }
    return [UInt8](padded[..<last])
  }
}
