/// The changes whose names say exactly what arrives, so that a replay can check that too.
///
/// Files may use other names for other changes; then what arrives is what the file says.
enum KnownTamper: String {
  /// The last bit of the ciphertext is flipped.
  case ciphertext = "ct"
  /// N is one higher.
  case number = "n"
  /// PN is one higher.
  case previousCount = "pn"
  /// Another ratchet key, whichever.
  case ratchetKey = "dh"
  /// A ratchet key of zeros.
  case smallOrderKey = "lowdh"
  /// N is 1 001 higher.
  case jump
  /// The message is whole; the receiver's associated data has an "x" more.
  case associatedData = "ad"

  /// What arrives instead of a message, given what the file says for the parts that are free.
  func applied(
    header: [UInt8], ciphertext: [UInt8], arrivedHeader: [UInt8]?
  ) -> (header: [UInt8], ciphertext: [UInt8]) {
    switch self {
    case .ciphertext: (header, ciphertext.dropLast() + ciphertext.suffix(1).map { $0 ^ 1 })
    case .number: (Self.adding(1, to: header, at: 37), ciphertext)
    case .previousCount: (Self.adding(1, to: header, at: 33), ciphertext)
    case .ratchetKey:
      (Self.replacingKey(of: header, by: arrivedHeader.map { [UInt8]($0.dropFirst().prefix(32)) }), ciphertext)
    case .smallOrderKey: (Self.replacingKey(of: header, by: [UInt8](repeating: 0, count: 32)), ciphertext)
    case .jump: (Self.adding(1_001, to: header, at: 37), ciphertext)
    case .associatedData: (header, ciphertext)
    }
  }

  /// Puts another ratchet key into the header, if there is one to put.
  static func replacingKey(of header: [UInt8], by key: [UInt8]?) -> [UInt8] {
    guard let key else { return header }
    return [UInt8](header[..<1]) + key + [UInt8](header[33...])
  }

  /// Adds to a big-endian u32 of the header.
  static func adding(_ count: UInt32, to header: [UInt8], at offset: Int) -> [UInt8] {
    var header = header
    let value = header[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } &+ count
    for index in 0..<4 { header[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * index)) }
    return header
  }
}
